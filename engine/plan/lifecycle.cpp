// The verbs `execute`, `resume` and `revert` (requirements 3.7): a plan's way on, and its way back.
#include <fmt/format.h>

#include "engine/model/transitions.h"
#include "engine/plan/change.h"
#include "engine/plan/decisions.h"
#include "engine/plan/operations.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

Result<PlanRuntime*> root_plan(EngineState& state, const std::string& id, std::string_view verb) {
  PlanRuntime* plan = state.find(id);
  if (plan == nullptr) return unknown_plan(id);
  if (plan->live.plan.parent_plan_id) {
    return refused(fmt::format("{} is a child plan; `{}` takes its root plan {}, or `retry` takes the child",
                               plan->live.plan.name, verb, plan->live.plan.root_plan_id));
  }
  if (plan->exclusive)
    return refused("another operation on this plan is at work; try again when it has ended");
  if (state.closing) return refused("pland is shutting down");
  return plan;
}

ResumeReport report_of(const LivePlan& live) {
  ResumeReport report;
  report.plan_id = live.plan.plan_id;
  report.phase = live.plan.phase;
  report.state = live.plan.state;
  report.last_completed_step = live.plan.last_completed_step;
  report.last_checkpoint_id = live.plan.last_checkpoint_id;
  for (const auto& subplan : live.subplans) {
    (subplan.state == ProcessingState::complete ? report.done : report.remaining)
        .push_back(subplan.spec.name);
  }
  return report;
}

/// The live plans below `plan`, parents first.
std::vector<PlanRuntime*> descendants(EngineState& state, const PlanRuntime& plan) {
  std::vector<PlanRuntime*> found;
  for (const auto& [id, other] : state.plans) {  // by id, and so by age
    const Plan& values = other->live.plan;
    if (values.parent_plan_id && values.root_plan_id == plan.live.plan.plan_id) found.push_back(other.get());
  }
  return found;
}

/// Every result set aside: what the subplans did stays in their snapshots and attempts.
void set_aside(const LivePlan& live, Change& change) {
  for (std::size_t i = 0; i < live.subplans.size(); ++i) {
    SubplanStatus& subplan = change.subplan(i);
    if (subplan.started_at && subplan.state != ProcessingState::queued) ++subplan.attempt_number;
    subplan.state = ProcessingState::queued;
    subplan.failure = FailureKind::none;
    subplan.error.clear();
    subplan.exit_code.reset();
    subplan.completed_at.reset();
    subplan.result_commit.clear();
    subplan.files_changed.clear();
  }
  change.conflicts().clear();
}

/// The same for a plan below the one that goes back: it begins as it was born.
Status set_aside_child(EngineState& state, PlanRuntime& child) {
  Change change(state, child, "setting a child plan's results aside");
  set_aside(child.live, change);
  Plan& values = change.plan();
  if (!(values.phase == Phase::strategize && values.state == ProcessingState::queued)) {
    values.phase = Phase::strategize;
    values.state = ProcessingState::queued;
  }
  values.error.clear();
  values.merged_commit = values.base_commit;
  values.last_completed_step = -1;
  change.event("plan.phase_changed", {}, {{"phase", "strategize"}});
  return change.commit();
}

}  // namespace

asio::awaitable<Result<ResumeReport>> Engine::resume(std::string plan_id, bool dry_run) {
  EngineState& state = *state_;
  const BusyGuard busy(state);
  PLAND_CO_TRY(PlanRuntime * plan, root_plan(state, plan_id, "resume"));
  const Plan& values = plan->live.plan;
  if (values.state == ProcessingState::applied || values.state == ProcessingState::cancelled) {
    co_return refused(fmt::format("{} is {}, which is an end; {}", values.name, to_string(values.state),
                                  values.state == ProcessingState::applied
                                      ? "undo its apply, or spawn it again"
                                      : "`retry` starts it again"));
  }
  if (plan->scheduled)
    co_return refused(fmt::format("{} still runs; there is nothing to resume", values.name));
  ResumeReport report = report_of(plan->live);
  PLAND_CO_TRY(const std::vector<Decision> decisions, state.store->decisions_of(plan_id));
  if (!decisions.empty()) report.decision_id = decisions.back().decision_id;
  if (report.remaining.empty() && values.state != ProcessingState::queued) {
    co_return refused(
        fmt::format("{} has nothing left to run; {}", values.name,
                    values.state == ProcessingState::complete ? "apply it" : "resolve its conflicts"));
  }
  if (dry_run) co_return report;
  const std::string id = plan_id;
  PLAND_CO_CHECK(co_await execute(id));
  report.phase = plan->live.plan.phase;
  report.state = plan->live.plan.state;
  co_return report;
}

asio::awaitable<Status> Engine::execute(std::string plan_id) {
  EngineState& state = *state_;
  const BusyGuard busy(state);
  PLAND_CO_TRY(PlanRuntime * plan, root_plan(state, plan_id, "execute"));
  if (plan->scheduled) co_return refused(fmt::format("{} runs already", plan->live.plan.name));
  if (plan->live.plan.phase != Phase::strategize) co_return co_await retry(plan_id);
  if (plan->live.plan.state == ProcessingState::queued) {
    // It went back to strategize: what is decided now replaces what was.
    Change change(state, *plan, "strategizing again");
    const std::string reason = plan->live.plan.error_details.value("revert_reason", std::string());
    auto decisions = strategize(state, plan->live.plan, plan->live.subplans, reason);
    PLAND_CO_TRY(const std::vector<Decision> before, state.store->decisions_of(plan_id));
    for (Decision old : before) {
      if (old.superseded_at || old.decision_type == DecisionType::user_intervention) continue;
      old.superseded_at = state.clock.now();
      old.superseded_by = decisions.front().decision_id;
      change.update(std::move(old));
    }
    change.plan().decision_root_id = decisions.front().decision_id;
    for (auto& decision : decisions) change.add(std::move(decision));
    change.plan().state = ProcessingState::complete;
    change.event("plan.state_changed", {}, {{"phase", "strategize"}, {"state", "complete"}});
    PLAND_CO_CHECK(change.commit());
  }
  if (plan->live.plan.state != ProcessingState::complete) {
    co_return refused(fmt::format("{} is {} in strategize; revert it first", plan->live.plan.name,
                                  to_string(plan->live.plan.state)));
  }
  Change change(state, *plan, "executing");
  change.plan().phase = Phase::execute;
  change.plan().state = ProcessingState::queued;
  change.event("plan.phase_changed", {}, {{"phase", "execute"}});
  PLAND_CO_CHECK(change.commit());
  start_scheduler(state, *plan);
  co_return Status{};
}

asio::awaitable<Status> Engine::revert(RevertRequest request) {
  EngineState& state = *state_;
  const BusyGuard busy(state);
  PLAND_CO_TRY(PlanRuntime * plan, root_plan(state, request.plan_id, "revert"));
  const Plan& values = plan->live.plan;
  PLAND_CO_CHECK(check_reversion({values.phase, values.state}, request.to_phase, values.reversion_count));
  if (plan->scheduled) co_return refused(fmt::format("{} still runs; cancel it first", values.name));
  Operation operation = make_operation(state, *plan, "revert", "took " + values.name + " back to strategize");
  PLAND_CO_TRY(operation.before["rows"], state.store->dump_plan(values.plan_id));
  operation.before["children"] = nlohmann::json::array();
  const std::vector<PlanRuntime*> below = descendants(state, *plan);
  for (const PlanRuntime* child : below) {
    PLAND_CO_TRY(nlohmann::json rows, state.store->dump_plan(child->live.plan.plan_id));
    operation.before["children"].push_back(
        {{"plan_id", child->live.plan.plan_id}, {"rows", std::move(rows)}});
  }
  operation.state = "done";
  // A crash in between leaves children that begin anew below a root that did not go back yet: a retry runs
  // them.
  for (PlanRuntime* child : below) PLAND_CO_CHECK(set_aside_child(state, *child));

  Change change(state, *plan, "going back to strategize");
  change.begin_operation(operation);
  Decision decision = make_decision(state, values.plan_id, {}, DecisionType::user_intervention,
                                    "Is the strategy still right?", "back to strategize");
  decision.rationale = request.reason;
  decision.context_snapshot = {{"source_phase", to_string(values.phase)},
                               {"source_state", to_string(values.state)},
                               {"target_phase", to_string(request.to_phase)},
                               {"reason", request.reason},
                               {"findings", values.error_details}};
  change.add(std::move(decision));
  set_aside(plan->live, change);
  Plan& changed = change.plan();
  changed.phase = request.to_phase;
  changed.state = ProcessingState::queued;
  changed.error.clear();
  changed.error_details["revert_reason"] = request.reason;
  changed.merged_commit = changed.base_commit;
  changed.last_completed_step = -1;
  ++changed.reversion_count;
  change.event(
      "plan.phase_changed", {},
      {{"phase", "strategize"}, {"reason", request.reason}, {"reversions", changed.reversion_count}});
  co_return change.commit(Durability::full);
}

}  // namespace pland::engine
