// Plans and subplans as plain values. No I/O, no thread affinity.
//
// A subplan is a child plan: it has its own ULID (`subplan_id` is the child's plan id), phase and state. What
// the parent keeps about a child is its SubplanStatus.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/model/plan_spec.h"

namespace pland::engine {

enum class Phase { action, strategize, execute, apply };
enum class ProcessingState { queued, processing, complete, errored, cancelled, applied, constrained };

std::string_view to_string(Phase phase);
std::string_view to_string(ProcessingState state);
Result<Phase> parse_phase(std::string_view text);
Result<ProcessingState> parse_processing_state(std::string_view text);

/// complete, errored, cancelled, applied: nothing will happen any more unless a person asks.
bool is_settled(ProcessingState state);

/// Why an attempt or a subplan failed: the class decides about retry and the wording of the remedy.
enum class FailureKind {
  none,
  exit_code,        ///< the work ended with a non-zero exit code
  check_failed,     ///< the work succeeded, its `check` did not
  timed_out,        ///< the wall-clock limit ran out
  idle,             ///< no output for the idle limit
  killed,           ///< ended by a signal that pland did not send
  missing_command,  ///< the shell found no such command (exit code 126 or 127)
  setup_failed,     ///< a `setup` command failed; the work was not started
  tool_failed,      ///< a built-in tool call was refused or failed
  dependency,       ///< not started, because a subplan named in `after` did not succeed
  interrupted,      ///< pland ended while it ran
  internal,         ///< the sandbox could not be made, the result not captured ...
};
std::string_view to_string(FailureKind kind);
Result<FailureKind> parse_failure_kind(std::string_view text);

/// One try at a subplan's work.
struct Attempt {
  std::string subplan_id;
  int number = 1;  ///< from 1
  Timestamp started_at = 0;
  std::optional<Timestamp> completed_at;
  ProcessingState state = ProcessingState::processing;
  FailureKind failure = FailureKind::none;
  std::optional<int> exit_code;
  std::optional<int> signal;
  std::string error;         ///< one line for a person; empty when it succeeded
  std::string output_tail;   ///< the last lines of the output, at most 4 KiB
  std::string output_path;   ///< file that keeps the captured output, below the state directory
  bool was_retried = false;  ///< true only when another attempt followed
  bool operator==(const Attempt&) const = default;
};

/// What a parent knows about a child.
struct SubplanStatus {
  std::string subplan_id;  ///< the child's plan id
  std::string plan_id;     ///< the parent
  int ordinal = 0;         ///< spawn order, from 0
  SubplanSpec spec;
  ProcessingState state = ProcessingState::queued;
  int attempt_number = 1;
  FailureKind failure = FailureKind::none;
  std::optional<int> exit_code;
  std::string error;  ///< empty unless errored or cancelled
  std::optional<Timestamp> started_at;
  std::optional<Timestamp> completed_at;
  std::string base_commit;                 ///< snapshot the sandbox started from; empty before
  std::string result_commit;               ///< snapshot of the result; empty unless complete
  std::vector<std::string> files_changed;  ///< paths that differ between base and result, sorted
  std::string sandbox_id;                  ///< empty when it has none
  bool operator==(const SubplanStatus&) const = default;
};

struct Plan {
  std::string plan_id;
  std::optional<std::string> parent_plan_id;
  std::string root_plan_id;
  std::string name;  ///< "[[server:]namespace/]name"
  std::string goal;
  std::string uri;          ///< of the plan file, as the client spells it; empty for a spawn without a file
  std::string source_text;  ///< the plan file's text when it was spawned
  PlanSpec spec;
  Phase phase = Phase::strategize;
  ProcessingState state = ProcessingState::queued;
  std::int64_t revision = 0;  ///< grows by one with every change of this plan
  Timestamp created_at = 0;
  Timestamp updated_at = 0;
  std::optional<Timestamp> applied_at;
  std::string error;
  nlohmann::json error_details = nlohmann::json::object();  ///< merged, never replaced
  std::string base_commit;      ///< snapshot of the project at spawn; empty until captured
  std::string merged_commit;    ///< the parent's tree: base_commit and every complete result, in spawn order
  std::string sandbox_id;       ///< the parent's sandbox, with the merged files
  std::string base_ref_commit;  ///< the user's commit that refs/pland/<id> keeps; empty without git
  bool operator==(const Plan&) const = default;
};

/// Put back by a rollback: it goes on when a person says so (`retry`). A plan that was just spawned is queued
/// too, but has no base yet.
inline bool awaits_input(const Plan& plan) {
  return plan.state == ProcessingState::queued && !plan.base_commit.empty();
}
/// It works, or begins to by itself.
inline bool is_running(const Plan& plan) {
  return plan.state == ProcessingState::processing ||
         (plan.state == ProcessingState::queued && !awaits_input(plan));
}

}  // namespace pland::engine
