// What may be asked when, as LSP says, and the exit code that follows. A value; loop thread.
#pragma once

#include <optional>
#include <string_view>

#include "protocol/jsonrpc/outcome.h"

namespace pland::server {

class Lifecycle {
 public:
  /// Why a message is refused now: ServerNotInitialized before `initialize`, InvalidRequest for a second
  /// `initialize` and for everything after `shutdown`. A notification is dropped instead; `exit` always
  /// passes.
  std::optional<jsonrpc::ResponseError> refusal(std::string_view method, bool is_request) const;
  void initialized() { state_ = State::initialized; }
  void shut_down() { state_ = State::shut_down; }
  bool is_initialized() const { return state_ == State::initialized; }
  bool is_shut_down() const { return state_ == State::shut_down; }
  /// Of the process, when `exit` comes or the client is gone: 0 only after `shutdown`.
  int exit_code() const { return is_shut_down() ? 0 : 1; }

 private:
  enum class State { created, initialized, shut_down };
  State state_ = State::created;
};

}  // namespace pland::server
