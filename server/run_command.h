// `pland run FILE`: a plan from its file to its result without an editor, for a terminal and for CI.
#pragma once

#include <asio/awaitable.hpp>
#include <optional>
#include <string>

#include "engine/model/conflict.h"
#include "server/cli_host.h"

namespace pland::server {

struct RunOptions {
  std::string file;
  bool apply = false;
  std::optional<engine::Resolution> resolve;  ///< take this side of every conflict
  bool json = false;
  bool replace = false;
};

/// Runs the plan, prints what happened, returns the exit code. SIGINT cancels the plan, keeps its results and
/// says so; a second one ends the program.
asio::awaitable<int> run_command(CliHost& host, RunOptions options);

/// Calls `interrupted` at the first SIGINT or SIGTERM while it lives; the next one is the system's.
class InterruptHandler {
 public:
  InterruptHandler(const asio::any_io_executor& executor, std::function<void()> interrupted);
  ~InterruptHandler();
  InterruptHandler(const InterruptHandler&) = delete;
  InterruptHandler& operator=(const InterruptHandler&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace pland::server
