#include "protocol/jsonrpc/message.h"

#include <doctest/doctest.h>

using namespace pland::jsonrpc;

namespace {
template <typename T>
T parsed(const char* body) {
  auto message = parse_message(body);
  return std::get<T>(std::get<Message>(message));
}
}  // namespace

TEST_CASE("message: requests, notifications and responses") {
  const auto request = parsed<Request>(R"({"jsonrpc":"2.0","id":"a","method":"m","params":[1],"extra":0})");
  CHECK(request.id == RequestId(std::string("a")));
  CHECK(request.method == "m");
  CHECK(request.params == Json::array({1}));
  CHECK(parsed<Notification>(R"({"jsonrpc":"2.0","method":"m"})").params.is_null());
  CHECK(parsed<Notification>(R"({"jsonrpc":"2.0","method":"m","params":null})").params.is_null());
  const auto result = parsed<Response>(R"({"jsonrpc":"2.0","id":1,"result":null})");
  CHECK(result.id == RequestId(1));
  CHECK(result.result.value().is_null());
  const auto error =
      parsed<Response>(R"({"jsonrpc":"2.0","id":1,"error":{"code":-5,"message":"m","data":{"x":1}}})");
  CHECK(error.result.error().code == -5);
  CHECK(error.result.error().message == "m");
  CHECK(error.result.error().data == Json{{"x", 1}});
  // Some clients send both, with the unused one null.
  CHECK(parsed<Response>(R"({"jsonrpc":"2.0","id":1,"result":5,"error":null})").result.value() == 5);
  CHECK_FALSE(parsed<Response>(R"({"jsonrpc":"2.0","id":1,"result":null,"error":{"code":1,"message":""}})")
                  .result.ok());
}

TEST_CASE("message: ids keep their type") {
  CHECK(RequestId(1) != RequestId(std::string("1")));
  CHECK(to_string(RequestId(std::string("a\"b"))) == R"("a\"b")");
  CHECK(parsed<Request>(R"({"jsonrpc":"2.0","id":-9007199254740993,"method":"m"})").id ==
        RequestId(-9007199254740993));
  CHECK(
      std::holds_alternative<MalformedMessage>(parse_message(R"({"jsonrpc":"2.0","id":1e3,"method":"m"})")));
  CHECK(std::holds_alternative<MalformedMessage>(
      parse_message(R"({"jsonrpc":"2.0","id":18446744073709551615,"method":"m"})")));
}

TEST_CASE("message: written as JSON-RPC 2.0") {
  CHECK(serialize(Request{7, "m", Json::object()}) == R"({"id":7,"jsonrpc":"2.0","method":"m","params":{}})");
  CHECK(serialize(Notification{"m", nullptr}) == R"({"jsonrpc":"2.0","method":"m"})");
  CHECK(serialize(Response{RequestId(1), Json()}) == R"({"id":1,"jsonrpc":"2.0","result":null})");
  CHECK(serialize(Response{std::nullopt, ResponseError(ErrorCode::parse_error, "bad")}) ==
        R"({"error":{"code":-32700,"message":"bad"},"id":null,"jsonrpc":"2.0"})");
  CHECK(serialize(Response{RequestId(1), ResponseError(ErrorCode::request_failed, "no", Json(5))}) ==
        R"({"error":{"code":-32803,"data":5,"message":"no"},"id":1,"jsonrpc":"2.0"})");
}
