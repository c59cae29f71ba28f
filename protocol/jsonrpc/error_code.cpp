#include "protocol/jsonrpc/error_code.h"

namespace pland::jsonrpc {

const char* name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::parse_error:
      return "ParseError";
    case ErrorCode::invalid_request:
      return "InvalidRequest";
    case ErrorCode::method_not_found:
      return "MethodNotFound";
    case ErrorCode::invalid_params:
      return "InvalidParams";
    case ErrorCode::internal_error:
      return "InternalError";
    case ErrorCode::server_not_initialized:
      return "ServerNotInitialized";
    case ErrorCode::unknown_error_code:
      return "UnknownErrorCode";
    case ErrorCode::request_failed:
      return "RequestFailed";
    case ErrorCode::server_cancelled:
      return "ServerCancelled";
    case ErrorCode::content_modified:
      return "ContentModified";
    case ErrorCode::request_cancelled:
      return "RequestCancelled";
  }
  return "UnknownErrorCode";
}

}  // namespace pland::jsonrpc
