// Plans and subplans as plain values. No I/O, no thread affinity.
//
// A subplan is a child plan: it has its own ULID (`subplan_id` is the child's plan id), phase and state. What
// the parent keeps about a child is its SubplanStatus.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/model/plan_spec.h"
#include "engine/model/profile_choice.h"

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
  children,         ///< some of its own subplans failed
  conflict,         ///< the results of its own subplans clash
  guard,            ///< a guard or threshold of the automation profile stopped it
  interrupted,      ///< pland ended while it ran
  internal,         ///< the sandbox could not be made, the result not captured ...
};
std::string_view to_string(FailureKind kind);
Result<FailureKind> parse_failure_kind(std::string_view text);

/// What sort of failure it is (requirements 3.8): decides whether to try again by itself, and the remedy.
enum class FailureClass {
  none,
  transient,       ///< may pass by itself: a network, a lock, a service that was busy
  permanent,       ///< will fail again the same way: no such command, a refused tool call
  resource,        ///< memory, disk space, file descriptors
  merge_conflict,  ///< its own children's results clash
  validation,      ///< the work is done, its `check` does not pass
  timeout,         ///< wall clock or silence
  cancelled,
  unknown,  ///< tried again like a transient one (#4001)
};
std::string_view to_string(FailureClass failure_class);
Result<FailureClass> parse_failure_class(std::string_view text);

/// By the kind, the exit code and what the output's last lines say. A pure function.
FailureClass classify(FailureKind kind, std::optional<int> exit_code, std::optional<int> signal,
                      std::string_view output_tail);

/// Whether another attempt may do better: everything but permanent, cancelled, merge_conflict and none.
bool is_retriable(FailureClass failure_class);

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

/// Where an invariant of a plan comes from: action invariants are the plan's own once the action is used
/// (#2392); plan wins over project, project over global, a non_overridable one over all.
enum class InvariantSource { plan, project, global };
std::string_view to_string(InvariantSource source);
Result<InvariantSource> parse_invariant_source(std::string_view text);

struct PlanInvariant {
  Invariant invariant;
  InvariantSource source = InvariantSource::plan;
  std::string origin;  ///< "action local/x", "plan file", "project", "global": for display
  bool operator==(const PlanInvariant&) const = default;
};
void to_json(nlohmann::json& json, const PlanInvariant& invariant);
void from_json(const nlohmann::json& json, PlanInvariant& invariant);

/// One of the projects that a plan works on, and how far its part has come. The plan's own project (alias
/// "root" where the file names none) has its commits in the plan itself.
struct ProjectLink {
  std::string project_name;  ///< the folder's real path
  std::string alias;         ///< unique within the plan
  bool read_only = false;
  std::string base_commit;      ///< of the project's snapshot, in its part of the private repository
  std::string merged_commit;    ///< base and every complete result of its subplans
  std::string base_ref_commit;  ///< as Plan::base_ref_commit
  std::optional<Timestamp> applied_at;
  std::string error;  ///< why its apply failed; empty
  bool operator==(const ProjectLink&) const = default;
};
void to_json(nlohmann::json& json, const ProjectLink& link);
void from_json(const nlohmann::json& json, ProjectLink& link);

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
  int depth = 0;                ///< 0 for a root plan
  int attempt = 1;
  std::string action_name;  ///< namespaced; empty when made without an action
  nlohmann::json arguments = nlohmann::json::object();
  std::vector<std::string> arguments_order;
  std::string description;         ///< rendered with the arguments
  std::string definition_of_done;  ///< rendered with the arguments; a child's is its own goal (#2073)
  std::map<std::string, std::string> actors;  ///< role ("strategy", "execution" ...) to actor
  std::vector<PlanInvariant> invariants;      ///< reconciled, in the order of display
  ProfileReference profile;                   ///< fixed when the plan is made (#8956)
  nlohmann::json effective_profile =
      nlohmann::json::object();  ///< the profile's values when the plan was made
  std::string execution_environment = "host";
  std::string execution_env_priority = "fallback";
  std::vector<ProjectLink> project_links;  ///< the projects beside the plan's own
  std::string decision_root_id;
  std::string changeset_id;
  nlohmann::json validation_summary = nlohmann::json::object();
  int tool_calls = 0;
  int reversion_count = 0;       ///< at most kMaxReversions
  int last_completed_step = -1;  ///< ordinal of the subplan that completed last; -1: none
  std::string last_checkpoint_id;
  nlohmann::json phase_times =
      nlohmann::json::object();  ///< "strategize_started", "execute_completed" ... in ms
  std::string created_by = "user";
  bool reusable = false;
  bool read_only = false;
  bool operator==(const Plan&) const = default;
};

/// How often a plan may go back to strategize (#2864, #185).
inline constexpr int kMaxReversions = 3;

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
