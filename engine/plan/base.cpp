// A plan's base: what the user sees now, as a snapshot, and the one reference that keeps what it borrows.
#include "engine/plan/change.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

std::string keeper_ref(const Plan& plan) {
  return "refs/pland/" + plan.plan_id;
}

}  // namespace

ParallelFor parallel_in(Arena& arena) {
  return [&arena](std::size_t count, const std::function<void(std::size_t)>& body) {
    arena.parallel_for(count, body);
  };
}

asio::awaitable<Result<Snapshot>> capture_project(EngineState& state, const PlanRuntime& plan,
                                                  std::string message) {
  CaptureRequest request;
  request.root = state.options.project;
  request.store = state.pool.get();
  request.user_repository = state.user_git_dir;
  request.excluded = {state.directory};
  request.message = std::move(message);
  request.time = state.clock.now() / 1000;
  request.untracked_size_cap = state.options.untracked_size_cap;
  for (auto& document : state.documents.open_documents(state.options.project)) {
    if (!document.unknown.empty()) co_return refused(document.unknown);
    if (document.unsaved) request.buffers.push_back({std::move(document.path), std::move(document.text)});
  }
  const std::string ref = "refs/pland-snap/" + plan.live.plan.plan_id + "/base";
  auto work = [request = std::move(request), pool = state.pool, &arena = state.arena, ref,
               index = state.directory / "indexes" / "project"]() mutable -> Result<Snapshot> {
    if (request.user_repository) {
      // The user's history stands behind the base, so that `git log` in a sandbox shows it.
      PLAND_TRY(auto user, git::Repository::open(*request.user_repository));
      PLAND_TRY(const auto head, user.head_commit());
      if (head) request.parents.push_back(*head);
    }
    PLAND_TRY(Snapshot snapshot, capture(request, index, parallel_in(arena)));
    PLAND_TRY(auto repository, pool->lease());
    PLAND_CHECK(repository->set_ref(ref, snapshot.commit));
    return snapshot;
  };
  co_return co_await state.arena.run(work);
}

asio::awaitable<Status> keep_base(EngineState& state, const PlanRuntime& plan) {
  const auto commit = git::Oid::parse(plan.live.plan.base_ref_commit);
  if (!state.user_git_dir || !commit) co_return Status{};
  auto work = [git_dir = *state.user_git_dir, ref = keeper_ref(plan.live.plan),
               commit = *commit]() -> Status {
    PLAND_TRY(auto repository, git::Repository::open(git_dir));
    if (!repository.has_object(commit)) return {};  // rewritten and collected since: nothing is left to keep
    return repository.set_ref(ref, commit);
  };
  co_return co_await state.arena.run(work);
}

asio::awaitable<Status> release_base(EngineState& state, const PlanRuntime& plan) {
  if (!state.user_git_dir || plan.live.plan.base_ref_commit.empty()) co_return Status{};
  const auto git_dir = *state.user_git_dir;
  const std::string ref = keeper_ref(plan.live.plan);
  auto work = [git_dir, ref]() -> Status {
    PLAND_TRY(auto repository, git::Repository::open(git_dir));
    return repository.delete_ref(ref);
  };
  co_return co_await state.arena.run(work);
}

}  // namespace pland::engine
