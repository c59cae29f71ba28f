#include "protocol/jsonrpc/connection.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "protocol/jsonrpc/fields.h"
#include "tests/protocol/jsonrpc/memory_peer.h"

using namespace pland::jsonrpc;
using namespace pland::jsonrpc::testing;

namespace {

struct Sum {
  std::int32_t a = 0;
  std::vector<std::int32_t> more;
};
PLAND_JSON_STRUCT(Sum);
PLAND_JSON_FIELDS(Sum, required("a", &Sum::a), defaulted("more", &Sum::more))

int code_of(const Json& response) {
  return response.at("error").at("code");
}
std::string message_of(const Json& response) {
  return response.at("error").at("message");
}

/// Binds "hold": its replies are kept until the test answers.
struct Held {
  std::vector<Reply<Json>> replies;
  std::vector<std::stop_token> stops;
  void bind(Binder& binder, const std::string& method = "hold") {
    binder.query(method, [this](const Json&, Reply<Json> reply, std::stop_token stop) {
      replies.push_back(std::move(reply));
      stops.push_back(std::move(stop));
    });
  }
};

}  // namespace

TEST_CASE("connection: a request is read, handled and answered with its own id") {
  MemoryPeer peer;
  peer.binder.query("sum", [](const Sum& sum) -> Outcome<std::int32_t> {
    std::int32_t total = sum.a;
    for (const std::int32_t n : sum.more) total += n;
    return total;
  });
  peer.request(7, "sum", {{"a", 1}, {"more", {2, 3}}});
  CHECK(peer.take_one() == result_of(7, 6));
  peer.request("seven", "sum", {{"a", 1}});
  CHECK(peer.take_one() == result_of("seven", 1));
}

TEST_CASE("connection: all shapes of handlers") {
  struct Session {
    int opened = 0;
    void on_sum(const Sum& sum, Reply<std::int32_t> reply) { reply(sum.a + 1); }
    Outcome<Null> on_quick(const Nothing&) { return Null{}; }
    void on_open(const Sum& sum) { opened += sum.a; }
  } session;
  MemoryPeer peer;
  peer.binder.query("sum", &session, &Session::on_sum);
  peer.binder.quick("quick", &session, &Session::on_quick);
  peer.binder.notification("open", &session, &Session::on_open);
  peer.binder.mutation("refuse", [](const Nothing&) -> Outcome<Null> {
    return ResponseError(ErrorCode::request_failed, "not now; apply first", Json{{"planId", "p"}});
  });
  peer.request(1, "sum", {{"a", 1}});
  CHECK(peer.take_one() == result_of(1, 2));
  peer.body(R"({"jsonrpc":"2.0","id":2,"method":"quick"})");
  CHECK(peer.take_one() == result_of(2, nullptr));
  peer.notify("open", {{"a", 5}});
  CHECK(peer.take().empty());
  CHECK(session.opened == 5);
  peer.request(3, "refuse");
  CHECK(peer.take_one() ==
        Json::parse(R"({"jsonrpc":"2.0","id":3,"error":{"code":-32803,"message":"not now; apply first",
                        "data":{"planId":"p"}}})"));
  CHECK(peer.binder.methods() ==
        std::vector<std::pair<std::string, HandlerKind>>{{"open", HandlerKind::notification},
                                                         {"quick", HandlerKind::quick},
                                                         {"refuse", HandlerKind::mutation},
                                                         {"sum", HandlerKind::query}});
  CHECK_THROWS_AS(peer.binder.quick("sum", [](const Nothing&) -> Outcome<Null> { return Null{}; }),
                  std::logic_error);
}

TEST_CASE("connection: wrong params are InvalidParams with every JSON path, and the handler is not called") {
  MemoryPeer peer;
  bool called = false;
  peer.binder.query("sum", [&](const Sum&) -> Outcome<Null> {
    called = true;
    return Null{};
  });
  peer.request(1, "sum", {{"more", {1, "two", {{"x", 1}}}}});
  const Json wrong = peer.take_one();
  CHECK(code_of(wrong) == -32602);
  CHECK(message_of(wrong) ==
        "params.a: is required but missing; params.more[1]: expected an integer, found string; "
        "params.more[2]: expected an integer, found object");
  peer.request(2, "sum", Json::array({1, 2}));
  CHECK(message_of(peer.take_one()) == "params: expected an object, found array");
  peer.body(R"({"jsonrpc":"2.0","id":3,"method":"sum"})");
  CHECK(message_of(peer.take_one()) == "params.a: is required but missing");
  peer.notify("sum");
  CHECK(peer.take().empty());
  CHECK_FALSE(called);
}

TEST_CASE("connection: unknown methods") {
  MemoryPeer peer;
  peer.request(1, "no/such");
  const Json answer = peer.take_one();
  CHECK(code_of(answer) == -32601);
  CHECK(message_of(answer) == "unknown method no/such");
  peer.request(2, "$/unknown");
  CHECK(code_of(peer.take_one()) == -32601);
  peer.notify("$/unknown");
  CHECK(peer.take().empty());
  CHECK(peer.log.empty());
  peer.notify("no/such");
  CHECK(peer.take().empty());
  CHECK(peer.log == std::vector<std::string>{"unknown notification no/such was ignored"});
}

TEST_CASE("connection: what is no message gets the exact error, and the next request is served") {
  MemoryPeer peer;
  peer.binder.quick("ok", [](const Nothing&) -> Outcome<Null> { return Null{}; });
  const auto refused = [&](const std::string& body, int code, const Json& id, const std::string& part) {
    CAPTURE(body);
    peer.body(body);
    const Json answer = peer.take_one();
    CHECK(code_of(answer) == code);
    CHECK(answer.at("id") == id);
    CHECK_MESSAGE(message_of(answer).find(part) != std::string::npos, message_of(answer));
    peer.request(99, "ok");
    CHECK(peer.take_one() == result_of(99, nullptr));
  };
  refused("{not json", -32700, nullptr, "not valid JSON at byte");
  refused("", -32700, nullptr, "not valid JSON");
  refused("{\"a\":\"\xff\"}", -32700, nullptr, "not valid JSON");
  refused(std::string(100000, '['), -32700, nullptr, "nested deeper than");
  refused("42", -32600, nullptr, "a message is an object, found number");
  refused(R"([{"jsonrpc":"2.0","id":1,"method":"ok"}])", -32600, nullptr, "batches are not part of LSP");
  refused(R"({"jsonrpc":"2.0","id":1})", -32600, 1, "\"method\" must be a string");
  refused(R"({"jsonrpc":"2.0","id":"a","method":5})", -32600, "a", "\"method\" must be a string");
  refused(R"({"id":2,"method":"ok"})", -32600, 2, "\"jsonrpc\" must be \"2.0\"");
  refused(R"({"jsonrpc":"1.0","id":2,"method":"ok"})", -32600, 2, "\"jsonrpc\" must be \"2.0\"");
  refused(R"({"jsonrpc":"2.0","id":3,"method":"ok","params":5})", -32600, 3,
          "\"params\" must be an object or an array");
  refused(R"({"jsonrpc":"2.0","id":1.5,"method":"ok"})", -32600, nullptr,
          "\"id\" must be an integer or a string");
  refused(R"({"jsonrpc":"2.0","id":null,"method":"ok"})", -32600, nullptr,
          "\"id\" must be an integer or a string");
  peer.raw("garbage\r\n");
  CHECK(code_of(peer.take_one()) == -32700);
  peer.raw("Content-Length: 2147483648\r\n\r\n");
  CHECK(message_of(peer.take_one()).find("over the limit") != std::string::npos);
  peer.request(100, "ok");
  CHECK(peer.take_one() == result_of(100, nullptr));
}

TEST_CASE("connection: malformed responses are logged and never answered") {
  MemoryPeer peer;
  for (const char* body :
       {R"({"jsonrpc":"2.0","id":5,"error":7})", R"({"jsonrpc":"2.0","result":1})",
        R"({"jsonrpc":"2.0","id":5,"error":{"code":"x"}})", R"({"jsonrpc":"2.0","id":1,"result":1})",
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"what?"}})"}) {
    CAPTURE(body);
    peer.log.clear();
    peer.body(body);
    CHECK(peer.take().empty());
    CHECK(peer.log.size() == 1);
  }
}

TEST_CASE("connection: a dropped reply and an exception become InternalError naming method and id") {
  MemoryPeer peer;
  peer.binder.query("drop", [](const Nothing&, Reply<Null>) {});
  peer.binder.query("throw", [](const Nothing&, Reply<Null>) { throw std::runtime_error("disk on fire"); });
  peer.binder.query("odd", [](const Nothing&, Reply<Null>) { throw 5; });
  peer.binder.query("late", [](const Nothing&, Reply<Null> reply) {
    reply(Null{});
    throw std::runtime_error("too late");
  });
  peer.binder.notification("note", [](const Nothing&) { throw std::runtime_error("bad note"); });
  peer.request(1, "drop");
  Json answer = peer.take_one();
  CHECK(code_of(answer) == -32603);
  CHECK(message_of(answer) == "drop (id 1) ended without a reply");
  peer.request("x", "throw");
  answer = peer.take_one();
  CHECK(code_of(answer) == -32603);
  CHECK(message_of(answer) == "throw (id \"x\") failed: disk on fire");
  peer.request(3, "odd");
  CHECK(message_of(peer.take_one()) == "odd (id 3) failed with an unknown exception");
  peer.request(4, "late");
  CHECK(peer.take_one() == result_of(4, nullptr));
  peer.notify("note");
  CHECK(peer.take().empty());
  CHECK(peer.log.back() == "note was not handled: bad note");
  CHECK(peer.connection->unanswered_requests() == 0);
}

TEST_CASE("connection: a reply dropped in a later turn, and a second reply") {
  MemoryPeer peer;
  Held held;
  held.bind(peer.binder);
  peer.request(1, "hold");
  CHECK(peer.take().empty());
  held.replies.clear();
  CHECK(message_of(peer.take_one()) == "hold (id 1) ended without a reply");
  peer.request(2, "hold");
  held.replies[0](Json("first"));
  held.replies[0](Json("second"));
  CHECK(peer.take_one() == result_of(2, "first"));
  CHECK(peer.log.back() == "defect: hold (id 2) was answered twice; the second answer was dropped");
}

TEST_CASE("connection: a mutation that has started answers for itself also when it is cancelled") {
  MemoryPeer peer;
  std::vector<Reply<Json>> replies;
  std::vector<std::stop_token> stops;
  peer.binder.mutation("change", [&](const Json&, Reply<Json> reply, std::stop_token stop) {
    replies.push_back(std::move(reply));
    stops.push_back(std::move(stop));
  });
  peer.request(1, "change");
  peer.request(2, "change");
  peer.notify("$/cancelRequest", {{"id", 1}});
  CHECK(peer.take().empty());
  CHECK(stops.at(0).stop_requested());
  // One that waits has changed nothing and never will.
  peer.notify("$/cancelRequest", {{"id", 2}});
  const Json cancelled = peer.take_one();
  CHECK(cancelled.at("id") == 2);
  CHECK(code_of(cancelled) == -32800);
  replies.at(0)(Json("done"));
  CHECK(peer.take_one() == result_of(1, "done"));
  CHECK(replies.size() == 1);
  CHECK(peer.connection->unanswered_requests() == 0);
}

TEST_CASE("connection: a handler that gives its turn up still owes its answer") {
  MemoryPeer peer;
  std::vector<Reply<Json>> replies;
  replies.reserve(2);  // the second comes within a call of the first
  peer.binder.mutation("change",
                       [&](const Json&, Reply<Json> reply) { replies.push_back(std::move(reply)); });
  peer.request(1, "change");
  peer.request(2, "change");
  REQUIRE(replies.size() == 1);
  replies[0].give_up_turn();
  REQUIRE(replies.size() == 2);
  CHECK(peer.take().empty());
  replies[1](Json("second"));
  CHECK(peer.take_one() == result_of(2, "second"));
  replies[0](Json("first"));
  CHECK(peer.take_one() == result_of(1, "first"));
}

TEST_CASE("connection: a cancelled query is answered at once, stopped, and its late result dropped") {
  MemoryPeer peer;
  Held held;
  held.bind(peer.binder);
  peer.request(1, "hold");
  peer.notify("$/cancelRequest", {{"id", 1}});
  const Json answer = peer.take_one();
  CHECK(answer.at("id") == 1);
  CHECK(code_of(answer) == -32800);
  CHECK(held.stops[0].stop_requested());
  // The id is free again, and the old request's reply does not answer the new one.
  peer.request(1, "hold");
  held.replies[0](Json("old"));
  CHECK(peer.take().empty());
  held.replies[1](Json("new"));
  CHECK(peer.take_one() == result_of(1, "new"));
  peer.notify("$/cancelRequest", {{"id", 1}});
  peer.notify("$/cancelRequest", {{"id", "unknown"}});
  CHECK(peer.take().empty());
  CHECK(peer.log.empty());
  peer.notify("$/cancelRequest", {{"id", 1.5}});
  peer.notify("$/cancelRequest", Json::array());
  CHECK(peer.log.size() == 2);
}

TEST_CASE("connection: a request whose id is still in use is refused") {
  MemoryPeer peer;
  Held held;
  held.bind(peer.binder);
  peer.request(1, "hold");
  peer.request(1, "hold");
  CHECK(code_of(peer.take_one()) == -32600);
  CHECK(held.replies.size() == 1);
}

TEST_CASE("connection: the gate refuses requests and drops notifications") {
  MemoryPeer peer;
  bool initialized = false;
  int notes = 0;
  peer.options.gate = [&](std::string_view method, bool) -> std::optional<ResponseError> {
    if (initialized || method == "initialize") return std::nullopt;
    return ResponseError(ErrorCode::server_not_initialized, "send initialize first");
  };
  peer.binder.quick("initialize", [&](const Nothing&) -> Outcome<Null> {
    initialized = true;
    return Null{};
  });
  peer.binder.notification("note", [&](const Nothing&) { ++notes; });
  peer.request(1, "anything");
  CHECK(code_of(peer.take_one()) == -32002);
  peer.notify("note");
  peer.request(2, "initialize");
  CHECK(peer.take_one() == result_of(2, nullptr));
  peer.notify("note");
  CHECK(notes == 1);
  peer.request(3, "note");
  CHECK(code_of(peer.take_one()) == -32600);
}

TEST_CASE("connection: the tap sees every body both ways") {
  MemoryPeer peer;
  std::vector<std::pair<Direction, std::string>> seen;
  peer.options.tap = [&](Direction direction, std::string_view body) { seen.emplace_back(direction, body); };
  peer.binder.quick("ok", [](const Nothing&) -> Outcome<Null> { return Null{}; });
  peer.body(R"({"jsonrpc":"2.0","id":1,"method":"ok"})");
  peer.body("oops");
  REQUIRE(seen.size() == 4);
  CHECK(seen[0] == std::pair(Direction::incoming, std::string(R"({"jsonrpc":"2.0","id":1,"method":"ok"})")));
  CHECK(seen[1] == std::pair(Direction::outgoing, std::string(R"({"id":1,"jsonrpc":"2.0","result":null})")));
  CHECK(seen[2].second == "oops");
  CHECK(seen[3].first == Direction::outgoing);
}

TEST_CASE("connection: closing signals stop, mutes replies and ends calls") {
  std::string outcome;
  MemoryPeer peer;
  Held held;
  held.bind(peer.binder);
  peer.request(1, "hold");
  peer.open().call<Json>("ask", Nothing{}, [&](Outcome<Json> answer) { outcome = answer.error().message; });
  peer.take();
  peer.connection->close("the editor went away");
  CHECK(peer.connection->closed());
  CHECK(held.stops[0].stop_requested());
  CHECK(outcome == "ask got no answer: the editor went away");
  held.replies[0](Json("late"));
  peer.request(2, "hold");
  peer.connection->notify("note", Nothing{});
  CHECK(peer.take().empty());
  peer.connection.reset();
  held.replies.clear();
  CHECK(peer.take().empty());
}

TEST_CASE("connection: invalid UTF-8 in our own text is sent as U+FFFD, not as an error") {
  MemoryPeer peer;
  peer.binder.quick("bytes", [](const Nothing&) -> Outcome<std::string> {
    return std::string(
        "a\xff"
        "b");
  });
  peer.request(1, "bytes");
  CHECK(peer.take_one() == result_of(1,
                                     "a\xef\xbf\xbd"
                                     "b"));
}
