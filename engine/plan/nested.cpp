// Plans below plans (requirements 3.1): a subplan with subplans of its own is a plan that its parent runs
// like any other work. Its result is its merged tree.
#include <fmt/format.h>

#include <algorithm>

#include "engine/plan/change.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

ChildrenEnd end_of_children(const Plan& child) {
  ChildrenEnd end;
  end.merged_commit = child.merged_commit;
  if (child.state == ProcessingState::complete) return end;
  const auto files = child.error_details.value("conflict_files", nlohmann::json::array());
  const bool failed = child.error_details.value("subplan_execution_failed", false);
  end.failure = !failed && !files.empty() ? FailureKind::conflict : FailureKind::children;
  end.error = child.error.empty() ? fmt::format("its plan is {}", to_string(child.state)) : child.error;
  return end;
}

/// The child's place before its run: strategized, on its base, with everything to do that is not done.
Status make_ready(EngineState& state, PlanRuntime& child, const std::string& base_commit) {
  if (child.live.plan.phase == Phase::strategize && child.live.plan.state == ProcessingState::queued) {
    Change change(state, child, "strategizing a child plan");
    change.plan().state = ProcessingState::complete;
    change.event("plan.state_changed", {}, {{"phase", "strategize"}, {"state", "complete"}});
    PLAND_CHECK(change.commit());
  }
  Change change(state, child, "starting a child plan");
  const bool waiting =
      std::any_of(child.live.subplans.begin(), child.live.subplans.end(),
                  [](const SubplanStatus& subplan) { return subplan.state == ProcessingState::queued; });
  if (!waiting) {
    PLAND_TRY([[maybe_unused]] const int requeued, requeue(child, change, child.live.plan.plan_id));
  }
  // What was done on an earlier base stays done: it is merged onto this one.
  if (child.live.plan.base_commit != base_commit) {
    change.plan().base_commit = base_commit;
    change.plan().merged_commit = base_commit;
  }
  return change.commit();
}

/// What `child` is now, as its parent's status of it. False when nothing is different.
bool copy_state(const Plan& child, SubplanStatus& status) {
  const SubplanStatus before = status;
  const ChildrenEnd end = end_of_children(child);
  status.state = child.state;
  status.failure = child.state == ProcessingState::errored ? end.failure : FailureKind::none;
  status.error = child.state == ProcessingState::complete ? "" : child.error;
  status.result_commit = child.state == ProcessingState::complete ? child.merged_commit : "";
  return !(before == status);
}

}  // namespace

asio::awaitable<ChildrenEnd> run_children(EngineState& state, PlanRuntime& child, std::string base_commit,
                                          Cancellation cancellation) {
  if (child.exclusive) {
    co_return ChildrenEnd{
        FailureKind::internal, "another operation on it is at work; retry when it has ended", {}};
  }
  if (const Status ready = make_ready(state, child, base_commit); !ready.ok()) {
    co_return ChildrenEnd{FailureKind::internal, ready.error().message, {}};
  }
  start_scheduler(state, child, cancellation.child());
  while (child.scheduled) co_await child.changed.wait();
  co_return end_of_children(child.live.plan);
}

asio::awaitable<Status> tell_parent(EngineState& state, const PlanRuntime& child) {
  const Plan& plan = child.live.plan;
  if (!plan.parent_plan_id || child.scheduled) co_return Status{};
  PlanRuntime* parent = state.find(*plan.parent_plan_id);
  // While it runs there, its parent waits for its end.
  if (parent == nullptr || parent->running.count(plan.plan_id) > 0) co_return Status{};
  const auto index = subplan_index(parent->live, plan.plan_id);
  if (!index || !parent->live.subplans[*index].started_at) co_return Status{};
  {
    Change change(state, *parent, "recording what became of a child plan");
    if (!copy_state(plan, change.subplan(*index))) co_return Status{};
    change.event("subplan.state_changed", plan.plan_id, {{"state", to_string(plan.state)}});
    PLAND_CO_CHECK(change.commit());
  }
  co_return co_await refold(state, *parent);
}

}  // namespace pland::engine
