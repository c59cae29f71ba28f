// Rollback to a checkpoint (requirements 3.6): files of the sandbox, and the plan's place in its life. What
// is there is snapshotted first; the operation can be undone.
#include <fmt/format.h>

#include <algorithm>

#include "engine/plan/change.h"
#include "engine/plan/operations.h"
#include "engine/plan/sandboxes_of_plans.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

/// The subplan rows that the rollback puts back: every one, or only the checkpoint's own.
bool concerned(const Checkpoint& checkpoint, const SubplanStatus& subplan) {
  return checkpoint.subplan_id.empty() || checkpoint.subplan_id == subplan.subplan_id;
}

void return_to_queue(SubplanStatus& subplan) {
  subplan.state = ProcessingState::queued;
  subplan.failure = FailureKind::none;
  subplan.error.clear();
  subplan.exit_code.reset();
  subplan.completed_at.reset();
  subplan.result_commit.clear();
  subplan.files_changed.clear();
}

struct Effects {
  std::vector<std::string> invalidated;
  std::vector<Decision> decisions;
  int tool_calls = 0;
  int checkpoints_remaining = 0;
};

const SubplanStatus* row_of(const PlanRows& rows, const std::string& subplan_id) {
  for (const auto& row : rows.subplans) {
    if (row.subplan_id == subplan_id) return &row;
  }
  return nullptr;
}

Result<Effects> effects_of(EngineState& state, const PlanRuntime& plan, const Checkpoint& checkpoint,
                           const PlanRows& place) {
  Effects effects;
  for (const auto& subplan : plan.live.subplans) {
    if (!concerned(checkpoint, subplan) || subplan.state == ProcessingState::queued) continue;
    // Complete then and now with the same result: it stays.
    const SubplanStatus* then = row_of(place, subplan.subplan_id);
    if (then != nullptr && then->state == ProcessingState::complete &&
        then->result_commit == subplan.result_commit)
      continue;
    effects.invalidated.push_back(subplan.spec.name);
  }
  std::vector<std::string> deciders{checkpoint.plan_id};
  for (const auto& subplan : plan.live.subplans) {
    if (concerned(checkpoint, subplan)) deciders.push_back(subplan.subplan_id);
  }
  for (const auto& decider : deciders) {
    PLAND_TRY(const auto decisions, state.store->decisions_of(decider));
    for (const auto& decision : decisions) {
      if (decision.created_at > checkpoint.created_at && !decision.superseded_at)
        effects.decisions.push_back(decision);
    }
  }
  std::int64_t cursor = 0;
  for (;;) {
    PLAND_TRY(const auto events, state.store->events_after(cursor, 1000, checkpoint.plan_id));
    if (events.empty()) break;
    for (const auto& event : events) {
      const bool counts = event.type == "tool.completed" && event.created_at > checkpoint.created_at &&
                          (checkpoint.subplan_id.empty() || event.subplan_id == checkpoint.subplan_id);
      if (counts) ++effects.tool_calls;
    }
    cursor = events.back().sequence;
  }
  PLAND_TRY(const auto checkpoints, state.store->checkpoints_without_place(checkpoint.plan_id));
  effects.checkpoints_remaining =
      static_cast<int>(std::count_if(checkpoints.begin(), checkpoints.end(), [&](const Checkpoint& other) {
        return other.checkpoint_id <= checkpoint.checkpoint_id;  // ULIDs sort by time
      }));
  return effects;
}

Status check_allowed(const PlanRuntime& plan) {
  const Plan& values = plan.live.plan;
  if (plan.exclusive)
    return refused("another operation on this plan is at work; try again when it has ended");
  if (values.state == ProcessingState::applied) {
    return refused(
        fmt::format("{} is applied; undo the apply first (pland.undo), then roll back", values.name));
  }
  // Also for a subplan that does not run now: the scheduler would start what a rollback puts back in the
  // queue.
  if (plan.scheduled)
    return refused(
        fmt::format("{} still runs; wait for it, or cancel it (pland.cancel), then roll back", values.name));
  return {};
}

/// The plan's rows after the rollback, as an edit of its present rows.
void put_back_rows(Change& change, const PlanRuntime& plan, const Checkpoint& checkpoint,
                   const PlanRows& place) {
  for (std::size_t i = 0; i < plan.live.subplans.size(); ++i) {
    const SubplanStatus& subplan = plan.live.subplans[i];
    if (!concerned(checkpoint, subplan)) continue;
    const SubplanStatus* then = row_of(place, subplan.subplan_id);
    SubplanStatus& changed = change.subplan(i);
    const std::string sandbox = subplan.sandbox_id;  // what exists on disk does not depend on the past
    const int attempts = subplan.attempt_number;
    if (then != nullptr && then->state == ProcessingState::complete) {
      changed = *then;
    } else {
      const bool ran = subplan.state != ProcessingState::queued && subplan.started_at.has_value();
      return_to_queue(changed);
      changed.attempt_number = ran ? attempts + 1 : attempts;
    }
    changed.sandbox_id = sandbox;
  }
  if (checkpoint.subplan_id.empty()) {
    change.conflicts() = place.conflicts;
  }
  Plan& values = change.plan();
  values.phase = Phase::execute;  // #3218
  values.state = ProcessingState::queued;
  values.error.clear();
}

/// The rows of a rollback whose files are in place.
Status record_rollback(EngineState& state, PlanRuntime& plan, const Checkpoint& checkpoint,
                       const PlanRows& place, const Effects& effects, const Operation& operation,
                       const RollbackReport& report) {
  PLAND_TRY(SandboxRecord record, sandbox_record(state, operation.after.at("sandbox").get<std::string>()));
  if (checkpoint.subplan_id.empty()) {
    record.base_commit = checkpoint.commit;
  } else {
    record.state = "rolled_back";  // the next attempt goes on from these files
  }
  PLAND_CHECK(save_sandbox_record(state, record));
  Change change(state, plan, "rolling back");
  put_back_rows(change, plan, checkpoint, place);
  for (Decision decision : effects.decisions) {
    decision.superseded_by = operation.operation_id;
    decision.superseded_at = state.clock.now();
    change.update(decision);
  }
  change.event("checkpoint.restored", checkpoint.subplan_id,
               {{"checkpoint_id", checkpoint.checkpoint_id}, {"files", report.changes.size()}});
  return change.commit(Durability::full);
}

}  // namespace

asio::awaitable<Result<RollbackReport>> Engine::rollback(RollbackRequest request) {
  EngineState& state = *state_;
  const BusyGuard busy(state);
  PlanRuntime* plan = state.find_any(request.plan_id);
  if (plan == nullptr) co_return unknown_plan(request.plan_id);
  auto found = state.store->checkpoint(request.checkpoint_id);
  if (!found.ok() || found->plan_id != plan->live.plan.plan_id) {
    co_return Error{ErrorCode::not_found,
                    fmt::format("{} has no checkpoint '{}'; `checkpoints` lists those it has",
                                plan->live.plan.name, request.checkpoint_id)};
  }
  const Checkpoint checkpoint = *std::move(found);
  PLAND_CO_CHECK(check_allowed(*plan));

  RollbackReport report;
  report.checkpoint = checkpoint;
  PLAND_CO_TRY(const PlanRows place, rows_of_dump(checkpoint.place));
  PLAND_CO_TRY(const Effects effects, effects_of(state, *plan, checkpoint, place));
  report.invalidated = effects.invalidated;
  report.decisions_discarded = static_cast<int>(effects.decisions.size());
  report.tool_calls_undone = effects.tool_calls;
  report.checkpoints_remaining = effects.checkpoints_remaining;

  const ExclusiveGuard exclusive(*plan);
  std::string sandbox;
  if (checkpoint.subplan_id.empty()) {
    PLAND_CO_TRY(sandbox, co_await plan_sandbox(state, *plan));
  } else {
    sandbox = plan->live.subplans.at(*subplan_index(plan->live, checkpoint.subplan_id)).sandbox_id;
  }
  if (!sandbox_record(state, sandbox).ok()) {
    co_return refused(
        "its sandbox does not exist any more, so there is nothing to roll back; `retry` starts it anew");
  }
  const std::string ref =
      fmt::format("refs/pland-snap/{}/rollback-{}", plan->live.plan.plan_id, state.ids.next());
  PLAND_CO_TRY(Snapshot now, co_await capture_sandbox(state, sandbox, {}, "before rolling back", ref));
  if (request.dry_run) {
    PLAND_CO_TRY(report.changes, co_await preview_restore(state, now.tree, checkpoint.commit));
    co_return report;
  }

  PLAND_CO_TRY(
      [[maybe_unused]] const Checkpoint safety,
      record_checkpoint(state, *plan, checkpoint.subplan_id,
                        "before rolling back to '" + checkpoint.label + "'", "before_rollback", now));
  Operation operation = make_operation(state, *plan, "rollback", "rolled back to '" + checkpoint.label + "'");
  PLAND_CO_TRY(const nlohmann::json rows_before, state.store->dump_plan(checkpoint.plan_id));
  operation.before = {{"rows", rows_before}, {"sandbox", sandbox}, {"commit", now.commit.hex()}};
  operation.after = {{"sandbox", sandbox}, {"commit", checkpoint.commit}};
  {
    Change change(state, *plan, "starting a rollback");
    change.begin_operation(operation);
    PLAND_CO_CHECK(change.commit(Durability::full));
  }
  auto restored = co_await restore_sandbox(state, sandbox, std::move(now), checkpoint.commit);
  Status done = restored.ok() ? Status{} : Status{restored.error()};
  if (done.ok()) {
    report.changes = *std::move(restored);
    done = record_rollback(state, *plan, checkpoint, place, effects, operation, report);
  }
  if (!done.ok()) {
    // The rows have not changed; the room puts back what it restored, or says what it could not.
    Change change(state, *plan, "ending a failed rollback");
    operation.state = "failed";
    change.end_operation(operation);
    PLAND_CO_CHECK(change.commit());
    co_return with_context(std::move(done.error()), "rolling back to '" + checkpoint.label + "'");
  }
  // What stands now is the rollback's whatever becomes of the merge, which can be made anew at any time.
  const Status merged = co_await refold(state, *plan);
  PLAND_CO_TRY(operation.after["rows"], state.store->dump_plan(checkpoint.plan_id));
  operation.state = "done";
  Change change(state, *plan, "ending a rollback");
  change.plan().phase = Phase::execute;
  change.plan().state = ProcessingState::queued;  // #3218
  change.end_operation(operation);
  PLAND_CO_CHECK(change.commit(Durability::full));
  PLAND_CO_CHECK(merged);
  report.operation_id = operation.operation_id;
  report.phase = plan->live.plan.phase;
  report.state = plan->live.plan.state;
  co_return report;
}

}  // namespace pland::engine
