// Child processes on the loop.
//
// Every command runs under `pland-supervisor` (engine/base/supervisor), a tiny program that ends all of the
// command's descendants, whatever they did to hide, when the command ends, when it is told to stop, and when
// this process dies, also by SIGKILL. Should the supervisor itself be killed, what it looked after is found
// by its token (engine/base/stray.h) and ended before run_process returns. So nothing that was started here
// survives.
//
// The command gets a session and a process group of its own (no controlling terminal), /dev/null as its
// input, one pipe for stdout and stderr, and no other descriptor. Loop thread only; waiting is asynchronous
// throughout.
#pragma once

#include <sys/types.h>

#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/cancellation.h"
#include "engine/base/environment.h"
#include "engine/base/result.h"

namespace pland::engine {

struct ProcessSpec {
  std::vector<std::string> argv;  ///< argv[0] is looked up in the PATH of `environment` unless it has a '/'
  std::filesystem::path cwd;
  Environment environment;                                ///< all of it; nothing is inherited
  std::optional<std::chrono::milliseconds> timeout;       ///< wall clock, from the start
  std::optional<std::chrono::milliseconds> idle_timeout;  ///< since the last byte of output, or the start
  std::chrono::milliseconds grace{
      3000};                          ///< from SIGTERM to SIGKILL, for the command and what it leaves behind
  std::filesystem::path output_path;  ///< file for the output, replaced; empty: none
  std::size_t output_cap = std::size_t{1} << 20U;  ///< bytes kept there: the first half and the last half
  std::size_t tail_bytes = 4096;
  std::size_t tail_lines = 30;
  std::string token;                 ///< a ULID for PLAND_PROCESS_TOKEN; empty: none
  std::filesystem::path supervisor;  ///< empty: see supervisor_program
};

/// How a command ended. Exactly one of exit_code and signal is set.
struct ProcessOutcome {
  std::optional<int> exit_code;
  std::optional<int> signal;
  bool timed_out = false;       ///< ended by us: `timeout` ran out
  bool idle_timed_out = false;  ///< ended by us: `idle_timeout` ran out
  bool cancelled = false;       ///< ended by us: the Cancellation was cancelled
  std::string tail;             ///< the end of the output, as valid UTF-8 without terminal escapes
  std::uint64_t total_bytes = 0;
  int survivors = 0;           ///< descendants that even SIGKILL did not end: stuck in the kernel
  bool truncated = false;      ///< the middle of the output was left out of the file
  std::string output_problem;  ///< why the output file is incomplete (disk full ...); empty when it is not
  std::chrono::milliseconds duration{0};  ///< until the command itself ended

  bool succeeded() const { return exit_code == 0 && !timed_out && !idle_timed_out && !cancelled; }
};

struct ProcessHooks {
  std::function<void(pid_t)> on_started;            ///< the command's process id
  std::function<void(std::string_view)> on_output;  ///< bytes as they arrive, stdout and stderr interleaved
};

/// Runs a command to its end: returns when it and everything it started are gone and its output is read.
/// Cancelling ends it (SIGTERM, grace, SIGKILL) and gives an outcome with `cancelled`; when it was cancelled
/// before it started, ErrorCode::cancelled. Other errors, always before anything ran: not_found (no such
/// program, folder or supervisor; context["command"] for the program), io (the system refused),
/// invalid_argument (empty argv, NUL in a string).
asio::awaitable<Result<ProcessOutcome>> run_process(ProcessSpec spec, Cancellation cancellation,
                                                    ProcessHooks hooks = {});

/// The supervisor to use: `given`, or `pland-supervisor` beside the running program, or where it is
/// installed, in ../libexec/pland of there. Errors: not_found when it cannot be executed.
Result<std::filesystem::path> supervisor_program(const std::filesystem::path& given);

/// The name of a signal: "SIGTERM"; "signal 42" for one without a name.
std::string signal_name(int signal);

}  // namespace pland::engine
