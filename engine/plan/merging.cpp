// Merging the results of subplans into the plan's tree: a pure function of the base, the results in order and
// the resolutions made so far, computed anew whenever one of them changes (requirements 3.4).
#include <fmt/format.h>

#include <algorithm>

#include "engine/merge/fold.h"
#include "engine/plan/change.h"
#include "engine/plan/operations.h"
#include "engine/plan/order.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

/// A step whose trees are still named by commits.
struct PendingStep {
  std::string subplan_id, name, base_commit, result_commit;
};

std::vector<PendingStep> pending_steps(const LivePlan& live, const std::vector<std::size_t>* only) {
  const auto wave = waves(live.plan.spec);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < live.subplans.size(); ++i) {
    if (live.subplans[i].state != ProcessingState::complete || live.subplans[i].result_commit.empty())
      continue;
    if (only != nullptr && std::find(only->begin(), only->end(), i) == only->end()) continue;
    order.push_back(i);
  }
  if (wave.ok()) {
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return (*wave)[a] < (*wave)[b]; });
  }
  std::vector<PendingStep> steps;
  for (const std::size_t i : order) {
    const SubplanStatus& subplan = live.subplans[i];
    steps.push_back({subplan.subplan_id, subplan.spec.name, subplan.base_commit, subplan.result_commit});
  }
  return steps;
}

std::vector<Conflict> merge_conflicts(const LivePlan& live) {
  std::vector<Conflict> result;
  for (const auto& conflict : live.conflicts) {
    if (!conflict.subplan_id.empty()) result.push_back(conflict);
  }
  return result;
}

struct Folded {
  std::string commit;
  std::vector<Conflict> conflicts;
};

asio::awaitable<Result<Folded>> fold_in_arena(EngineState& state, const LivePlan& live,
                                              std::vector<PendingStep> pending, std::string keep_ref) {
  std::string message = "merged files of " + live.plan.name;
  auto work = [pool = state.pool, base = live.plan.base_commit, pending = std::move(pending),
               known = merge_conflicts(live), message = std::move(message), keep_ref,
               strategy = live.plan.spec.subplan_defaults.merge,
               time = state.clock.now() / 1000]() -> Result<Folded> {
    PLAND_TRY(auto repository, pool->lease());
    const auto tree = [&](const std::string& commit) -> Result<git::Oid> {
      PLAND_TRY(const git::Commit values,
                repository->read_commit(git::Oid::parse(commit).value_or(git::Oid{})));
      return values.tree;
    };
    PLAND_TRY(const git::Oid start, tree(base));
    std::vector<merge::FoldStep> steps;
    std::vector<git::Oid> parents{git::Oid::parse(base).value_or(git::Oid{})};
    for (const auto& step : pending) {
      merge::FoldStep& made = steps.emplace_back();
      made.subplan_id = step.subplan_id;
      made.name = step.name;
      PLAND_TRY(made.base_tree, tree(step.base_commit));
      PLAND_TRY(made.result_tree, tree(step.result_commit));
      parents.push_back(git::Oid::parse(step.result_commit).value_or(git::Oid{}));
    }
    merge::FoldOptions options;
    options.strategy = strategy;
    PLAND_TRY(merge::Fold fold, merge::fold(*repository, start, steps, known, options));
    PLAND_TRY(const git::Oid commit, repository->write_commit(fold.tree, parents, message, time));
    PLAND_CHECK(repository->set_ref(keep_ref, commit));
    return Folded{commit.hex(), std::move(fold.conflicts)};
  };
  co_return co_await state.arena.run(work);
}

/// The conflicts as they shall be recorded: found ones get ids, those of the apply step stay.
std::vector<Conflict> with_ids(EngineState& state, const LivePlan& live, std::vector<Conflict> found) {
  for (auto& conflict : found) {
    if (conflict.conflict_id.empty()) conflict.conflict_id = state.ids.next();
    conflict.plan_id = live.plan.plan_id;
  }
  for (const auto& conflict : live.conflicts) {
    if (conflict.subplan_id.empty()) found.push_back(conflict);
  }
  return found;
}

asio::awaitable<Status> fold_once(EngineState& state, PlanRuntime& plan) {
  if (plan.live.plan.base_commit.empty()) co_return Status{};
  const std::string ref = "refs/pland-snap/" + plan.live.plan.plan_id + "/merged";
  const std::uint64_t edits = plan.conflict_edits;
  auto folded = co_await fold_in_arena(state, plan.live, pending_steps(plan.live, nullptr), ref);
  if (!folded.ok()) co_return folded.error();
  if (plan.conflict_edits != edits) {
    // A person resolved something while it was merged: the answer does not know of that.
    plan.fold_wanted = true;
    co_return Status{};
  }
  Change change(state, plan, "merging results");
  change.plan().merged_commit = folded->commit;
  const auto before = plan.live.conflicts.size();
  change.conflicts() = with_ids(state, plan.live, std::move(folded->conflicts));
  if (change.conflicts().size() > before)
    change.event("conflict.found", {}, {{"count", change.conflicts().size()}});
  const bool settles = !plan.scheduled && !plan.exclusive && plan.live.plan.phase == Phase::execute;
  if (settles) {
    LivePlan after = plan.live;
    after.conflicts = change.conflicts();
    settle(after, change.plan());
  }
  change.event("plan.merged", {}, {{"commit", folded->commit}});
  PLAND_CO_CHECK(change.commit());
  if (settles) co_return co_await tell_parent(state, plan);
  co_return Status{};
}

}  // namespace

asio::awaitable<Status> refold(EngineState& state, PlanRuntime& plan) {
  plan.fold_wanted = true;
  while (plan.fold_wanted || plan.folding) {
    if (plan.folding) {
      co_await plan.fold_done.wait();
      continue;
    }
    plan.folding = true;
    plan.fold_wanted = false;
    plan.folded = co_await fold_once(state, plan);
    plan.folding = false;
    plan.fold_done.notify();
    if (!plan.folded.ok()) break;
  }
  co_return plan.folded;  // also where another caller's merge was the one that was waited for
}

asio::awaitable<Result<std::string>> base_for(EngineState& state, PlanRuntime& plan, std::size_t index) {
  PLAND_CO_TRY(auto dependencies, all_dependencies(plan.live.plan.spec, index));
  const auto in_turn = turns(plan.live.plan.spec);
  for (const std::size_t before : in_turn[index]) {
    if (std::find(dependencies.begin(), dependencies.end(), before) == dependencies.end())
      dependencies.push_back(before);
  }
  if (dependencies.empty()) co_return plan.live.plan.base_commit;
  const std::string ref = fmt::format("refs/pland-snap/{}/base-{}", plan.live.plan.plan_id,
                                      plan.live.subplans.at(index).subplan_id);
  auto folded = co_await fold_in_arena(state, plan.live, pending_steps(plan.live, &dependencies), ref);
  if (!folded.ok()) co_return with_context(std::move(folded).error(), "merging what it runs after");
  co_return folded->commit;
}

void settle(const LivePlan& live, Plan& plan) {
  nlohmann::json failed = nlohmann::json::array();
  nlohmann::json paths = nlohmann::json::array();
  int queued = 0;
  int cancelled = 0;
  for (const auto& subplan : live.subplans) {
    if (subplan.state == ProcessingState::errored || subplan.failure == FailureKind::dependency) {
      failed.push_back(subplan.subplan_id);
    } else if (subplan.state == ProcessingState::queued) {
      ++queued;
    } else if (subplan.state == ProcessingState::cancelled) {
      ++cancelled;
    }
  }
  for (const auto& conflict : live.conflicts) {
    if (is_open(conflict) && std::find(paths.begin(), paths.end(), conflict.path) == paths.end()) {
      paths.push_back(conflict.path);
    }
  }
  plan.error_details["failed_subplan_ids"] = failed;
  plan.error_details["subplan_execution_failed"] = !failed.empty();
  plan.error_details["conflict_files"] = paths;
  plan.error.clear();
  if (!failed.empty() || !paths.empty()) {
    plan.state = ProcessingState::errored;
    if (!failed.empty())
      plan.error = fmt::format("{} of {} subplans failed", failed.size(), live.subplans.size());
    if (!paths.empty()) {
      plan.error += fmt::format("{}{} with conflicts", plan.error.empty() ? "" : ", ",
                                paths.size() == 1 ? "1 file" : fmt::format("{} files", paths.size()));
    }
  } else if (queued > 0) {
    plan.state = ProcessingState::queued;
  } else if (cancelled > 0) {
    plan.state = ProcessingState::cancelled;
  } else {
    plan.state = ProcessingState::complete;
  }
}

}  // namespace pland::engine
