// The verb `spawn` (and `use`, which holds the plan before it starts): requirements 3.1.
#include <fmt/format.h>

#include "engine/plan/change.h"
#include "engine/plan/decisions.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

/// A new plan with all its descendants: nothing of it is stored yet.
struct Family {
  std::vector<LivePlan> with_children;  ///< the root first, parents before their children
  std::vector<Plan> leaves;
  std::vector<Decision> decisions;
};

/// What a child has from its parent at birth, exactly (requirements 3.1, 5). Not inherited: definition of
/// done, description, action, decisions.
void inherit(const Plan& parent, Plan& child) {
  child.parent_plan_id = parent.plan_id;
  child.root_plan_id = parent.root_plan_id;
  child.depth = parent.depth + 1;
  child.uri = parent.uri;
  child.profile = parent.profile;
  child.effective_profile = parent.effective_profile;
  child.execution_environment = parent.execution_environment;
  child.execution_env_priority = parent.execution_env_priority;
  child.invariants = parent.invariants;  // reconciled there; not again here (#2095)
  child.project_links = parent.project_links;
  child.actors = parent.actors;
  child.created_by = parent.created_by;
  child.read_only = parent.read_only;
  child.reusable = parent.reusable;
  child.spec.profile = parent.spec.profile;
  child.spec.invariants = parent.spec.invariants;
  child.spec.projects = parent.spec.projects;
  child.spec.setup = parent.spec.setup;
  child.spec.regenerate = parent.spec.regenerate;
  child.spec.opaque = parent.spec.opaque;
  child.spec.max_child_depth = parent.spec.max_child_depth;
}

Plan child_plan(EngineState& state, const Plan& parent, const SubplanStatus& subplan) {
  Plan child;
  child.plan_id = subplan.subplan_id;
  // The whole id keeps names of the same millisecond apart (#3749).
  child.name = parent.name + "-" + subplan.spec.name + "-" + subplan.subplan_id;
  child.goal = subplan.spec.goal;
  child.description = subplan.spec.goal;
  child.definition_of_done = subplan.spec.goal;  // never the parent's (#2073)
  inherit(parent, child);
  child.spec.name = child.name;
  child.spec.goal = subplan.spec.goal;
  child.spec.done = subplan.spec.goal;
  child.spec.subplan_defaults = subplan.spec.subplan_defaults.value_or(parent.spec.subplan_defaults);
  child.spec.subplans = subplan.spec.subplans;
  for (SubplanSpec& grandchild : child.spec.subplans) {
    if (grandchild.project.empty()) grandchild.project = subplan.spec.project;
  }
  child.phase = Phase::strategize;
  child.state = ProcessingState::queued;
  child.created_at = child.updated_at = state.clock.now();
  return child;
}

void grow(EngineState& state, Plan plan, Family& family) {
  LivePlan live;
  live.plan = std::move(plan);
  for (const auto& spec : live.plan.spec.subplans) {
    SubplanStatus subplan;
    subplan.subplan_id = state.ids.next();
    subplan.plan_id = live.plan.plan_id;
    subplan.ordinal = static_cast<int>(live.subplans.size());
    subplan.spec = spec;
    live.subplans.push_back(std::move(subplan));
  }
  const auto decisions = strategize(state, live.plan, live.subplans, {});
  live.plan.decision_root_id = decisions.front().decision_id;
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    family.decisions.push_back(decisions[i]);
    family.decisions.back().sequence = static_cast<std::int64_t>(i);
  }
  const std::size_t own = family.with_children.size();
  family.with_children.push_back(std::move(live));
  for (std::size_t i = 0; i < family.with_children[own].subplans.size(); ++i) {
    const SubplanStatus subplan = family.with_children[own].subplans[i];
    Plan child = child_plan(state, family.with_children[own].plan, subplan);
    if (!subplan.spec.subplans.empty()) {
      grow(state, std::move(child), family);
      continue;
    }
    Decision prompt = make_decision(state, child.plan_id, {}, DecisionType::prompt_definition,
                                    "What is the plan prompt?", child.goal);
    prompt.context_snapshot = context_snapshot({}, subplan.spec.scope, {});
    child.decision_root_id = prompt.decision_id;
    family.decisions.push_back(std::move(prompt));
    family.leaves.push_back(std::move(child));
  }
}

Status check_bounds(const SubplanConfig& config, const std::string& where) {
  if (config.max_parallel >= 1 && config.max_parallel <= 50) return {};
  return Error{ErrorCode::invalid_argument,
               fmt::format("{}max_parallel is {}; it must be from 1 to 50", where, config.max_parallel)};
}

/// Everything that can be wrong with a tree of subplans before it is born, with the path of names to it.
/// The number of entries is never held against max_parallel (#3171, #3567).
Status check_tree(const PlanSpec& spec, int level, const std::string& where) {
  PLAND_TRY([[maybe_unused]] const std::vector<int> checked, waves(spec));
  PLAND_CHECK(check_bounds(spec.subplan_defaults, where));
  if (level > spec.max_child_depth) {
    return Error{ErrorCode::invalid_argument,
                 fmt::format("{}its subplans would be plans of level {}, and max_child_depth is {}; raise it "
                             "in the plan, or nest less deeply",
                             where, level, spec.max_child_depth)};
  }
  for (const auto& subplan : spec.subplans) {
    if (subplan.subplans.empty()) continue;
    PlanSpec inner = spec;
    inner.subplan_defaults = subplan.subplan_defaults.value_or(spec.subplan_defaults);
    inner.subplans = subplan.subplans;
    PLAND_CHECK(check_tree(inner, level + 1, where + subplan.name + ": "));
  }
  return {};
}

Status store_family(Transaction& transaction, const Family& family) {
  for (const auto& live : family.with_children) PLAND_CHECK(transaction.insert_plan(live.plan));
  for (const auto& leaf : family.leaves) PLAND_CHECK(transaction.insert_plan(leaf));
  for (const auto& live : family.with_children) {
    for (const auto& subplan : live.subplans) PLAND_CHECK(transaction.insert_subplan(subplan));
  }
  for (const auto& decision : family.decisions) {
    PLAND_CHECK(transaction.insert_decision(decision));
  }
  const LivePlan& root = family.with_children.front();
  Event event;
  event.created_at = root.plan.created_at;
  event.type = "plan.created";
  event.plan_id = root.plan.plan_id;
  event.payload = {{"name", root.plan.name}, {"subplans", root.subplans.size()}};
  PLAND_TRY([[maybe_unused]] const std::int64_t sequence, transaction.append_event(event));
  return {};
}

/// Refuses while a plan of the same file runs, or asks it to stop.
Status make_way(EngineState& state, const SpawnRequest& request) {
  if (request.uri.empty()) return {};
  for (auto& [id, runtime] : state.plans) {
    const Plan& plan = runtime->live.plan;
    if (plan.uri != request.uri || !runtime->scheduled || plan.parent_plan_id) continue;
    if (!request.replace) {
      Error error = refused(
          fmt::format("the plan {} ({}) of this file still runs: cancel it with pland.cancel, or spawn "
                      "with `replace: true` to cancel it and start anew",
                      plan.name, id));
      error.context = {{"planId", id}};
      return error;
    }
    request_cancel(state, *runtime, "replaced by a new spawn of the same file");
  }
  return {};
}

Plan root_plan(EngineState& state, SpawnRequest& request) {
  Plan plan;
  plan.plan_id = state.ids.next();
  plan.root_plan_id = plan.plan_id;
  plan.name = request.spec.name;
  plan.goal = request.spec.goal;
  plan.description = request.spec.goal;
  plan.definition_of_done = request.spec.done;
  plan.uri = std::move(request.uri);
  plan.source_text = std::move(request.source_text);
  plan.spec = std::move(request.spec);
  plan.profile = {plan.spec.profile, "plan"};
  for (const auto& invariant : plan.spec.invariants) {
    plan.invariants.push_back({invariant, InvariantSource::plan, "the plan file"});
  }
  // A spawn is the person's approval to execute; `use` stops after Strategize.
  plan.phase = request.hold ? Phase::strategize : Phase::execute;
  plan.state = request.hold ? ProcessingState::complete : ProcessingState::queued;
  plan.created_at = plan.updated_at = state.clock.now();
  return plan;
}

}  // namespace

Result<std::string> Engine::spawn(SpawnRequest request) {
  EngineState& state = *state_;
  if (state.closing) return refused("pland is shutting down");
  if (request.spec.subplans.empty()) {
    return Error{ErrorCode::invalid_argument, "the plan has no subplans; add at least one under `subplans`"};
  }
  constexpr int kLevelOfChildren = 2;  // the root is the first
  PLAND_CHECK(check_tree(request.spec, kLevelOfChildren, {}));
  PLAND_CHECK(make_way(state, request));

  const bool hold = request.hold;
  Family family;
  grow(state, root_plan(state, request), family);
  const Plan& root = family.with_children.front().plan;
  const auto written = state.store->transaction(
      "spawning " + root.name,
      [&](Transaction& transaction) -> Status { return store_family(transaction, family); });
  if (!written.ok()) return written.error();

  const std::string plan_id = root.plan_id;
  for (auto& live : family.with_children) {
    auto runtime = std::make_unique<PlanRuntime>(state.executor);
    for (const auto& subplan : live.subplans) state.plan_of_subplan[subplan.subplan_id] = live.plan.plan_id;
    const std::string id = live.plan.plan_id;
    runtime->live = std::move(live);
    state.plans[id] = std::move(runtime);
  }
  for (const auto& event : *written) state.bus.publish(event);
  if (!hold) start_scheduler(state, *state.find(plan_id));
  return plan_id;
}

}  // namespace pland::engine
