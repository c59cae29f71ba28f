// What a request ends with: a value, or the error that goes on the wire. Values only.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "protocol/jsonrpc/error_code.h"
#include "protocol/jsonrpc/json.h"

namespace pland::jsonrpc {

/// The `error` member of a response. `message` is shown to people: it names the place and the remedy.
struct ResponseError {
  int code = static_cast<int>(ErrorCode::internal_error);
  std::string message;
  std::optional<Json> data;

  ResponseError() = default;
  ResponseError(ErrorCode error_code, std::string text, std::optional<Json> extra = std::nullopt)
      : code(static_cast<int>(error_code)), message(std::move(text)), data(std::move(extra)) {}
  bool is(ErrorCode error_code) const { return code == static_cast<int>(error_code); }
  bool operator==(const ResponseError&) const = default;
};

/// T or ResponseError.
template <typename T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : state_(std::in_place_index<0>, std::move(value)) {}              // NOLINT
  Outcome(ResponseError error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT
  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  /// Precondition: ok().
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  /// Precondition: !ok().
  const ResponseError& error() const { return std::get<1>(state_); }
  ResponseError& error() { return std::get<1>(state_); }

 private:
  std::variant<T, ResponseError> state_;
};

}  // namespace pland::jsonrpc
