// Checkpoints: a snapshot and the place in the plan's life (requirements 2.10, 3.5).
#include <fmt/format.h>

#include "engine/merge/marked_tree.h"
#include "engine/plan/change.h"
#include "engine/plan/sandboxes_of_plans.h"
#include "engine/plan/verbs.h"

namespace pland::engine {

Result<Checkpoint> record_checkpoint(EngineState& state, PlanRuntime& plan, const std::string& subplan_id,
                                     std::string label, std::string trigger, const Snapshot& snapshot) {
  Checkpoint checkpoint;
  checkpoint.checkpoint_id = state.ids.next();
  checkpoint.plan_id = plan.live.plan.plan_id;
  checkpoint.subplan_id = subplan_id;
  checkpoint.label = std::move(label);
  checkpoint.trigger = std::move(trigger);
  checkpoint.created_at = state.clock.now();
  checkpoint.commit = snapshot.commit.hex();
  checkpoint.files = snapshot.file_count;
  checkpoint.left_out = snapshot.left_out;
  PLAND_TRY(checkpoint.place, state.store->dump_plan(checkpoint.plan_id));
  Change change(state, plan, "recording a checkpoint");
  change.add(checkpoint);
  change.plan().last_checkpoint_id = checkpoint.checkpoint_id;
  change.event("checkpoint.created", subplan_id,
               {{"checkpoint_id", checkpoint.checkpoint_id},
                {"label", checkpoint.label},
                {"trigger", checkpoint.trigger}});
  PLAND_CHECK(change.commit(Durability::full));
  return checkpoint;
}

namespace {

/// The plan's merged tree as its sandbox shows it: open conflicts with markers. Returns a commit.
asio::awaitable<Result<std::string>> shown_commit(EngineState& state, const LivePlan& live) {
  auto work = [pool = state.pool, merged = live.plan.merged_commit, conflicts = live.conflicts,
               time = state.clock.now() / 1000]() -> Result<std::string> {
    const bool any = std::any_of(conflicts.begin(), conflicts.end(), [](const Conflict& conflict) {
      return is_open(conflict) && !conflict.subplan_id.empty();
    });
    if (!any) return merged;
    PLAND_TRY(auto repository, pool->lease());
    PLAND_TRY(const git::Commit commit,
              repository->read_commit(git::Oid::parse(merged).value_or(git::Oid{})));
    PLAND_TRY(const git::Oid tree, merge::marked_tree(*repository, commit.tree, conflicts));
    PLAND_TRY(const git::Oid shown,
              repository->write_commit(tree, {commit.id}, "with conflict markers", time));
    return shown.hex();
  };
  co_return co_await state.arena.run(work);
}

}  // namespace

asio::awaitable<Result<std::string>> plan_sandbox(EngineState& state, PlanRuntime& plan) {
  if (plan.live.plan.merged_commit.empty()) {
    co_return refused(fmt::format("{} has no files yet: its base is still being taken", plan.live.plan.name));
  }
  PLAND_CO_TRY(const std::string shown, co_await shown_commit(state, plan.live));
  auto record = sandbox_record(state, plan.live.plan.sandbox_id);
  if (!record.ok()) {
    PLAND_CO_TRY(const std::string id, co_await make_sandbox(state, plan.live.plan.plan_id, {}, shown));
    Change change(state, plan, "recording the plan's sandbox");
    change.plan().sandbox_id = id;
    PLAND_CO_CHECK(change.commit());
    co_return id;
  }
  if (record->base_commit == shown) co_return record->sandbox_id;
  const std::string id = record->sandbox_id;
  const std::string ref = fmt::format("refs/pland-snap/{}/plan-{}", plan.live.plan.plan_id, state.ids.next());
  PLAND_CO_TRY(Snapshot now,
               co_await capture_sandbox(state, id, {}, "before an update of the merged files", ref));
  auto work = [pool = state.pool, commit = record->base_commit]() -> Result<git::Oid> {
    PLAND_TRY(auto repository, pool->lease());
    PLAND_TRY(const git::Commit shown_before,
              repository->read_commit(git::Oid::parse(commit).value_or(git::Oid{})));
    return shown_before.tree;
  };
  const auto expected = co_await state.arena.run(work);
  if (!expected.ok()) co_return expected.error();
  if (now.tree != *expected) {
    // Somebody worked in there by hand.
    PLAND_CO_TRY([[maybe_unused]] const Checkpoint kept,
                 record_checkpoint(state, plan, {}, "edits in the plan's sandbox", "before_update", now));
  }
  PLAND_CO_TRY([[maybe_unused]] const auto actions,
               co_await restore_sandbox(state, id, std::move(now), shown));
  record->base_commit = shown;
  PLAND_CO_CHECK(save_sandbox_record(state, *record));
  co_return id;
}

asio::awaitable<Result<Checkpoint>> Engine::checkpoint(std::string id, std::string label) {
  EngineState& state = *state_;
  const BusyGuard busy(state);
  PlanRuntime* plan = state.find_any(id);
  if (plan == nullptr) co_return unknown_plan(id);
  if (label.empty()) label = "checkpoint at " + to_iso8601(state.clock.now());
  const bool of_plan = id == plan->live.plan.plan_id;
  std::string sandbox;
  std::string parent;
  if (of_plan) {
    PLAND_CO_TRY(sandbox, co_await plan_sandbox(state, *plan));
    parent = plan->live.plan.merged_commit;
  } else {
    const SubplanStatus& subplan = plan->live.subplans.at(*subplan_index(plan->live, id));
    sandbox = subplan.sandbox_id;
    parent = subplan.base_commit;
    if (sandbox.empty()) {
      co_return refused(
          fmt::format("'{}' has no sandbox yet; checkpoint it once it has started", subplan.spec.name));
    }
  }
  const std::string ref =
      fmt::format("refs/pland-snap/{}/manual-{}", plan->live.plan.plan_id, state.ids.next());
  PLAND_CO_TRY(const Snapshot snapshot, co_await capture_sandbox(state, sandbox, parent, label, ref));
  co_return record_checkpoint(state, *plan, of_plan ? std::string() : id, label, "manual", snapshot);
}

Result<std::vector<Checkpoint>> Engine::checkpoints(const std::string& plan_id) const {
  const PlanRuntime* plan = state_->find_any(plan_id);
  if (plan == nullptr) return unknown_plan(plan_id);
  PLAND_TRY(std::vector<Checkpoint> all, state_->store->checkpoints_without_place(plan->live.plan.plan_id));
  if (plan_id != plan->live.plan.plan_id) {
    std::erase_if(all, [&](const Checkpoint& checkpoint) { return checkpoint.subplan_id != plan_id; });
  }
  return all;
}

Result<std::size_t> Engine::checkpoint_count(const std::string& plan_id) const {
  return state_->store->checkpoint_count(plan_id);
}

}  // namespace pland::engine
