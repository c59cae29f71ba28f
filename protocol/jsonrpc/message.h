// JSON-RPC 2.0 messages as values, and their exact errors.
//
// `parse_message` never throws: what is no message becomes a MalformedMessage that says what to answer, if
// anything. Values only, no thread affinity.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/jsonrpc/json.h"
#include "protocol/jsonrpc/outcome.h"

namespace pland::jsonrpc {

class Reader;
class Writer;

/// A request's id: integer or string, compared by type and value (1 and "1" differ).
class RequestId {
 public:
  RequestId() : value_(std::int64_t{0}) {}
  RequestId(std::int64_t number) : value_(number) {}        // NOLINT(google-explicit-constructor)
  RequestId(std::string text) : value_(std::move(text)) {}  // NOLINT(google-explicit-constructor)
  const std::int64_t* number() const { return std::get_if<std::int64_t>(&value_); }
  const std::string* text() const { return std::get_if<std::string>(&value_); }
  Json to_json() const;
  static std::optional<RequestId> from_json(const Json& value);
  auto operator<=>(const RequestId&) const = default;

 private:
  std::variant<std::int64_t, std::string> value_;
};

/// For logs and messages: `5` or `"abc"`.
std::string to_string(const RequestId& id);

bool read_json(Reader in, RequestId& out);
void write_json(Writer out, const RequestId& value);

struct Request {
  RequestId id;
  std::string method;
  Json params;  ///< object, array, or null when absent
};

struct Notification {
  std::string method;
  Json params;
};

struct Response {
  std::optional<RequestId> id;  ///< absent (null) when the peer could not tell which request it answers
  Outcome<Json> result;
};

using Message = std::variant<Request, Notification, Response>;

/// Text that is no message.
struct MalformedMessage {
  bool answer = true;           ///< false for a malformed response: answering it would start a quarrel
  std::optional<RequestId> id;  ///< null in the answer when absent
  ResponseError error;
};

std::variant<Message, MalformedMessage> parse_message(std::string_view body);

/// The body to send. An error without an id answers `id: null`.
std::string serialize(const Message& message);

}  // namespace pland::jsonrpc
