// Work that is a shell command: the actor `run`, and the commands around it (`check`, `setup`).
//
// A command runs as `/bin/sh -c` in the sandbox, under the supervisor (engine/base/process.h), with pland's
// own environment except for GIT_* (which would point git at another repository), plus what the request adds.
#pragma once

#include "engine/actor/actor.h"
#include "engine/base/process.h"

namespace pland::engine {

enum class CommandPurpose {
  work,   ///< `run`
  check,  ///< a non-zero exit code is FailureKind::check_failed
  setup,  ///< every failure is FailureKind::setup_failed
};

/// Runs `command` (not request.spec.run) with the request's sandbox, limits and environment.
asio::awaitable<Result<WorkOutcome>> run_shell_command(std::string command, CommandPurpose purpose,
                                                       WorkRequest request, Cancellation cancellation);

/// Says what a command's end means: the kind of failure, and a line a person can act on. `limits` are the
/// request's.
WorkOutcome classify(const ProcessOutcome& process, const std::string& command, CommandPurpose purpose,
                     const WorkRequest& limits);

/// The command that a shell's "not found" or "Permission denied" message names, in the last lines of its
/// output; empty when there is no such message.
std::string command_not_found(std::string_view output_tail);

/// The actor `run`: request.spec.run.
class ShellActor final : public Actor {
 public:
  asio::awaitable<Result<WorkOutcome>> perform(WorkRequest request, Cancellation cancellation) override;
};

}  // namespace pland::engine
