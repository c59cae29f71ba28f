// Error codes of JSON-RPC 2.0 and LSP 3.18 (specification, "ErrorCodes" and "LSPErrorCodes").
#pragma once

namespace pland::jsonrpc {

enum class ErrorCode : int {
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_params = -32602,
  internal_error = -32603,
  server_not_initialized = -32002,
  unknown_error_code = -32001,
  request_failed = -32803,  ///< a valid request that the server refuses, with the reason
  server_cancelled = -32802,
  content_modified = -32801,
  request_cancelled = -32800,
};

/// The name the specification gives the code, for logs.
const char* name_of(ErrorCode code);

}  // namespace pland::jsonrpc
