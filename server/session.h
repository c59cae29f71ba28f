// One editor, from its first byte to its last: lifecycle, the table of methods, and the end.
//
// The session is over when `exit` came, the input ended, or the client's process died; `run` then closes what
// is open and returns the exit code LSP asks for. `shutdown` answers at once: work that runs is ended in the
// background, and what a kill would interrupt is recovered by the next start. Loop thread only.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/jsonrpc/connection.h"
#include "server/client_process.h"
#include "server/editor.h"
#include "server/lifecycle.h"
#include "server/timers.h"

namespace pland::server {

struct SessionOptions {
  EditorOptions editor;
  bool test = false;  ///< binds the request pland/sync
  /// Called with the exit code when the end takes longer than `patience`: what still runs is left to the next
  /// start's recovery. Empty: the end takes as long as it takes.
  std::function<void(int)> give_up;
  std::chrono::milliseconds patience{1000};
  /// Sees every message; see ConnectionOptions::tap.
  std::function<void(jsonrpc::Direction, std::string_view)> tap;
  /// Told of `$/setTrace` and of the trace value in `initialize`.
  std::function<void(lsp::TraceValue)> trace;
};

class Session {
 public:
  /// `arena` and `transport` must outlive it.
  Session(asio::any_io_executor executor, engine::Arena& arena, jsonrpc::Transport& transport,
          SessionOptions options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void receive(std::string_view bytes) { connection_->receive(bytes); }
  /// The client cannot be heard any more.
  void input_ended(const std::string& reason);

  /// Waits for the end of the session; the process's exit code. Await once.
  asio::awaitable<int> run();
  /// Every bound method, for tests and documentation.
  const jsonrpc::Binder& binder() const { return binder_; }

 private:
  void bind_lifecycle();
  void bind_documents();
  void bind_features();
  void bind_verbs();
  void end();
  jsonrpc::Outcome<Json> initialize(const lsp::InitializeParams& params);
  void execute_command(const lsp::ExecuteCommandParams& params, jsonrpc::Reply<Json> reply);
  void sync(jsonrpc::Reply<Json> reply);

  asio::any_io_executor executor_;
  engine::Arena& arena_;
  SessionOptions options_;
  LoopTimers timers_;
  jsonrpc::Binder binder_;
  Lifecycle lifecycle_;
  std::unique_ptr<jsonrpc::Connection> connection_;
  std::unique_ptr<Editor> editor_;  ///< from the answer to `initialize`
  std::unique_ptr<ClientProcess> client_process_;
  std::optional<int> exit_code_;
  asio::steady_timer ended_;
};

}  // namespace pland::server
