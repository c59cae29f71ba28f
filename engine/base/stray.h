// Processes that outlived a crash.
//
// Supervisors (see process.h) end everything when pland dies. Should a supervisor itself have been killed,
// what it looked after can still be found by the PLAND_PROCESS_TOKEN in its environment. A process is never
// touched on the strength of its number alone.
#pragma once

#include <sys/types.h>

#include <asio/awaitable.hpp>
#include <chrono>
#include <string>
#include <vector>

namespace pland::engine {

struct Stray {
  pid_t pid = 0;
  std::string token;
  std::string command;  ///< its arguments, for a message
};

struct StraysEnded {
  std::vector<Stray> ended;
  std::vector<Stray> left;  ///< stuck in the kernel, or not ours to signal
};

/// Every process of ours whose environment has one of `tokens`. Reads all of /proc: a few milliseconds, any
/// thread.
std::vector<Stray> find_strays(const std::vector<std::string>& tokens);

/// Ends them: SIGTERM (which makes a supervisor end all it looks after), after `grace` SIGKILL, until none is
/// left or nothing helps. Loop thread.
asio::awaitable<StraysEnded> end_strays(std::vector<std::string> tokens,
                                        std::chrono::milliseconds grace = std::chrono::seconds(3));

}  // namespace pland::engine
