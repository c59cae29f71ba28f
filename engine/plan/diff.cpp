// The verb `diff`, and reading files of snapshots.
#include <fmt/format.h>

#include "engine/git/program.h"
#include "engine/git/tree_edit.h"
#include "engine/plan/operations.h"
#include "engine/plan/verbs.h"

namespace pland::engine {

asio::awaitable<Result<DiffReport>> Engine::diff(std::string id) {
  EngineState& state = *state_;
  const BusyGuard busy(state);
  const PlanRuntime* plan = state.find_any(id);
  if (plan == nullptr) co_return unknown_plan(id);
  std::string from = plan->live.plan.base_commit;
  std::string to = plan->live.plan.merged_commit;
  if (id != plan->live.plan.plan_id) {
    const SubplanStatus& subplan = plan->live.subplans.at(*subplan_index(plan->live, id));
    from = subplan.base_commit;
    to = subplan.result_commit;
    if (to.empty()) {
      co_return refused(
          fmt::format("'{}' has no result: it is {}", subplan.spec.name, to_string(subplan.state)));
    }
  }
  if (from.empty() || to.empty())
    co_return refused("there is no result yet: the plan's base is still being taken");
  auto work = [pool = state.pool, from, to]() -> Result<DiffReport> {
    PLAND_TRY(auto repository, pool->lease());
    const auto tree = [&](const std::string& commit) -> Result<git::Oid> {
      PLAND_TRY(const git::Commit values,
                repository->read_commit(git::Oid::parse(commit).value_or(git::Oid{})));
      return values.tree;
    };
    PLAND_TRY(const git::Oid before, tree(from));
    PLAND_TRY(const git::Oid after, tree(to));
    PLAND_TRY(const auto changes, git::diff_trees(*repository, before, after));
    DiffReport report;
    for (const auto& change : changes) {
      report.files.push_back({change.path, !change.before.exists()  ? "created"
                                           : !change.after.exists() ? "deleted"
                                                                    : "modified"});
    }
    PLAND_TRY(const git::GitOutput output,
              git::run_git(repository->git_dir(), {"diff", "--no-color", "--no-ext-diff", "--no-textconv",
                                                   "--no-renames", before.hex(), after.hex()}));
    if (output.exit_code != 0) return Error{ErrorCode::git, "git diff: " + output.err};
    report.patch = output.out;
    return report;
  };
  co_return co_await state.arena.run(work);
}

asio::awaitable<Result<std::string>> Engine::file_text(std::string commit, std::string path) {
  EngineState& state = *state_;
  const BusyGuard busy(state);
  PLAND_CO_TRY(const git::Oid tree, co_await tree_of(state, std::move(commit)));
  auto work = [pool = state.pool, tree, path]() -> Result<std::string> {
    PLAND_TRY(auto repository, pool->lease());
    PLAND_TRY(const git::FileVersion version, git::lookup(*repository, tree, path));
    if (!git::is_blob(version.mode))
      return Error{ErrorCode::not_found, "'" + path + "' is not in that snapshot"};
    PLAND_TRY(const git::Blob blob, repository->read_blob(version.oid));
    return std::string(blob.bytes);
  };
  co_return co_await state.arena.run(work);
}

}  // namespace pland::engine
