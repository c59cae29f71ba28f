// Inside of the plan room: one try at a subplan's work, in parts. Loop thread only.
#pragma once

#include <asio/awaitable.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/actor/shell_command.h"
#include "engine/plan/engine_state.h"

namespace pland::engine {

inline constexpr int kPortsPerSubplan = 10;

/// How one attempt ended.
struct AttemptEnd {
  ProcessingState state = ProcessingState::errored;
  FailureKind failure = FailureKind::internal;
  std::optional<int> exit_code;
  std::optional<int> signal;
  std::string error;
  std::string output_tail;
  std::string output_path;
  std::string result_commit;
  std::vector<std::string> files_changed;
  std::vector<LeftOut> left_out;  ///< what the sandbox holds beside the result
};

AttemptEnd failed(FailureKind kind, std::string error);
AttemptEnd end_of(const WorkOutcome& outcome);

/// What an attempt works with; values, so that nothing dangles over a suspension.
struct AttemptContext {
  std::string plan_id, subplan_id, sandbox_id, token;
  std::string spawned_from;  ///< the commit the sandbox is made from
  int number = 1;
  SubplanSpec spec;
  PlanSpec plan_spec;
  Cancellation cancellation;
  std::filesystem::path folder;  ///< the sandbox
  std::filesystem::path context_file;
  int first_port = 0;      ///< of the block that is the subplan's own while it runs
  bool repaired = false;   ///< the sandbox is as the repair left it: it is not made anew
  std::string failed_log;  ///< of the attempt that was repaired
  FailureKind repaired_failure = FailureKind::none;
};

/// The reference that keeps a snapshot of this attempt.
std::string snapshot_ref(const AttemptContext& context, std::string_view what);
/// Where a command writes the tool calls that it wants made when it has succeeded (PLAND_CALLS).
std::filesystem::path calls_file(const EngineState& state, const AttemptContext& context);
/// What an actor or command of this attempt is given. `part`: "work", "check" ... names the log.
WorkRequest work_request(const EngineState& state, const AttemptContext& context, std::string_view part);

/// Runs one command of the attempt that is not the work itself. nullopt: it passed.
asio::awaitable<std::optional<AttemptEnd>> run_part(EngineState& state, const AttemptContext& context,
                                                    std::string command, CommandPurpose purpose);

// context.cpp
/// Writes the file that tells the work what it is part of (requirements 3.10): goals, what is done when,
/// invariants, what failed before and is to be looked at, and an outline of the parent's context. Returns its
/// path, outside of every tracked tree.
asio::awaitable<Result<std::filesystem::path>> write_context(EngineState& state, const PlanRuntime& plan,
                                                             const SubplanStatus& subplan);

// attempt_sandbox.cpp
/// A sandbox that holds `spawned_from`, prepared; records the id. The subplan's base is what it holds then.
/// nullopt: it is ready.
asio::awaitable<std::optional<AttemptEnd>> prepare_sandbox(EngineState& state, PlanRuntime& plan,
                                                           std::size_t index, AttemptContext& context);
/// Puts what the sandbox holds now into `end`: whatever came of it, what it did is kept.
asio::awaitable<std::optional<AttemptEnd>> keep_result(EngineState& state, PlanRuntime& plan,
                                                       std::size_t index, AttemptContext& context,
                                                       AttemptEnd& end);
/// The paths that differ, sorted.
asio::awaitable<Result<std::vector<std::string>>> changed_paths(EngineState& state, std::string from_commit,
                                                                git::Oid to_tree);

// attempt_record.cpp
Status begin_attempt(EngineState& state, PlanRuntime& plan, std::size_t index, const AttemptContext& context,
                     Attempt& row);
/// How it goes on after this attempt.
enum class NextStep { none, retry, repair };
Status end_attempt(EngineState& state, PlanRuntime& plan, std::size_t index, const AttemptContext& context,
                   Attempt row, const AttemptEnd& end, NextStep next);

}  // namespace pland::engine
