// Inside of the plan room: what its files call of each other. Loop thread only.
#pragma once

#include <asio/awaitable.hpp>
#include <string>
#include <vector>

#include "engine/plan/engine_state.h"
#include "engine/snapshot/capture.h"

namespace pland::engine {

class Change;

// scheduler.cpp
/// Starts (or wakes) the coroutine that runs the plan's queued subplans. `cancellation` ends the run: a
/// child's is derived from its parent's.
void start_scheduler(EngineState& state, PlanRuntime& plan, Cancellation cancellation = {});
/// Puts what did not succeed back into the queue: one subplan, or all when `id` is the plan's. How many.
Result<int> requeue(PlanRuntime& plan, Change& change, const std::string& id);
/// Asks the plan's run to stop; what runs is ended, what waits becomes cancelled.
void request_cancel(EngineState& state, PlanRuntime& plan, const std::string& reason);

// run_subplan.cpp
/// One subplan from its sandbox to its recorded end, all attempts. `base_commit` is what it starts from.
asio::awaitable<void> run_subplan(EngineState& state, PlanRuntime& plan, std::size_t index,
                                  std::string base_commit);

// merging.cpp
/// Merges all complete results anew with the resolutions made so far, and records tree and conflicts.
/// Calls made while one is under way are answered by one more.
asio::awaitable<Status> refold(EngineState& state, PlanRuntime& plan);
/// The commit a dependent subplan starts from: the base with the results it waits for.
asio::awaitable<Result<std::string>> base_for(EngineState& state, PlanRuntime& plan, std::size_t index);
/// Phase, state and error of a plan that nothing runs for, from its subplans and conflicts.
void settle(const LivePlan& live, Plan& plan);

// apply.cpp
/// The verb, for a person or for the profile.
asio::awaitable<Result<ApplyReport>> apply_plan(EngineState& state, ApplyRequest request);

// regenerate.cpp
/// Lets the plan's `regenerate` command settle one open conflict of a lockfile. True when it did: merge
/// again.
asio::awaitable<Result<bool>> regenerate(EngineState& state, PlanRuntime& plan);

// nested.cpp
/// The work of a subplan that has subplans of its own: its plan, from `base_commit` to its merged result.
struct ChildrenEnd {
  FailureKind failure = FailureKind::none;
  std::string error;
  std::string merged_commit;
};
asio::awaitable<ChildrenEnd> run_children(EngineState& state, PlanRuntime& child, std::string base_commit,
                                          Cancellation cancellation);
/// Carries what became of a child plan that does not run (resolved, rolled back) into its parent's status.
asio::awaitable<Status> tell_parent(EngineState& state, const PlanRuntime& child);

// checkpoints.cpp
/// Records a checkpoint of a snapshot that exists.
Result<Checkpoint> record_checkpoint(EngineState& state, PlanRuntime& plan, const std::string& subplan_id,
                                     std::string label, std::string trigger, const Snapshot& snapshot);
/// The plan's own sandbox with the merged files; made when it does not exist, brought up to date when it
/// does.
asio::awaitable<Result<std::string>> plan_sandbox(EngineState& state, PlanRuntime& plan);

// base.cpp
/// The project as the user sees it now: files and unsaved buffers.
asio::awaitable<Result<Snapshot>> capture_project(EngineState& state, const PlanRuntime& plan,
                                                  std::string message);
/// Lets the user's repository keep the commit that the plan's snapshots borrow from (Plan::base_ref_commit),
/// by the one reference that pland may have there.
asio::awaitable<Status> keep_base(EngineState& state, const PlanRuntime& plan);
asio::awaitable<Status> release_base(EngineState& state, const PlanRuntime& plan);
/// The arena's threads for work that is in the arena already.
ParallelFor parallel_in(Arena& arena);

// clean.cpp
/// Removes the plan's sandboxes in the background, after a last snapshot of each.
void drop_sandboxes(EngineState& state, PlanRuntime& plan);
/// After a start, in the background: what an earlier process did not come to remove.
void clean_up(EngineState& state);

// recovery.cpp
asio::awaitable<Status> recover(EngineState& state);

}  // namespace pland::engine
