// Giving disk back: the sandboxes of a plan that is done. What they hold is in snapshots before they go.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <set>

#include "engine/plan/change.h"
#include "engine/plan/sandboxes_of_plans.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

asio::awaitable<Status> drop_one(EngineState& state, PlanRuntime& plan, std::string sandbox_id) {
  if (state.sandboxes->exists(sandbox_id)) {
    const std::string ref = fmt::format("refs/pland-snap/{}/last-{}", plan.live.plan.plan_id, sandbox_id);
    PLAND_CO_TRY(const Snapshot kept,
                 co_await capture_sandbox(state, sandbox_id, {}, "before the sandbox was removed", ref));
    if (!kept.left_out.empty()) {
      // The sandbox is the only place that has these: it stays, for a person to look at.
      const std::string folder = sandbox_path(state, sandbox_id).string();
      nlohmann::json paths = nlohmann::json::array();
      for (const auto& left : kept.left_out) paths.push_back({{"path", left.path}, {"why", left.why}});
      spdlog::warn("the sandbox {} of {} is kept: no snapshot holds {}", folder, plan.live.plan.name,
                   paths.dump());
      auto record = sandbox_record(state, sandbox_id);
      if (!record.ok()) co_return record.error();
      if (record->state == "kept") co_return Status{};  // told before
      record->state = "kept";
      PLAND_CO_CHECK(save_sandbox_record(state, *record));
      Change change(state, plan, "keeping a sandbox");
      change.event("sandbox.kept", {}, {{"sandbox", folder}, {"paths", paths}});
      co_return change.commit();
    }
  }
  co_return co_await remove_sandbox(state, sandbox_id);
}

asio::awaitable<Status> drop_all(EngineState& state, PlanRuntime& plan) {
  std::vector<std::string> ids;
  {
    Change change(state, plan, "giving up sandboxes");
    for (std::size_t i = 0; i < plan.live.subplans.size(); ++i) {
      if (plan.live.subplans[i].sandbox_id.empty()) continue;
      ids.push_back(plan.live.subplans[i].sandbox_id);
      change.subplan(i).sandbox_id.clear();
    }
    if (!plan.live.plan.sandbox_id.empty()) {
      ids.push_back(plan.live.plan.sandbox_id);
      change.plan().sandbox_id.clear();
    }
    if (ids.empty()) co_return Status{};
    change.event("sandbox.removed", {}, {{"count", ids.size()}});
    PLAND_CO_CHECK(change.commit());
  }
  for (const auto& id : ids) PLAND_CO_CHECK(co_await drop_one(state, plan, id));
  auto work = [&sandboxes = *state.sandboxes]() { return sandboxes.empty_trash(); };
  co_return co_await state.arena.run(work);
}

asio::awaitable<void> drop_and_log(EngineState& state, PlanRuntime& plan) {
  if (const Status dropped = co_await drop_all(state, plan); !dropped.ok()) {
    spdlog::warn("removing the sandboxes of {}: {}", plan.live.plan.name, dropped.error().message);
  }
}

/// Sandboxes that no plan speaks of any more (the process ended while it removed them), and the trash.
asio::awaitable<Status> drop_leftovers(EngineState& state) {
  std::set<std::string> used;
  for (const auto& [id, plan] : state.plans) {
    used.insert(plan->live.plan.sandbox_id);
    for (const auto& subplan : plan->live.subplans) used.insert(subplan.sandbox_id);
  }
  PLAND_CO_TRY(const std::vector<SandboxRecord> records, state.store->sandboxes());
  for (const auto& record : records) {
    PlanRuntime* plan = state.find(record.plan_id);
    // One that is being made now has no plan that speaks of it yet.
    if (plan == nullptr || plan->scheduled || used.count(record.sandbox_id) > 0) continue;
    PLAND_CO_CHECK(co_await drop_one(state, *plan, record.sandbox_id));
  }
  auto work = [&sandboxes = *state.sandboxes]() { return sandboxes.empty_trash(); };
  co_return co_await state.arena.run(work);
}

asio::awaitable<void> drop_leftovers_and_log(EngineState& state) {
  if (const Status dropped = co_await drop_leftovers(state); !dropped.ok()) {
    spdlog::warn("removing what an earlier process left: {}", dropped.error().message);
  }
}

}  // namespace

void clean_up(EngineState& state) {
  for (auto& [id, plan] : state.plans) {
    if (plan->live.plan.state == ProcessingState::applied) drop_sandboxes(state, *plan);
  }
  launch(state, "cleaning up", [&state]() { return drop_leftovers_and_log(state); });
}

void drop_sandboxes(EngineState& state, PlanRuntime& plan) {
  launch(state, "removing sandboxes", [&state, &plan]() { return drop_and_log(state, plan); });
}

}  // namespace pland::engine
