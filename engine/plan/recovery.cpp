// What an earlier process left behind, however it ended (design invariant 4): strays are ended, what was
// running is reported as interrupted, a half-done operation is completed or taken back.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "engine/base/stray.h"
#include "engine/plan/change.h"
#include "engine/plan/operations.h"
#include "engine/plan/sandboxes_of_plans.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

asio::awaitable<Status> end_processes(EngineState& state) {
  PLAND_CO_TRY(const std::vector<ProcessRecord> records, state.store->processes());
  if (records.empty()) co_return Status{};
  std::vector<std::string> tokens;
  for (const auto& record : records) tokens.push_back(record.token);
  const StraysEnded strays = co_await end_strays(tokens);
  for (const auto& stray : strays.ended) spdlog::info("ended a process that a crash left: {}", stray.command);
  for (const auto& stray : strays.left)
    spdlog::error("process {} cannot be ended: {}", stray.pid, stray.command);
  const auto forgotten =
      state.store->transaction("forgetting ended processes", [&](Transaction& transaction) -> Status {
        for (const auto& token : tokens) PLAND_CHECK(transaction.delete_process(token));
        return {};
      });
  co_return forgotten.ok() ? Status{} : Status{forgotten.error()};
}

Status load_plans(EngineState& state) {
  PLAND_TRY(const std::vector<Plan> plans, state.store->plans());
  for (const auto& plan : plans) {
    if (plan.parent_plan_id && plan.spec.subplans.empty()) continue;
    auto runtime = std::make_unique<PlanRuntime>(state.executor);
    runtime->live.plan = plan;
    PLAND_TRY(runtime->live.subplans, state.store->subplans_of(plan.plan_id));
    PLAND_TRY(runtime->live.conflicts, state.store->conflicts_of(plan.plan_id));
    for (const auto& subplan : runtime->live.subplans)
      state.plan_of_subplan[subplan.subplan_id] = plan.plan_id;
    state.plans[plan.plan_id] = std::move(runtime);
  }
  return {};
}

Status report_interrupted(EngineState& state, PlanRuntime& plan) {
  const bool was_running =
      plan.live.plan.phase == Phase::execute && (plan.live.plan.state == ProcessingState::processing ||
                                                 plan.live.plan.state == ProcessingState::queued);
  Change change(state, plan, "recording an interruption");
  LivePlan after = plan.live;
  int interrupted = 0;
  int queued = 0;
  for (std::size_t i = 0; i < plan.live.subplans.size(); ++i) {
    const SubplanStatus& subplan = plan.live.subplans[i];
    if (subplan.state == ProcessingState::queued) ++queued;
    if (subplan.state != ProcessingState::processing) continue;
    ++interrupted;
    PLAND_TRY(const auto attempts, state.store->attempts_of(subplan.subplan_id));
    for (Attempt attempt : attempts) {
      if (attempt.completed_at) continue;
      attempt.completed_at = state.clock.now();
      attempt.state = ProcessingState::errored;
      attempt.failure = FailureKind::interrupted;
      attempt.error = "pland ended while it ran";
      change.end_attempt(attempt);
    }
    SubplanStatus& changed = change.subplan(i);
    changed.state = ProcessingState::errored;
    changed.failure = FailureKind::interrupted;
    changed.error = "pland ended while it ran; retry starts it again from its base";
    changed.completed_at = state.clock.now();
    after.subplans[i] = changed;
    change.event("subplan.state_changed", subplan.subplan_id,
                 {{"state", "errored"}, {"failure", "interrupted"}});
  }
  // Queued after a rollback is a state that waits for a person; queued in the middle of a run is not.
  if (interrupted == 0 && !(was_running && plan.live.plan.state == ProcessingState::processing) &&
      !(was_running && plan.live.plan.base_commit.empty())) {
    return {};
  }
  settle(after, change.plan());
  if (interrupted + queued > 0) {
    change.plan().state = ProcessingState::errored;
    change.plan().error =
        fmt::format("pland ended while it ran: {} interrupted, {} not started; retry goes on from there",
                    interrupted, queued);
  }
  change.event("plan.state_changed", {},
               {{"state", to_string(change.plan().state)}, {"interrupted", interrupted}});
  return change.commit();
}

asio::awaitable<Status> finish_operation(EngineState& state, PlanRuntime& plan, Operation operation) {
  Change change(state, plan, "recovering an operation");
  if (operation.verb == "apply") {
    PLAND_CO_TRY(const std::vector<FileWrite> writes, file_writes_from(operation.after.at("writes")));
    PLAND_CO_TRY(const std::vector<FileWrite> on_disk, file_writes_from(operation.after.at("on_disk")));
    // Whole or not at all: what was in open documents is only known to be there when it is on disk.
    auto work = [pool = state.pool, root = state.options.project, writes, on_disk,
                 token = operation.operation_id]() -> Result<std::optional<std::vector<std::string>>> {
      PLAND_TRY(auto repository, pool->lease());
      PLAND_TRY(const bool whole, all_written(*repository, root, writes));
      if (whole) {
        clear_files(*repository, root, on_disk, token);
        return std::optional<std::vector<std::string>>();
      }
      PLAND_TRY(auto left_alone, take_back_files(*repository, root, on_disk, token));
      return std::optional(std::move(left_alone));
    };
    const auto taken_back = co_await state.arena.run(work);
    if (!taken_back.ok()) co_return taken_back.error();
    if (*taken_back) {
      for (const auto& path : **taken_back) {
        spdlog::warn("'{}' was being written by an interrupted apply and has changed since: left as it is",
                     path);
      }
      operation.state = "failed";
      operation.description += " (taken back after an interruption)";
      change.plan().phase = Phase::execute;
      settle(plan.live, change.plan());
      change.event("plan.apply_interrupted", {}, {{"left_alone", **taken_back}});
    } else {
      operation.state = "done";
      operation.description += " (found complete after an interruption)";
      if (operation.after.value("partial", false)) {
        change.plan().phase = Phase::execute;
        settle(plan.live, change.plan());
      } else {
        change.plan().phase = Phase::apply;
        change.plan().state = ProcessingState::applied;
        change.plan().applied_at = state.clock.now();
      }
      change.event("plan.applied", {}, {{"recovered", true}});
    }
  } else if (operation.verb == "rollback") {
    const std::string sandbox = operation.before.at("sandbox").get<std::string>();
    const std::string ref =
        fmt::format("refs/pland-snap/{}/recovery-{}", plan.live.plan.plan_id, state.ids.next());
    auto now =
        co_await capture_sandbox(state, sandbox, {}, "before taking back an interrupted rollback", ref);
    if (!now.ok()) co_return now.error();
    auto restored = co_await restore_sandbox(state, sandbox, *std::move(now),
                                             operation.before.at("commit").get<std::string>());
    if (!restored.ok()) co_return restored.error();
    PLAND_CO_TRY(SandboxRecord record, sandbox_record(state, sandbox));
    if (record.state == "rolled_back") {
      record.state = "prepared";
      PLAND_CO_CHECK(save_sandbox_record(state, record));
    }
    change.load(operation.before.at("rows"));
    operation.state = "failed";
    operation.description += " (taken back after an interruption)";
  } else {
    // An undo of an apply can be asked for again; what it had written by then is taken back.
    operation.state = "failed";
    if (operation.after.contains("on_disk")) {
      PLAND_CO_TRY(const std::vector<FileWrite> on_disk, file_writes_from(operation.after.at("on_disk")));
      auto work = [pool = state.pool, root = state.options.project, on_disk,
                   token = operation.operation_id]() -> Result<std::vector<std::string>> {
        PLAND_TRY(auto repository, pool->lease());
        return take_back_files(*repository, root, on_disk, token);
      };
      PLAND_CO_TRY(const std::vector<std::string> left_alone, co_await state.arena.run(work));
      for (const auto& path : left_alone) {
        spdlog::warn("'{}' was being written by an interrupted undo and has changed since: left as it is",
                     path);
      }
    }
  }
  change.end_operation(operation);
  co_return change.commit(Durability::full);
}

/// The last results may have come in after the last merge. The plan's state is report_interrupted's to say.
asio::awaitable<Status> merge_finished(EngineState& state, PlanRuntime& plan) {
  if (plan.live.plan.state != ProcessingState::processing) co_return Status{};
  const ExclusiveGuard exclusive(plan);
  if (const Status merged = co_await refold(state, plan); !merged.ok())
    spdlog::error("merging {}: {}", plan.live.plan.name, merged.error().message);
  co_return Status{};
}

/// The user's commit under a plan is kept exactly as long as the plan may need it.
asio::awaitable<Status> settle_base(EngineState& state, const PlanRuntime& plan) {
  auto settling =
      plan.live.plan.state == ProcessingState::applied ? release_base(state, plan) : keep_base(state, plan);
  const Status settled = co_await std::move(settling);
  // The user's repository may be read-only or locked just now; the project opens all the same.
  if (!settled.ok()) spdlog::warn("{}", settled.error().message);
  co_return Status{};
}

}  // namespace

asio::awaitable<Status> recover(EngineState& state) {
  PLAND_CO_CHECK(co_await end_processes(state));
  PLAND_CO_CHECK(load_plans(state));
  PLAND_CO_TRY(const std::vector<Operation> running, state.store->running_operations());
  for (const auto& operation : running) {
    PlanRuntime* plan = state.find(operation.plan_id);
    if (plan == nullptr) continue;
    if (const Status finished = co_await finish_operation(state, *plan, operation); !finished.ok()) {
      // The plan stays usable; what could not be finished is said, and tried again at the next start.
      spdlog::error("recovering '{}': {}", operation.description, finished.error().message);
    }
  }
  for (auto& [id, plan] : state.plans) {
    PLAND_CO_CHECK(co_await merge_finished(state, *plan));
    PLAND_CO_CHECK(report_interrupted(state, *plan));
    PLAND_CO_CHECK(co_await settle_base(state, *plan));
  }
  co_return Status{};
}

}  // namespace pland::engine
