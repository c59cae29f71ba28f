#include <doctest/doctest.h>

#include "protocol/jsonrpc/connection.h"
#include "tests/protocol/jsonrpc/memory_peer.h"

using namespace pland::jsonrpc;
using namespace pland::jsonrpc::testing;

namespace {

struct Answers {
  std::vector<std::string> seen;
  std::function<void(Outcome<std::string>)> into(const std::string& name) {
    return [this, name](Outcome<std::string> answer) {
      seen.push_back(name + ": " +
                     (answer.ok()
                          ? answer.value()
                          : "error " + std::to_string(answer.error().code) + " " + answer.error().message));
    };
  }
};

void respond(MemoryPeer& peer, const Json& id, const Json& result) {
  peer.body(result_of(id, result).dump());
}

}  // namespace

TEST_CASE("calls: a result, an error, a result of the wrong shape, and late or unknown responses") {
  Answers answers;  // outlives the peer, which ends its calls when it goes
  MemoryPeer peer;
  Connection& connection = peer.open();
  connection.call<std::string>("ask", Nothing{}, answers.into("a"));
  const Json sent = peer.take_one();
  CHECK(sent == Json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", "ask"}, {"params", Json::object()}});
  CHECK(connection.outstanding_calls() == 1);
  respond(peer, 1, "yes");
  CHECK(connection.outstanding_calls() == 0);
  respond(peer, 1, "again");
  respond(peer, "1", "a string is another id");
  respond(peer, 77, "unknown");
  connection.call<std::string>("ask", Nothing{}, answers.into("b"));
  peer.body(R"({"jsonrpc":"2.0","id":2,"error":{"code":-32803,"message":"no"}})");
  connection.call<std::string>("ask", Nothing{}, answers.into("c"));
  respond(peer, 3, 42);
  CHECK(answers.seen ==
        std::vector<std::string>{"a: yes", "b: error -32803 no",
                                 "c: error -32602 the client's answer: result: expected a string, "
                                 "found number"});
}

TEST_CASE("calls: a call the client cannot answer fails softly and is not sent") {
  Answers answers;
  MemoryPeer peer;
  peer.options.client_supports = [](std::string_view method) { return method != "workspace/applyEdit"; };
  CHECK_FALSE(peer.open().call<std::string>("workspace/applyEdit", Nothing{}, answers.into("a")));
  CHECK(peer.take().empty());
  CHECK(answers.seen ==
        std::vector<std::string>{"a: error -32803 the client does not support workspace/applyEdit"});
}

TEST_CASE("calls: the number of outstanding calls is bounded") {
  Answers answers;
  MemoryPeer peer;
  peer.options.max_outstanding_calls = 2;
  for (const char* name : {"a", "b", "c"})
    peer.open().call<std::string>("ask", Nothing{}, answers.into(name));
  CHECK(answers.seen ==
        std::vector<std::string>{
            "c: error -32803 cannot send ask: the client has not answered 2 earlier requests"});
  respond(peer, 1, "done");
  CHECK(peer.open().call<std::string>("ask", Nothing{}, answers.into("d")));
}

TEST_CASE("calls: time runs out, the client is told, and its late answer is dropped") {
  HeldTimers timers;
  Answers answers;
  MemoryPeer peer;
  peer.options.timers = &timers;
  Connection& connection = peer.open();
  connection.call<std::string>("slow", Nothing{}, answers.into("a"), std::chrono::milliseconds(1500));
  connection.call<std::string>("fast", Nothing{}, answers.into("b"), std::chrono::milliseconds(10));
  REQUIRE(timers.armed.size() == 2);
  CHECK(timers.armed[0].after == std::chrono::milliseconds(1500));
  respond(peer, 2, "in time");
  CHECK(timers.armed.size() == 1);
  peer.take();
  timers.fire_all();
  CHECK(peer.take_one() == Json{{"jsonrpc", "2.0"}, {"method", "$/cancelRequest"}, {"params", {{"id", 1}}}});
  respond(peer, 1, "too late");
  CHECK(answers.seen == std::vector<std::string>{
                            "b: in time", "a: error -32803 the client did not answer slow within 1500 ms"});
}

TEST_CASE("calls: a call can be cancelled once") {
  Answers answers;
  MemoryPeer peer;
  const auto id = peer.open().call<std::string>("ask", Nothing{}, answers.into("a"));
  REQUIRE(id);
  peer.take();
  CHECK(peer.connection->cancel_call(*id));
  CHECK_FALSE(peer.connection->cancel_call(*id));
  CHECK(peer.take_one().at("method") == "$/cancelRequest");
  respond(peer, 1, "late");
  CHECK(answers.seen == std::vector<std::string>{"a: error -32800 ask was cancelled"});
}

TEST_CASE("calls: closing ends every call, also one that a callback tries to start") {
  Answers answers;
  MemoryPeer peer;
  Connection& connection = peer.open();
  connection.call<std::string>("ask", Nothing{}, [&](Outcome<std::string> answer) {
    answers.into("a")(std::move(answer));
    connection.call<std::string>("more", Nothing{}, answers.into("b"));
  });
  connection.close("gone");
  CHECK(answers.seen == std::vector<std::string>{"a: error -32803 ask got no answer: gone",
                                                 "b: error -32803 cannot send more: gone"});
}

TEST_CASE("calls: responses overtake requests that wait") {
  Answers answers;
  MemoryPeer peer;
  std::vector<Reply<Null>> held;
  peer.binder.mutation("change",
                       [&](const Nothing&, Reply<Null> reply) { held.push_back(std::move(reply)); });
  peer.open().call<std::string>("ask", Nothing{}, answers.into("a"));
  peer.request(1, "change");
  peer.request(2, "change");
  CHECK(held.size() == 1);
  respond(peer, 1, "yes");
  CHECK(answers.seen == std::vector<std::string>{"a: yes"});
  peer.take();
  // Cancelling a request that waits answers it and takes it out of the queue.
  peer.request(3, "change");
  peer.notify("$/cancelRequest", {{"id", 2}});
  CHECK(peer.take_one().at("error").at("code") == -32800);
  CHECK(held.size() == 1);
  held[0](Null{});
  CHECK(held.size() == 2);
  held[1](Null{});
  CHECK(peer.take() == std::vector<Json>{result_of(1, nullptr), result_of(3, nullptr)});
}

TEST_CASE("calls: a cancelled request keeps its place until its work has ended") {
  MemoryPeer peer;
  std::vector<Reply<Null>> held;
  peer.binder.mutation("change",
                       [&](const Nothing&, Reply<Null> reply) { held.push_back(std::move(reply)); });
  peer.request(1, "change");
  peer.request(2, "change");
  peer.notify("$/cancelRequest", {{"id", 1}});
  CHECK(held.size() == 1);
  held[0](Null{});
  CHECK(held.size() == 2);
}
