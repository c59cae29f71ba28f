#include "engine/plan/family.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/plan/automation.h"
#include "engine/plan/change.h"
#include "engine/plan/decisions.h"

namespace pland::engine {
namespace {

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
  child.description = subplan.spec.goal.empty() ? subplan.spec.name : subplan.spec.goal;
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

}  // namespace

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
                                    "What is the plan prompt?", child.description);
    prompt.context_snapshot = context_snapshot({}, subplan.spec.scope, {});
    child.decision_root_id = prompt.decision_id;
    family.decisions.push_back(std::move(prompt));
    family.leaves.push_back(std::move(child));
  }
}

namespace {

Status check_bounds(const SubplanConfig& config, const std::string& where) {
  if (config.max_parallel >= 1 && config.max_parallel <= 50) return {};
  return Error{ErrorCode::invalid_argument,
               fmt::format("{}max_parallel is {}; it must be from 1 to 50", where, config.max_parallel)};
}

}  // namespace

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
  return {};
}

void adopt(EngineState& state, Family family) {
  for (auto& live : family.with_children) {
    auto runtime = std::make_unique<PlanRuntime>(state.executor);
    for (const auto& subplan : live.subplans) state.plan_of_subplan[subplan.subplan_id] = live.plan.plan_id;
    const std::string id = live.plan.plan_id;
    runtime->live = std::move(live);
    state.plans[id] = std::move(runtime);
  }
}

namespace {

/// How the proposed ones are scheduled: beside each other when all of them may be.
SubplanConfig config_of(const std::vector<SubplanProposal>& proposals, SubplanConfig config) {
  const bool parallel = std::all_of(proposals.begin(), proposals.end(),
                                    [](const SubplanProposal& proposal) { return proposal.parallel; });
  config.mode = parallel ? ExecutionMode::parallel : ExecutionMode::sequential;
  for (const SubplanProposal& proposal : proposals) {
    if (proposal.max_parallel) config.max_parallel = *proposal.max_parallel;
    if (proposal.merge) config.merge = *proposal.merge;
  }
  return config;
}

}  // namespace

Status spawn_proposed(EngineState& state, PlanRuntime& parent, std::size_t index,
                      const std::vector<SubplanProposal>& proposals, const std::string& base_commit) {
  const EscalationDecision allowed = may(state, parent.live, Step::start_child_plans);
  if (!allowed.proceed) {
    return refused("the child plans that it asked for do not start by themselves under the profile " +
                   parent.live.plan.profile.profile + ": " + allowed.explanation);
  }
  const SubplanStatus& subplan = parent.live.subplans.at(index);
  PLAND_TRY(Plan child, state.store->plan(subplan.subplan_id));
  const std::string root_decision = child.decision_root_id;
  child.spec.subplan_defaults = config_of(proposals, child.spec.subplan_defaults);
  for (const SubplanProposal& proposal : proposals) {
    child.spec.subplans.push_back(proposal.spec);
    if (child.spec.subplans.back().project.empty()) child.spec.subplans.back().project = subplan.spec.project;
  }
  PLAND_CHECK(check_tree(child.spec, child.depth + 2, subplan.spec.name + ": "));
  child.base_commit = base_commit;
  child.merged_commit = base_commit;
  child.phase = Phase::execute;  // its own work is done
  child.state = ProcessingState::queued;

  Family family;
  grow(state, child, family);
  LivePlan& grown = family.with_children.front();
  grown.plan.decision_root_id = root_decision;
  // Its prompt was decided when it was born; what is new hangs below that.
  const std::string replaced = family.decisions.front().decision_id;
  std::erase_if(family.decisions, [&](const Decision& decision) {
    return decision.decision_id == replaced ||
           (decision.plan_id == child.plan_id && decision.decision_type == DecisionType::invariant_enforced);
  });
  const auto written = state.store->transaction(
      "spawning child plans of " + child.name, [&](Transaction& transaction) -> Status {
        PLAND_CHECK(transaction.update_plan(grown.plan));
        Family below = family;
        below.with_children.erase(below.with_children.begin());
        std::vector<Decision> own;
        std::erase_if(below.decisions, [&](const Decision& decision) {
          if (decision.plan_id != child.plan_id) return false;
          own.push_back(decision);
          return true;
        });
        for (Decision decision : own) {
          decision.parent_decision_id = root_decision;
          PLAND_CHECK(check_decision(decision, Phase::execute));
          PLAND_CHECK(transaction.append_decision(std::move(decision)));
        }
        PLAND_CHECK(store_family(transaction, below));
        for (const auto& status : grown.subplans) PLAND_CHECK(transaction.insert_subplan(status));
        Event event;
        event.created_at = state.clock.now();
        event.type = "plan.spawned";
        event.plan_id = child.plan_id;
        event.payload = {{"subplans", grown.subplans.size()}};
        PLAND_TRY([[maybe_unused]] const std::int64_t sequence, transaction.append_event(event));
        return {};
      });
  if (!written.ok()) return written.error();
  adopt(state, std::move(family));
  for (const auto& event : *written) state.bus.publish(event);
  return {};
}

}  // namespace pland::engine
