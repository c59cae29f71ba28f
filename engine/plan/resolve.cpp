// The verb `resolve`: what shall stand where two sides contradict each other. It changes the plan's result,
// never the user's file.
#include <fmt/format.h>

#include <algorithm>

#include "engine/merge/resolution.h"
#include "engine/plan/change.h"
#include "engine/plan/operations.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

Status check_choice(const Conflict& conflict, const ResolveRequest& request) {
  if (request.hunk && *request.hunk >= conflict.hunks.size()) {
    return Error{
        ErrorCode::invalid_argument,
        conflict.hunks.empty()
            ? fmt::format("the conflict in {} is one of the whole file; leave `hunk` out", conflict.path)
            : fmt::format("the conflict in {} has the hunks 0 to {}", conflict.path,
                          conflict.hunks.size() - 1)};
  }
  return merge::check_resolution(conflict, request.resolution);
}

void resolve_hunk(ConflictHunk& hunk, const ResolveRequest& request) {
  hunk.resolution = request.resolution;
  hunk.manual_text = request.resolution == Resolution::manual ? request.content : std::string();
}

}  // namespace

asio::awaitable<Status> Engine::resolve(ResolveRequest request) {
  EngineState& state = *state_;
  const BusyGuard busy(state);
  PlanRuntime* plan = nullptr;
  for (auto& [id, candidate] : state.plans) {
    for (const auto& conflict : candidate->live.conflicts) {
      if (conflict.conflict_id == request.conflict_id) plan = candidate.get();
    }
  }
  if (plan == nullptr) {
    co_return Error{ErrorCode::not_found, "there is no conflict '" + request.conflict_id +
                                              "' (any more); `conflicts` lists those there are"};
  }
  if (plan->exclusive)
    co_return refused("another operation on this plan is at work; try again when it has ended");
  if (plan->live.plan.state == ProcessingState::applied)
    co_return refused("the plan is applied; undo the apply first");

  // A whole file by hand becomes an object first: that suspends, so the conflict is looked up after it.
  std::optional<std::string> manual_oid;
  if (request.resolution == Resolution::manual && !request.hunk) {
    auto work = [pool = state.pool, content = request.content]() -> Result<std::string> {
      PLAND_TRY(auto repository, pool->lease());
      PLAND_TRY(const git::Oid blob, repository->write_blob(content));
      return blob.hex();
    };
    auto oid = co_await state.arena.run(work);
    if (!oid.ok()) co_return oid.error();
    manual_oid = *std::move(oid);
  }

  Change change(state, *plan, "resolving a conflict");
  auto& conflicts = change.conflicts();
  const auto found = std::find_if(conflicts.begin(), conflicts.end(), [&](const Conflict& candidate) {
    return candidate.conflict_id == request.conflict_id;
  });
  if (found == conflicts.end()) co_return refused("the conflict is gone: the plan was merged anew meanwhile");
  Conflict& conflict = *found;
  PLAND_CO_CHECK(check_choice(conflict, request));

  Operation operation =
      make_operation(state, *plan, "resolve",
                     fmt::format("resolved {} with {}", conflict.path, to_string(request.resolution)));
  operation.before = {{"conflict_id", conflict.conflict_id}, {"hunks", conflict.hunks}};
  if (conflict.resolution) operation.before["resolution"] = to_string(*conflict.resolution);
  if (conflict.manual_oid) operation.before["manual_oid"] = *conflict.manual_oid;
  operation.state = "done";
  change.begin_operation(operation);

  if (request.hunk) {
    resolve_hunk(conflict.hunks[*request.hunk], request);
    conflict.resolution.reset();
    conflict.manual_oid.reset();
  } else {
    for (auto& hunk : conflict.hunks) {
      if (!manual_oid) resolve_hunk(hunk, request);
    }
    conflict.resolution = request.resolution;
    conflict.manual_oid = manual_oid;
  }
  if (!is_open(conflict)) {
    conflict.resolved_by = request.resolved_by;
    conflict.resolved_at = state.clock.now();
  }
  change.event("conflict.resolved", conflict.subplan_id,
               {{"conflict_id", conflict.conflict_id},
                {"path", conflict.path},
                {"resolution", to_string(request.resolution)}});
  const bool of_apply = conflict.subplan_id.empty();
  if (of_apply) {
    LivePlan after = plan->live;
    after.conflicts = conflicts;
    settle(after, change.plan());
  }
  PLAND_CO_CHECK(change.commit(Durability::full));
  if (of_apply) co_return Status{};  // merged with the user's files at the next apply
  co_return co_await refold(state, *plan);
}

}  // namespace pland::engine
