// Errors as values: every engine function that can fail returns Result<T>.
//
// An Error carries a code (what kind of remedy applies), a message that a person can act on, and
// structured context that the upper floor may show or send on (paths, ids, exit codes).
// Exceptions thrown by libraries are caught at the door of the room that calls them.
// Values only: copyable, no thread affinity.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace pland::engine {

enum class ErrorCode {
  invalid_argument,  ///< The request is malformed; the message names the place.
  not_found,         ///< The named plan, subplan, checkpoint, file ... does not exist.
  refused,           ///< A valid request that the present state forbids; the message says what to do instead.
  conflict,          ///< Open merge conflicts stand in the way; context["paths"] lists them.
  cancelled,         ///< Stopped on request.
  timed_out,         ///< A time limit ran out.
  io,                ///< The operating system refused; the message has the path and strerror text.
  git,               ///< libgit2 or git refused.
  store,             ///< SQLite refused.
  internal,          ///< A defect in pland.
};

/// The stable lower-case name of a code, as it appears on the wire and in the log.
std::string_view to_string(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
  nlohmann::json context = nlohmann::json::object();
};

/// Puts `where` in front of the message: "capturing /src: permission denied".
inline Error with_context(Error error, std::string_view where) {
  error.message = std::string(where) + ": " + error.message;
  return error;
}

/// An io error for `path` from errno.
Error io_error(std::string_view action, std::string_view path, int errno_value);

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)
  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  /// Precondition: ok().
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  /// Precondition: !ok().
  Error& error() { return std::get<1>(state_); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)
  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  Error& error() { return *error_; }
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace pland::engine

#define PLAND_CONCAT_INNER(a, b) a##b
#define PLAND_CONCAT(a, b) PLAND_CONCAT_INNER(a, b)

/// PLAND_TRY(auto tree, read_tree(oid)): declares `tree`, or returns the error from the enclosing function.
#define PLAND_TRY(declaration, expression) \
  PLAND_TRY_INNER(declaration, expression, PLAND_CONCAT(pland_result_, __LINE__), return )
/// The same inside a coroutine.
#define PLAND_CO_TRY(declaration, expression) \
  PLAND_TRY_INNER(declaration, expression, PLAND_CONCAT(pland_result_, __LINE__), co_return )
#define PLAND_TRY_INNER(declaration, expression, name, leave) \
  auto name = (expression);                                   \
  if (!name.ok()) leave std::move(name).error();              \
  declaration = *std::move(name)

/// For a Status (or to drop the value): returns the error from the enclosing function.
#define PLAND_CHECK(expression) PLAND_CHECK_INNER(expression, PLAND_CONCAT(pland_status_, __LINE__), return )
#define PLAND_CO_CHECK(expression) \
  PLAND_CHECK_INNER(expression, PLAND_CONCAT(pland_status_, __LINE__), co_return )
#define PLAND_CHECK_INNER(expression, name, leave) \
  do {                                             \
    auto name = (expression);                      \
    if (!name.ok()) leave std::move(name.error()); \
  } while (false)
