#include "server/lifecycle.h"

#include <string>

namespace pland::server {

std::optional<jsonrpc::ResponseError> Lifecycle::refusal(std::string_view method, bool) const {
  using jsonrpc::ErrorCode;
  using jsonrpc::ResponseError;
  if (method == "exit") return std::nullopt;
  switch (state_) {
    case State::created:
      if (method == "initialize") return std::nullopt;
      return ResponseError(ErrorCode::server_not_initialized,
                           std::string(method) + " came before initialize; send initialize first");
    case State::initialized:
      if (method != "initialize") return std::nullopt;
      return ResponseError(ErrorCode::invalid_request, "initialize was already answered");
    case State::shut_down:
      break;
  }
  return ResponseError(ErrorCode::invalid_request,
                       std::string(method) + " came after shutdown; only exit may follow");
}

}  // namespace pland::server
