// The verb `spawn` (and `use`, which holds the plan before it starts): requirements 3.1.
#include <fmt/format.h>

#include "engine/plan/change.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

Plan child_plan(EngineState& state, const Plan& parent, const SubplanStatus& subplan) {
  Plan child;
  child.plan_id = subplan.subplan_id;
  child.parent_plan_id = parent.plan_id;
  child.root_plan_id = parent.root_plan_id;
  // The whole id keeps names of the same millisecond apart (#3749).
  child.name = parent.name + "-" + subplan.spec.name + "-" + subplan.subplan_id;
  child.goal = subplan.spec.goal;
  child.uri = parent.uri;
  child.spec.name = child.name;
  child.spec.goal = subplan.spec.goal;
  child.spec.done = subplan.spec.goal;  // never the parent's (#2073)
  child.spec.profile = parent.spec.profile;
  child.spec.invariants = parent.spec.invariants;
  child.spec.projects = parent.spec.projects;
  child.phase = Phase::strategize;
  child.state = ProcessingState::queued;
  child.created_at = child.updated_at = state.clock.now();
  return child;
}

std::vector<Decision> strategize(EngineState& state, const Plan& plan,
                                 const std::vector<SubplanStatus>& subplans) {
  std::vector<Decision> decisions;
  const auto decide = [&](DecisionType type, std::string question, std::string chosen) -> Decision& {
    Decision decision;
    decision.decision_id = state.ids.next();
    decision.plan_id = plan.plan_id;
    if (!decisions.empty()) decision.parent_decision_id = decisions.front().decision_id;
    decision.decision_type = type;
    decision.sequence = static_cast<std::int64_t>(decisions.size());
    decision.question = std::move(question);
    decision.chosen_option = std::move(chosen);
    decision.created_at = state.clock.now();
    return decisions.emplace_back(std::move(decision));
  };
  decide(DecisionType::prompt_definition, "What is the plan prompt?", plan.goal);
  for (const auto& invariant : plan.spec.invariants) {
    decide(DecisionType::invariant_enforced, "Which constraint holds throughout?", invariant);
  }
  const bool parallel = plan.spec.subplan_defaults.mode == ExecutionMode::parallel;
  for (const auto& subplan : subplans) {
    auto& decision =
        decide(parallel ? DecisionType::subplan_parallel_spawn : DecisionType::subplan_spawn,
               subplan.spec.goal.empty() ? subplan.spec.name : subplan.spec.goal, subplan.spec.name);
    decision.context_snapshot = {{"subplan_id", subplan.subplan_id}, {"dependencies", subplan.spec.after}};
  }
  return decisions;
}

}  // namespace

Result<std::string> Engine::spawn(SpawnRequest request) {
  EngineState& state = *state_;
  if (state.closing) return refused("pland is shutting down");
  if (request.spec.subplans.empty()) {
    return Error{ErrorCode::invalid_argument, "the plan has no subplans; add at least one under `subplans`"};
  }
  PLAND_TRY([[maybe_unused]] const std::vector<int> checked, waves(request.spec));
  const int cap = request.spec.subplan_defaults.max_parallel;
  if (cap < 1 || cap > 50) {
    return Error{ErrorCode::invalid_argument,
                 fmt::format("max_parallel is {}; it must be from 1 to 50", cap)};
  }

  if (!request.uri.empty()) {
    for (auto& [id, runtime] : state.plans) {
      if (runtime->live.plan.uri != request.uri || !runtime->scheduled) continue;
      if (!request.replace) {
        Error error = refused(
            fmt::format("the plan {} ({}) of this file still runs: cancel it with pland.cancel, or spawn "
                        "with `replace: true` to cancel it and start anew",
                        runtime->live.plan.name, id));
        error.context = {{"planId", id}};
        return error;
      }
      request_cancel(state, *runtime, "replaced by a new spawn of the same file");
    }
  }

  auto runtime = std::make_unique<PlanRuntime>(state.executor);
  Plan& plan = runtime->live.plan;
  plan.plan_id = state.ids.next();
  plan.root_plan_id = plan.plan_id;
  plan.name = request.spec.name;
  plan.goal = request.spec.goal;
  plan.uri = std::move(request.uri);
  plan.source_text = std::move(request.source_text);
  plan.spec = std::move(request.spec);
  // A spawn is the person's approval to execute; `use` stops after Strategize.
  plan.phase = request.hold ? Phase::strategize : Phase::execute;
  plan.state = request.hold ? ProcessingState::complete : ProcessingState::queued;
  plan.created_at = plan.updated_at = state.clock.now();
  for (const auto& spec : plan.spec.subplans) {
    SubplanStatus subplan;
    subplan.subplan_id = state.ids.next();
    subplan.plan_id = plan.plan_id;
    subplan.ordinal = static_cast<int>(runtime->live.subplans.size());
    subplan.spec = spec;
    runtime->live.subplans.push_back(std::move(subplan));
  }

  const auto written =
      state.store->transaction("spawning " + plan.name, [&](Transaction& transaction) -> Status {
        PLAND_CHECK(transaction.insert_plan(plan));
        for (const auto& subplan : runtime->live.subplans) {
          PLAND_CHECK(transaction.insert_plan(child_plan(state, plan, subplan)));
          PLAND_CHECK(transaction.insert_subplan(subplan));
        }
        for (const auto& decision : strategize(state, plan, runtime->live.subplans)) {
          PLAND_CHECK(transaction.insert_decision(decision));
        }
        Event event;
        event.created_at = plan.created_at;
        event.type = "plan.created";
        event.plan_id = plan.plan_id;
        event.payload = {{"name", plan.name}, {"subplans", runtime->live.subplans.size()}};
        PLAND_TRY([[maybe_unused]] const std::int64_t sequence, transaction.append_event(event));
        return {};
      });
  if (!written.ok()) return written.error();

  const std::string plan_id = plan.plan_id;
  for (const auto& subplan : runtime->live.subplans) state.plan_of_subplan[subplan.subplan_id] = plan_id;
  PlanRuntime& stored = *(state.plans[plan_id] = std::move(runtime));
  for (const auto& event : *written) state.bus.publish(event);
  if (!request.hold) start_scheduler(state, stored);
  return plan_id;
}

}  // namespace pland::engine
