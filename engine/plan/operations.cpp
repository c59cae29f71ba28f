#include "engine/plan/operations.h"

#include "engine/git/tree_edit.h"
#include "engine/plan/file_set.h"
#include "engine/plan/verbs.h"

namespace pland::engine {

Operation make_operation(EngineState& state, const PlanRuntime& plan, std::string verb,
                         std::string description) {
  Operation operation;
  operation.operation_id = state.ids.next();
  operation.plan_id = plan.live.plan.plan_id;
  operation.verb = std::move(verb);
  operation.created_at = state.clock.now();
  operation.state = "running";
  operation.description = std::move(description);
  return operation;
}

asio::awaitable<Result<git::Oid>> tree_of(EngineState& state, std::string commit) {
  auto work = [pool = state.pool, commit]() -> Result<git::Oid> {
    const auto oid = git::Oid::parse(commit);
    if (!oid) return Error{ErrorCode::internal, "'" + commit + "' is no commit"};
    PLAND_TRY(auto repository, pool->lease());
    PLAND_TRY(const git::Commit values, repository->read_commit(*oid));
    return values.tree;
  };
  co_return co_await state.arena.run(work);
}

asio::awaitable<Result<git::Oid>> tree_of_versions(EngineState& state, std::vector<FileWrite> writes,
                                                   bool after) {
  auto work = [pool = state.pool, writes = std::move(writes), after]() -> Result<git::Oid> {
    PLAND_TRY(auto repository, pool->lease());
    std::vector<git::TreeEdit> edits;
    for (const auto& write : writes) edits.push_back({write.path, after ? write.after : write.before});
    return git::edit_tree(*repository, git::empty_tree_oid(), std::move(edits));
  };
  co_return co_await state.arena.run(work);
}

asio::awaitable<Status> keep_versions(EngineState& state, const PlanRuntime& plan, std::string operation_id,
                                      std::vector<FileWrite> writes) {
  const std::string prefix = "refs/pland-snap/" + plan.live.plan.plan_id + "/" + operation_id;
  auto work = [pool = state.pool, writes = std::move(writes), prefix,
               time = state.clock.now() / 1000]() -> Status {
    PLAND_TRY(auto repository, pool->lease());
    for (const bool after : {false, true}) {
      std::vector<git::TreeEdit> edits;
      for (const auto& write : writes) edits.push_back({write.path, after ? write.after : write.before});
      PLAND_TRY(const git::Oid tree, git::edit_tree(*repository, git::empty_tree_oid(), std::move(edits)));
      PLAND_TRY(const git::Oid commit, repository->write_commit(tree, {}, after ? "after" : "before", time));
      PLAND_CHECK(repository->set_ref(prefix + (after ? "-after" : "-before"), commit));
    }
    return {};
  };
  co_return co_await state.arena.run(work);
}

asio::awaitable<Result<std::vector<FileAction>>> preview_restore(EngineState& state, git::Oid from_tree,
                                                                 std::string to_commit) {
  PLAND_CO_TRY(const git::Oid to, co_await tree_of(state, std::move(to_commit)));
  auto work = [pool = state.pool, from_tree, to]() -> Result<std::vector<FileAction>> {
    PLAND_TRY(auto repository, pool->lease());
    PLAND_TRY(const auto changes, git::diff_trees(*repository, from_tree, to));
    std::vector<FileAction> actions;
    for (const auto& change : changes)
      actions.push_back({change.path, change.after.exists() ? "restored" : "removed"});
    return actions;
  };
  co_return co_await state.arena.run(work);
}

}  // namespace pland::engine
