// Runs a plan's subplans: at most max_parallel at once, each as soon as what it waits for is complete
// (requirements 3.2). One coroutine a plan; it looks again whenever a change of the plan was recorded.
#include "engine/plan/order.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "engine/plan/automation.h"
#include "engine/plan/change.h"
#include "engine/plan/decisions.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

enum class Readiness { ready, waiting, blocked };

Readiness readiness(const LivePlan& live, const std::vector<std::size_t>& dependencies,
                    std::string& blocked_by) {
  Readiness result = Readiness::ready;
  for (const std::size_t index : dependencies) {
    const SubplanStatus& subplan = live.subplans[index];
    if (subplan.state == ProcessingState::complete) continue;
    if (is_settled(subplan.state)) {
      blocked_by = subplan.spec.name;
      return Readiness::blocked;
    }
    result = Readiness::waiting;
  }
  return result;
}

bool all_ended(const LivePlan& live, const std::vector<std::size_t>& before) {
  return std::all_of(before.begin(), before.end(),
                     [&](std::size_t index) { return is_settled(live.subplans[index].state); });
}

Status end_unstarted(EngineState& state, PlanRuntime& plan, std::size_t index, FailureKind failure,
                     std::string why) {
  Change change(state, plan, "ending a subplan that was not started");
  SubplanStatus& subplan = change.subplan(index);
  subplan.state = ProcessingState::cancelled;
  subplan.failure = failure;
  subplan.error = std::move(why);
  subplan.completed_at = state.clock.now();
  change.event("subplan.state_changed", subplan.subplan_id, {{"state", to_string(subplan.state)}});
  return change.commit();
}

bool failed_in_this_run(const PlanRuntime& plan, const SubplanStatus& subplan) {
  return subplan.state == ProcessingState::errored && plan.failed_before.count(subplan.subplan_id) == 0;
}

bool any_failed_in_this_run(const PlanRuntime& plan) {
  return std::any_of(plan.live.subplans.begin(), plan.live.subplans.end(),
                     [&](const SubplanStatus& subplan) { return failed_in_this_run(plan, subplan); });
}

void stop_rest_of_failed(PlanRuntime& plan) {
  for (const auto& subplan : plan.live.subplans) {
    if (!failed_in_this_run(plan, subplan)) continue;
    // Copies: cancelling runs callbacks.
    const auto running = plan.subplan_cancellation;
    for (const auto& [id, cancellation] : running) {
      Cancellation(cancellation).cancel("fail_fast: '" + subplan.spec.name + "' failed");
    }
    return;
  }
}

asio::awaitable<void> start_subplan(EngineState& state, PlanRuntime& plan, std::size_t index) {
  const std::string id = plan.live.subplans[index].subplan_id;
  auto base = co_await base_for(state, plan, index);
  if (base.ok()) {
    co_await run_subplan(state, plan, index, *std::move(base));
  } else {
    Change change(state, plan, "recording a subplan without a base");
    SubplanStatus& subplan = change.subplan(index);
    subplan.state = ProcessingState::errored;
    subplan.failure = FailureKind::internal;
    subplan.error = base.error().message;
    subplan.completed_at = state.clock.now();
    change.event("subplan.state_changed", id, {{"state", "errored"}});
    if (const auto written = change.commit(); !written.ok()) plan.unrecorded = written;
  }
  plan.running.erase(id);
  plan.subplan_cancellation.erase(id);
  plan.changed.notify();
  if (const auto folded = co_await refold(state, plan); !folded.ok()) {
    spdlog::error("merging {}: {}", plan.live.plan.name, folded.error().message);
  }
}

/// Starts and ends what can be started and ended now. False when nothing is left to wait for.
Result<bool> step(EngineState& state, PlanRuntime& plan) {
  const PlanSpec& spec = plan.live.plan.spec;
  PLAND_TRY(const auto dependencies, direct_dependencies(spec));
  const auto in_turn = turns(spec);
  const bool stopping = plan.cancellation.cancelled();
  const bool failing = spec.subplan_defaults.fail_fast && any_failed_in_this_run(plan);
  if (failing) stop_rest_of_failed(plan);
  bool again = true;
  while (again) {  // ending one may block another
    again = false;
    for (std::size_t i = 0; i < plan.live.subplans.size(); ++i) {
      const SubplanStatus& subplan = plan.live.subplans[i];
      if (subplan.state != ProcessingState::queued || plan.running.count(subplan.subplan_id) > 0) continue;
      std::string blocked_by;
      const Readiness ready = readiness(plan.live, dependencies[i], blocked_by);
      if (stopping) {
        PLAND_CHECK(
            end_unstarted(state, plan, i, FailureKind::none, "not started: " + plan.cancellation.reason()));
      } else if (failing) {
        PLAND_CHECK(end_unstarted(state, plan, i, FailureKind::none,
                                  "not started: another subplan failed (fail_fast)"));
      } else if (ready == Readiness::blocked) {
        PLAND_CHECK(end_unstarted(state, plan, i, FailureKind::dependency,
                                  "not started: '" + blocked_by + "', which it runs after, did not succeed"));
        again = true;
      } else if (ready == Readiness::ready && all_ended(plan.live, in_turn[i]) &&
                 plan.running.size() < static_cast<std::size_t>(spec.subplan_defaults.max_parallel)) {
        plan.running.insert(subplan.subplan_id);
        plan.subplan_cancellation.insert_or_assign(subplan.subplan_id, plan.cancellation.child());
        launch(state, "subplan " + subplan.spec.name,
               [&state, &plan, i]() { return start_subplan(state, plan, i); });
      }
    }
  }
  return !plan.running.empty();
}

void set_processing(Change& change) {
  change.plan().phase = Phase::execute;
  change.plan().state = ProcessingState::processing;
  change.plan().error.clear();
  change.event("plan.state_changed", {}, {{"state", "processing"}});
}

Status mark_processing(EngineState& state, PlanRuntime& plan) {
  if (plan.live.plan.state == ProcessingState::processing) return {};  // a retry said so already
  Change change(state, plan, "starting the plan");
  set_processing(change);
  return change.commit();
}

asio::awaitable<Status> prepare_base(EngineState& state, PlanRuntime& plan) {
  if (!plan.live.plan.base_commit.empty()) co_return co_await keep_base(state, plan);
  auto snapshot = co_await capture_project(state, plan, "base of " + plan.live.plan.name);
  if (!snapshot.ok()) co_return with_context(std::move(snapshot).error(), "taking the plan's base snapshot");
  Change change(state, plan, "recording the base");
  change.plan().base_commit = change.plan().merged_commit = snapshot->commit.hex();
  if (snapshot->borrowed_from) change.plan().base_ref_commit = snapshot->borrowed_from->hex();
  nlohmann::json left_out = nlohmann::json::array();
  for (const auto& entry : snapshot->left_out) left_out.push_back({{"path", entry.path}, {"why", entry.why}});
  change.event("plan.base_captured", {}, {{"files", snapshot->file_count}, {"left_out", left_out}});
  PLAND_CO_CHECK(change.commit());
  co_return co_await keep_base(state, plan);
}

asio::awaitable<Status> run_all(EngineState& state, PlanRuntime& plan) {
  PLAND_CO_CHECK(mark_processing(state, plan));
  PLAND_CO_CHECK(co_await prepare_base(state, plan));
  for (;;) {
    const auto seen = plan.changed.seen();
    PLAND_CO_CHECK(plan.unrecorded);
    PLAND_CO_TRY(bool more, step(state, plan));
    if (!more) {
      bool settled = true;
      while (settled) {
        PLAND_CO_CHECK(co_await refold(state, plan));
        PLAND_CO_TRY(settled, co_await regenerate(state, plan));
      }
      PLAND_CO_CHECK(plan.unrecorded);
      // A retry may have come meanwhile. From here on nothing suspends until the run has ended.
      PLAND_CO_TRY(more, step(state, plan));
      if (!more) co_return Status{};
    }
    co_await plan.changed.wait(seen);
  }
}

/// Subplans that could not record how they ended, or that they shall not start.
void end_unrecorded(const EngineState& state, Change& change, LivePlan& after, const std::string& why) {
  for (std::size_t i = 0; i < after.subplans.size(); ++i) {
    if (is_settled(after.subplans[i].state)) continue;
    SubplanStatus& subplan = change.subplan(i);
    const bool ran = subplan.state == ProcessingState::processing;
    subplan.state = ran ? ProcessingState::errored : ProcessingState::cancelled;
    subplan.failure = ran ? FailureKind::internal : FailureKind::none;
    subplan.error = (ran ? "how it ended could not be recorded: " : "not started: ") + why;
    subplan.completed_at = state.clock.now();
    change.event("subplan.state_changed", subplan.subplan_id, {{"state", to_string(subplan.state)}});
    after.subplans[i] = subplan;
  }
}

/// Apply begins by itself only where the profile has it so, and no guard wants a person (requirements 1.1).
void apply_by_profile(EngineState& state, PlanRuntime& plan) {
  const Plan& values = plan.live.plan;
  if (values.parent_plan_id || values.state != ProcessingState::complete || state.closing) return;
  if (profile_of(values).guards.require_approval_for_apply) return;
  const EscalationDecision decision = may(state, plan.live, Step::start_apply);
  if (!decision.proceed) return;
  spdlog::info("applying {} by itself: {}", values.name, decision.explanation);
  launch(state, "applying " + values.name, [&state, id = values.plan_id]() -> asio::awaitable<void> {
    ApplyRequest request;
    request.plan_id = id;
    const auto applied = co_await apply_plan(state, std::move(request));
    if (!applied.ok()) spdlog::warn("{}", applied.error().message);
  });
}

asio::awaitable<void> schedule(EngineState& state, PlanRuntime& plan) {
  const Status ran = co_await run_all(state, plan);
  if (!ran.ok()) {
    // Whatever stopped the scheduler, running subplans must end before the plan does.
    plan.cancellation.cancel(ran.error().message);
    while (!plan.running.empty()) co_await plan.changed.wait();
  }
  plan.scheduled = false;
  Change change(state, plan, "ending the run");
  LivePlan after = plan.live;
  if (!ran.ok()) end_unrecorded(state, change, after, ran.error().message);
  settle(after, change.plan());
  if (!ran.ok()) {
    change.plan().state = ProcessingState::errored;
    change.plan().error = ran.error().message;
  } else if (plan.cancellation.cancelled()) {
    change.plan().state = ProcessingState::cancelled;
    change.plan().error = plan.cancellation.reason();
  }
  change.event("plan.state_changed", {}, {{"state", to_string(change.plan().state)}});
  if (const auto written = change.commit(); !written.ok()) {
    spdlog::error("{}", written.error().message);
    change.keep_in_memory();
    co_return;
  }
  apply_by_profile(state, plan);
}

}  // namespace

void start_scheduler(EngineState& state, PlanRuntime& plan, Cancellation cancellation) {
  if (plan.scheduled) {
    plan.changed.notify();
    return;
  }
  plan.scheduled = true;
  plan.cancellation = std::move(cancellation);
  plan.unrecorded = Status{};
  launch(state, "scheduling " + plan.live.plan.name, [&state, &plan]() { return schedule(state, plan); });
}

void request_cancel(EngineState&, PlanRuntime& plan, const std::string& reason) {
  plan.cancellation.cancel(reason);
  plan.changed.notify();
}

asio::awaitable<Status> Engine::cancel(std::string id) {
  EngineState& state = *state_;
  const BusyGuard busy(state);
  PlanRuntime* plan = state.find_any(id);
  if (plan == nullptr) co_return unknown_plan(id);
  // A child plan is cancelled where it runs: as a subplan of its parent.
  if (plan->live.plan.parent_plan_id && plan->live.plan.plan_id == id) {
    plan = state.find(*plan->live.plan.parent_plan_id);
  }
  if (!plan->scheduled) {
    co_return refused(fmt::format("{} does not run (it is {}); there is nothing to cancel",
                                  plan->live.plan.name, to_string(plan->live.plan.state)));
  }
  if (id == plan->live.plan.plan_id) {
    request_cancel(state, *plan, "cancelled");
    while (plan->scheduled) co_await plan->changed.wait();
    co_return Status{};
  }
  const auto index = subplan_index(plan->live, id);
  const SubplanStatus& subplan = plan->live.subplans.at(*index);
  if (is_settled(subplan.state)) {
    co_return refused(fmt::format("'{}' does not run (it is {}); there is nothing to cancel",
                                  subplan.spec.name, to_string(subplan.state)));
  }
  if (plan->running.count(id) == 0)
    co_return end_unstarted(state, *plan, *index, FailureKind::none, "cancelled");
  plan->subplan_cancellation.at(id).cancel("cancelled");
  while (plan->running.count(id) > 0) co_await plan->changed.wait();
  co_return Status{};
}

Result<int> requeue(PlanRuntime& plan, Change& change, const std::string& id) {
  const bool whole = id == plan.live.plan.plan_id;
  int queued = 0;
  for (std::size_t i = 0; i < plan.live.subplans.size(); ++i) {
    const SubplanStatus& subplan = plan.live.subplans[i];
    const bool named = subplan.subplan_id == id;
    // With a failed subplan, those that it kept from starting get their chance too.
    const bool wanted = named || whole || (subplan.failure == FailureKind::dependency && !whole);
    if (!wanted || plan.running.count(subplan.subplan_id) > 0) continue;
    if (subplan.state != ProcessingState::errored && subplan.state != ProcessingState::cancelled &&
        subplan.state != ProcessingState::queued) {
      if (named) {
        return refused(fmt::format("'{}' is {}; only a failed or cancelled subplan can be retried",
                                   subplan.spec.name, to_string(subplan.state)));
      }
      continue;
    }
    SubplanStatus& changed = change.subplan(i);
    const bool ran = changed.started_at.has_value();
    changed.state = ProcessingState::queued;
    changed.failure = FailureKind::none;
    changed.error.clear();
    changed.exit_code.reset();
    changed.completed_at.reset();
    if (ran && subplan.state != ProcessingState::queued) ++changed.attempt_number;
    change.event("subplan.state_changed", changed.subplan_id, {{"state", "queued"}});
    ++queued;
  }
  return queued;
}

namespace {

Status check_retry(const EngineState& state, const PlanRuntime& plan) {
  if (state.closing) return refused("pland is shutting down");
  if (plan.exclusive)
    return refused("another operation on this plan is at work; try again when it has ended");
  if (plan.live.plan.state == ProcessingState::applied) {
    return refused("the plan is applied; undo the apply first, or spawn the file again");
  }
  return {};
}

/// Queues what `id` names in `plan` and runs it. `decided_by`: what the person did, for the decision.
Status retry_in(EngineState& state, PlanRuntime& plan, const std::string& id) {
  PLAND_CHECK(check_retry(state, plan));
  const bool whole = id == plan.live.plan.plan_id;
  Change change(state, plan, "retrying");
  PLAND_TRY(const int queued, requeue(plan, change, id));
  // After a rollback to a place where all was done, to go on is to come to that end again.
  const bool goes_on = whole && plan.live.plan.state == ProcessingState::queued && !plan.scheduled;
  if (queued == 0 && !goes_on) return refused("nothing to retry: every subplan is complete or still runs");
  // At once, not when the scheduler's turn comes: who retries sees that it runs.
  if (!plan.scheduled) set_processing(change);
  Decision decision = make_decision(state, plan.live.plan.plan_id, {}, DecisionType::user_intervention,
                                    "How does the plan go on?", whole ? "retry" : "retry of a subplan");
  decision.context_snapshot["subplan_id"] = whole ? "" : id;
  change.add(std::move(decision));
  PLAND_CHECK(change.commit());
  plan.failed_before.clear();
  for (const auto& subplan : plan.live.subplans) {
    if (subplan.state == ProcessingState::errored) plan.failed_before.insert(subplan.subplan_id);
  }
  start_scheduler(state, plan);
  return {};
}

}  // namespace

asio::awaitable<Status> Engine::retry(std::string id) {
  EngineState& state = *state_;
  const BusyGuard busy(state);
  PlanRuntime* plan = state.find_any(id);
  if (plan == nullptr) co_return unknown_plan(id);
  // Work of a child plan runs within its parent's run: each plan above has it as what it retries. A run of
  // the child that is under way takes up what is queued by itself.
  while (plan->live.plan.parent_plan_id && !plan->scheduled) {
    const std::string& child = plan->live.plan.plan_id;
    if (id != child) {
      PLAND_CO_CHECK(check_retry(state, *plan));
      Change change(state, *plan, "retrying");
      PLAND_CO_TRY([[maybe_unused]] const int queued, requeue(*plan, change, id));
      PLAND_CO_CHECK(change.commit());
    }
    id = child;
    plan = state.find(*plan->live.plan.parent_plan_id);
  }
  co_return retry_in(state, *plan, id);
}

}  // namespace pland::engine
