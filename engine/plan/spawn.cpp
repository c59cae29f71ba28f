// The verb `spawn` (and `use`, which holds the plan before it starts): requirements 3.1.
#include <fmt/format.h>

#include "engine/plan/automation.h"
#include "engine/plan/change.h"
#include "engine/plan/family.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

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

Plan root_plan(EngineState& state, SpawnRequest& request, const ChosenProfile& profile) {
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
  plan.profile = profile.reference;
  plan.effective_profile = profile.profile;
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
  PLAND_TRY(const ChosenProfile profile, choose_profile_for(state, request.spec, std::nullopt));
  PLAND_CHECK(make_way(state, request));

  const bool hold = request.hold;
  Family family;
  grow(state, root_plan(state, request, profile), family);
  const Plan& root = family.with_children.front().plan;
  const auto written =
      state.store->transaction("spawning " + root.name, [&](Transaction& transaction) -> Status {
        PLAND_CHECK(store_family(transaction, family));
        Event event;
        event.created_at = root.created_at;
        event.type = "plan.created";
        event.plan_id = root.plan_id;
        event.payload = {{"name", root.name}, {"subplans", root.spec.subplans.size()}};
        PLAND_TRY([[maybe_unused]] const std::int64_t sequence, transaction.append_event(event));
        return {};
      });
  if (!written.ok()) return written.error();

  const std::string plan_id = root.plan_id;
  adopt(state, std::move(family));
  for (const auto& event : *written) state.bus.publish(event);
  PlanRuntime& stored = *state.find(plan_id);
  if (!hold) {
    start_scheduler(state, stored);
  } else if (may(state, stored.live, Step::start_execute).proceed) {
    // `use` stops after Strategize only where the profile wants a person to start Execute.
    Change change(state, stored, "executing");
    change.plan().phase = Phase::execute;
    change.plan().state = ProcessingState::queued;
    change.event("plan.phase_changed", {}, {{"phase", "execute"}, {"by", "profile"}});
    PLAND_CHECK(change.commit());
    start_scheduler(state, stored);
  }
  return plan_id;
}

}  // namespace pland::engine
