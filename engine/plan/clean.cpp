// Giving disk back: the sandboxes of a plan that is done. What they hold is in snapshots before they go:
// their files, what was done with git in them, and their ignored files as far as they are small.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <set>

#include "engine/plan/change.h"
#include "engine/plan/sandboxes_of_plans.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

/// The sandbox is the only place that has something: it stays, for a person to look at.
Status keep_sandbox(EngineState& state, PlanRuntime& plan, const std::string& sandbox_id,
                    const nlohmann::json& why) {
  const std::string folder = sandbox_path(state, sandbox_id).string();
  PLAND_TRY(SandboxRecord record, sandbox_record(state, sandbox_id));
  if (record.state == "kept") return {};  // told before
  spdlog::warn("the sandbox {} of {} is kept: no snapshot holds {}", folder, plan.live.plan.name, why.dump());
  record.state = "kept";
  PLAND_CHECK(save_sandbox_record(state, record));
  Change change(state, plan, "keeping a sandbox");
  change.event("sandbox.kept", {}, {{"sandbox", folder}, {"paths", why}});
  return change.commit();
}

asio::awaitable<Status> drop_one(EngineState& state, PlanRuntime& plan, std::string sandbox_id) {
  if (!state.sandboxes->exists(sandbox_id)) co_return co_await remove_sandbox(state, sandbox_id);
  const std::string refs = "refs/pland-snap/" + plan.live.plan.plan_id + "/";
  PLAND_CO_TRY(const Snapshot files,
               co_await capture_sandbox(state, sandbox_id, {}, "before the sandbox was removed",
                                        refs + "last-" + sandbox_id));
  nlohmann::json only_here = nlohmann::json::array();
  for (const auto& left : files.left_out) only_here.push_back({{"path", left.path}, {"why", left.why}});
  if (const Status kept = co_await keep_history(state, sandbox_id, refs + "git-" + sandbox_id); !kept.ok())
    only_here.push_back({{"path", ".git"}, {"why", kept.error().message}});
  const std::string ref = refs + "ignored-" + sandbox_id;
  auto not_kept = co_await keep_ignored(state, sandbox_id, ref);
  if (!not_kept.ok()) only_here.push_back({{"path", "."}, {"why", not_kept.error().message}});
  if (!only_here.empty()) co_return keep_sandbox(state, plan, sandbox_id, only_here);
  if (!not_kept->empty()) {
    spdlog::info("removing a sandbox of {} with these large ignored files: {}", plan.live.plan.name,
                 fmt::join(*not_kept, ", "));
    Change change(state, plan, "removing a sandbox");
    change.event("sandbox.ignored_removed", {}, {{"sandbox_id", sandbox_id}, {"paths", *not_kept}});
    PLAND_CO_CHECK(change.commit());
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
