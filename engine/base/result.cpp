#include "engine/base/result.h"

#include <cstring>

namespace pland::engine {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::refused:
      return "refused";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::timed_out:
      return "timed_out";
    case ErrorCode::io:
      return "io";
    case ErrorCode::git:
      return "git";
    case ErrorCode::store:
      return "store";
    case ErrorCode::internal:
      return "internal";
  }
  return "internal";
}

Error io_error(std::string_view action, std::string_view path, int errno_value) {
  Error error;
  error.code = ErrorCode::io;
  error.message = std::string(action) + " '" + std::string(path) + "': " + std::strerror(errno_value);
  error.context = {{"path", path}, {"errno", errno_value}};
  return error;
}

}  // namespace pland::engine
