// Which field of which value is which column of which table: the only list of columns outside the schema.
// Insert, update, select and dump all walk it, so none of them can leave a field out; and because each list
// unpacks its whole struct, a new field does not compile until it has a column here. Inside this room only.
//
// The first column of each table is its key. `attempts` has two key columns.
#pragma once

#include "engine/model/checkpoint.h"
#include "engine/model/conflict.h"
#include "engine/model/decision.h"
#include "engine/model/error_pattern.h"
#include "engine/model/plan.h"
#include "engine/store/records.h"

namespace pland::engine {

template <typename T>
struct Table;

template <>
struct Table<Plan> {
  static constexpr const char* kName = "plans";
  static constexpr const char* kWhat = "plan";
  static constexpr int kKeys = 1;
  template <typename Row, typename Visit>
  static void columns(Row& row, Visit&& visit) {
    auto& [plan_id, parent_plan_id, root_plan_id, name, goal, uri, source_text, spec, phase, state, revision,
           created_at, updated_at, applied_at, error, error_details, base_commit, merged_commit, sandbox_id,
           base_ref_commit, depth, attempt, action_name, arguments, arguments_order, description,
           definition_of_done, actors, invariants, profile, effective_profile, execution_environment,
           execution_env_priority, project_links, decision_root_id, changeset_id, validation_summary,
           tool_calls, reversion_count, last_completed_step, last_checkpoint_id, phase_times, created_by,
           reusable, read_only] = row;
    visit("plan_id", plan_id);
    visit("parent_plan_id", parent_plan_id);
    visit("root_plan_id", root_plan_id);
    visit("name", name);
    visit("goal", goal);
    visit("uri", uri);
    visit("source_text", source_text);
    visit("spec", spec);
    visit("phase", phase);
    visit("state", state);
    visit("revision", revision);
    visit("created_at", created_at);
    visit("updated_at", updated_at);
    visit("applied_at", applied_at);
    visit("error", error);
    visit("error_details", error_details);
    visit("base_commit", base_commit);
    visit("merged_commit", merged_commit);
    visit("sandbox_id", sandbox_id);
    visit("base_ref_commit", base_ref_commit);
    visit("depth", depth);
    visit("attempt", attempt);
    visit("action_name", action_name);
    visit("arguments", arguments);
    visit("arguments_order", arguments_order);
    visit("description", description);
    visit("definition_of_done", definition_of_done);
    visit("actors", actors);
    visit("invariants", invariants);
    visit("profile", profile);
    visit("effective_profile", effective_profile);
    visit("execution_environment", execution_environment);
    visit("execution_env_priority", execution_env_priority);
    visit("project_links", project_links);
    visit("decision_root_id", decision_root_id);
    visit("changeset_id", changeset_id);
    visit("validation_summary", validation_summary);
    visit("tool_calls", tool_calls);
    visit("reversion_count", reversion_count);
    visit("last_completed_step", last_completed_step);
    visit("last_checkpoint_id", last_checkpoint_id);
    visit("phase_times", phase_times);
    visit("created_by", created_by);
    visit("reusable", reusable);
    visit("read_only", read_only);
  }
};

template <>
struct Table<SubplanStatus> {
  static constexpr const char* kName = "subplans";
  static constexpr const char* kWhat = "subplan";
  static constexpr int kKeys = 1;
  template <typename Row, typename Visit>
  static void columns(Row& row, Visit&& visit) {
    auto& [subplan_id, plan_id, ordinal, spec, state, attempt_number, failure, exit_code, error, started_at,
           completed_at, base_commit, result_commit, files_changed, sandbox_id] = row;
    visit("subplan_id", subplan_id);
    visit("plan_id", plan_id);
    visit("ordinal", ordinal);
    visit("spec", spec);
    visit("state", state);
    visit("attempt_number", attempt_number);
    visit("failure", failure);
    visit("exit_code", exit_code);
    visit("error", error);
    visit("started_at", started_at);
    visit("completed_at", completed_at);
    visit("base_commit", base_commit);
    visit("result_commit", result_commit);
    visit("files_changed", files_changed);
    visit("sandbox_id", sandbox_id);
  }
};

template <>
struct Table<Attempt> {
  static constexpr const char* kName = "attempts";
  static constexpr const char* kWhat = "attempt of subplan";
  static constexpr int kKeys = 2;
  template <typename Row, typename Visit>
  static void columns(Row& row, Visit&& visit) {
    auto& [subplan_id, number, started_at, completed_at, state, failure, exit_code, signal, error,
           output_tail, output_path, was_retried] = row;
    visit("subplan_id", subplan_id);
    visit("number", number);
    visit("started_at", started_at);
    visit("completed_at", completed_at);
    visit("state", state);
    visit("failure", failure);
    visit("exit_code", exit_code);
    visit("signal", signal);
    visit("error", error);
    visit("output_tail", output_tail);
    visit("output_path", output_path);
    visit("was_retried", was_retried);
  }
};

template <>
struct Table<Decision> {
  static constexpr const char* kName = "decisions";
  static constexpr const char* kWhat = "decision";
  static constexpr int kKeys = 1;
  template <typename Row, typename Visit>
  static void columns(Row& row, Visit&& visit) {
    auto& [decision_id, plan_id, parent_decision_id, decision_type, sequence, question, chosen_option,
           alternatives, confidence, rationale, context_snapshot, created_at, superseded_by, superseded_at] =
        row;
    visit("decision_id", decision_id);
    visit("plan_id", plan_id);
    visit("parent_decision_id", parent_decision_id);
    visit("decision_type", decision_type);
    visit("sequence", sequence);
    visit("question", question);
    visit("chosen_option", chosen_option);
    visit("alternatives", alternatives);
    visit("confidence", confidence);
    visit("rationale", rationale);
    visit("context_snapshot", context_snapshot);
    visit("created_at", created_at);
    visit("superseded_by", superseded_by);
    visit("superseded_at", superseded_at);
  }
};

template <>
struct Table<Checkpoint> {
  static constexpr const char* kName = "checkpoints";
  static constexpr const char* kWhat = "checkpoint";
  static constexpr int kKeys = 1;
  template <typename Row, typename Visit>
  static void columns(Row& row, Visit&& visit) {
    auto& [checkpoint_id, plan_id, subplan_id, label, trigger, created_at, commit, files, left_out, place] =
        row;
    visit("checkpoint_id", checkpoint_id);
    visit("plan_id", plan_id);
    visit("subplan_id", subplan_id);
    visit("label", label);
    visit("trigger_name", trigger);  // TRIGGER and
    visit("created_at", created_at);
    visit("snapshot_commit", commit);  // COMMIT are words of SQL
    visit("files", files);
    visit("left_out", left_out);
    visit("place", place);
  }
};

template <>
struct Table<Conflict> {
  static constexpr const char* kName = "conflicts";
  static constexpr const char* kWhat = "conflict";
  static constexpr int kKeys = 1;
  template <typename Row, typename Visit>
  static void columns(Row& row, Visit&& visit) {
    auto& [conflict_id, plan_id, subplan_id, path, kind, base, ours, theirs, ours_authors, hunks, resolution,
           manual_oid, detail, resolved_by, resolved_at] = row;
    visit("conflict_id", conflict_id);
    visit("plan_id", plan_id);
    visit("subplan_id", subplan_id);
    visit("path", path);
    visit("kind", kind);
    visit("base", base);
    visit("ours", ours);
    visit("theirs", theirs);
    visit("ours_authors", ours_authors);
    visit("hunks", hunks);
    visit("resolution", resolution);
    visit("manual_oid", manual_oid);
    visit("detail", detail);
    visit("resolved_by", resolved_by);
    visit("resolved_at", resolved_at);
  }
};

template <>
struct Table<Operation> {
  static constexpr const char* kName = "operations";
  static constexpr const char* kWhat = "operation";
  static constexpr int kKeys = 1;
  template <typename Row, typename Visit>
  static void columns(Row& row, Visit&& visit) {
    auto& [operation_id, plan_id, verb, created_at, state, before, after, description] = row;
    visit("operation_id", operation_id);
    visit("plan_id", plan_id);
    visit("verb", verb);
    visit("created_at", created_at);
    visit("state", state);
    visit("before_json", before);  // BEFORE and
    visit("after_json", after);    // AFTER are words of SQL
    visit("description", description);
  }
};

template <>
struct Table<Event> {
  static constexpr const char* kName = "events";
  static constexpr const char* kWhat = "event";
  static constexpr int kKeys = 1;
  template <typename Row, typename Visit>
  static void columns(Row& row, Visit&& visit) {
    auto& [sequence, created_at, type, plan_id, subplan_id, payload] = row;
    visit("sequence", sequence);
    visit("created_at", created_at);
    visit("type", type);
    visit("plan_id", plan_id);
    visit("subplan_id", subplan_id);
    visit("payload", payload);
  }
};

template <>
struct Table<ErrorPattern> {
  static constexpr const char* kName = "error_patterns";
  static constexpr const char* kWhat = "error pattern";
  static constexpr int kKeys = 1;
  template <typename Row, typename Visit>
  static void columns(Row& row, Visit&& visit) {
    auto& [pattern, historical_failures, preventive_checks, created_at, frequency, last_seen] = row;
    visit("pattern", pattern);
    visit("historical_failures", historical_failures);
    visit("preventive_checks", preventive_checks);
    visit("created_at", created_at);
    visit("frequency", frequency);
    visit("last_seen", last_seen);
  }
};

template <>
struct Table<ProcessRecord> {
  static constexpr const char* kName = "processes";
  static constexpr const char* kWhat = "process";
  static constexpr int kKeys = 1;
  template <typename Row, typename Visit>
  static void columns(Row& row, Visit&& visit) {
    auto& [token, plan_id, subplan_id, pid, started_at] = row;
    visit("token", token);
    visit("plan_id", plan_id);
    visit("subplan_id", subplan_id);
    visit("pid", pid);
    visit("started_at", started_at);
  }
};

template <>
struct Table<SandboxRecord> {
  static constexpr const char* kName = "sandboxes";
  static constexpr const char* kWhat = "sandbox";
  static constexpr int kKeys = 1;
  template <typename Row, typename Visit>
  static void columns(Row& row, Visit&& visit) {
    auto& [sandbox_id, plan_id, subplan_id, kind, path, base_commit, state, created_at] = row;
    visit("sandbox_id", sandbox_id);
    visit("plan_id", plan_id);
    visit("subplan_id", subplan_id);
    visit("kind", kind);
    visit("path", path);
    visit("base_commit", base_commit);
    visit("state", state);
    visit("created_at", created_at);
  }
};

}  // namespace pland::engine
