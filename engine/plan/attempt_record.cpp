// What the store keeps of an attempt: rows, decisions, and what is learned from its failure.
#include "engine/plan/attempt.h"
#include "engine/plan/automation.h"
#include "engine/plan/change.h"
#include "engine/plan/decisions.h"

namespace pland::engine {
namespace {

std::string_view action_of(NextStep next) {
  switch (next) {
    case NextStep::retry:
      return "retry";
    case NextStep::repair:
      return "repair";
    case NextStep::none:
      break;
  }
  return "surface";
}

/// What the plan knows and learns of a failure (requirements 3.8, layers 1 and 4).
Status record_failure(EngineState& state, const PlanRuntime& plan, const SubplanStatus& subplan,
                      const Attempt& row, NextStep next, Change& change) {
  Recovery recovery = recovery_of(state, plan.live.plan, subplan, row, action_of(next));
  change.plan().error_details.update(recovery.details);  // merged, never replaced (#4036)
  change.event("subplan.error_recovery", subplan.subplan_id, recovery.details);
  change.add(std::move(recovery.decision));

  const FailureClass failure_class = classify(row.failure, row.exit_code, row.signal, row.output_tail);
  const std::string work = subplan.spec.tools.empty() ? subplan.spec.run : subplan.spec.tools.front().tool;
  const std::string pattern = pattern_of(failure_class, work, row.error);
  PLAND_TRY(const std::vector<ErrorPattern> known, state.store->error_patterns());
  ErrorPattern before;
  for (const ErrorPattern& candidate : known) {
    if (candidate.pattern == pattern) before = candidate;
  }
  change.learn(
      learn(std::move(before), pattern, failure_class, plan.live.plan.name, subplan, row.started_at));
  return {};
}

}  // namespace

Status begin_attempt(EngineState& state, PlanRuntime& plan, std::size_t index, const AttemptContext& context,
                     Attempt& row) {
  row.subplan_id = context.subplan_id;
  row.number = context.number;
  row.started_at = state.clock.now();
  const auto recorded =
      state.store->transaction("recording a process", [&](Transaction& transaction) -> Status {
        return transaction.insert_process(
            {context.token, context.plan_id, context.subplan_id, 0, row.started_at});
      });
  if (!recorded.ok()) return recorded.error();
  Change change(state, plan, "starting an attempt");
  SubplanStatus& subplan = change.subplan(index);
  subplan.state = ProcessingState::processing;
  subplan.attempt_number = context.number;
  subplan.failure = FailureKind::none;
  subplan.error.clear();
  subplan.exit_code.reset();
  subplan.completed_at.reset();
  subplan.result_commit.clear();
  subplan.files_changed.clear();
  if (!subplan.started_at) subplan.started_at = row.started_at;
  change.begin_attempt(row);
  change.event("subplan.state_changed", context.subplan_id,
               {{"state", to_string(subplan.state)}, {"attempt", context.number}});
  return change.commit();
}

Status end_attempt(EngineState& state, PlanRuntime& plan, std::size_t index, const AttemptContext& context,
                   Attempt row, const AttemptEnd& end, NextStep next) {
  const bool retried = next != NextStep::none;
  row.completed_at = state.clock.now();
  row.state = end.state;
  row.failure = end.failure;
  row.exit_code = end.exit_code;
  row.signal = end.signal;
  row.error = end.error;
  row.output_tail = end.output_tail;
  row.output_path = end.output_path;
  row.was_retried = retried;
  Change change(state, plan, "ending an attempt");
  change.end_attempt(row);
  SubplanStatus& subplan = change.subplan(index);
  subplan.failure = end.failure;
  subplan.exit_code = end.exit_code;
  subplan.error = end.error;
  subplan.files_changed = end.files_changed;
  if (!retried) {
    subplan.state = end.state;
    subplan.completed_at = row.completed_at;
    if (end.state == ProcessingState::complete) {
      subplan.result_commit = end.result_commit;
      change.plan().last_completed_step = subplan.ordinal;
    }
  }
  if (end.state != ProcessingState::cancelled) {
    const bool succeeded = end.state == ProcessingState::complete;
    remember_outcome(state, change, operation_type(Step::start_execute), succeeded);
    if (context.number > 1) remember_outcome(state, change, operation_type(Step::retry_transient), succeeded);
    if (context.repaired) remember_outcome(state, change, operation_type(Step::fix_validation), succeeded);
  }
  if (end.state == ProcessingState::errored) {
    PLAND_CHECK(record_failure(state, plan, subplan, row, next, change));
  }
  change.event(retried ? "subplan.retried" : "subplan.state_changed", context.subplan_id,
               {{"state", to_string(end.state)}, {"attempt", context.number}, {"error", end.error}});
  if (!end.left_out.empty()) {
    nlohmann::json paths = nlohmann::json::array();
    for (const auto& left : end.left_out) paths.push_back({{"path", left.path}, {"why", left.why}});
    change.event("subplan.left_out", context.subplan_id,
                 {{"attempt", context.number}, {"sandbox", context.folder.string()}, {"paths", paths}});
  }
  PLAND_CHECK(change.commit());
  const auto ended = state.store->transaction("recording a process's end", [&](Transaction& transaction) {
    return transaction.delete_process(context.token);
  });
  return ended.ok() ? Status{} : Status{ended.error()};
}

}  // namespace pland::engine
