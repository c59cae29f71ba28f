#include "engine/plan/sandboxes_of_plans.h"

#include <spdlog/spdlog.h>

#include <set>

#include "engine/plan/verbs.h"
#include "engine/sandbox/git_worktree.h"

namespace pland::engine {
namespace {

Status write_record(EngineState& state, const std::string& purpose,
                    const std::function<Status(Transaction&)>& change) {
  const auto written = state.store->transaction(purpose, change);
  return written.ok() ? Status{} : Status{written.error()};
}

/// One creation at a time: the turn is taken in order of arrival.
class Turn {
 public:
  explicit Turn(EngineState& state) : state_(state) {}
  asio::awaitable<void> take() {
    while (state_.making_sandbox) co_await state_.sandbox_made.wait();
    state_.making_sandbox = taken_ = true;
  }
  ~Turn() {
    if (!taken_) return;
    state_.making_sandbox = false;
    state_.sandbox_made.notify();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  EngineState& state_;
  bool taken_ = false;
};

}  // namespace

asio::awaitable<Status> open_sandboxes(EngineState& state) {
  SandboxPlaces places{state.directory, state.options.project, state.user_git_dir};
  state.sandboxes = std::make_unique<GitWorktreeSandboxes>(std::move(places), state.pool);
  PLAND_CO_TRY(const std::vector<SandboxRecord> records, state.store->sandboxes());
  std::set<std::string> known;
  for (const auto& record : records) known.insert(record.sandbox_id);
  auto work = [&sandboxes = *state.sandboxes, known]() -> Status {
    PLAND_TRY(const std::vector<std::string> on_disk, sandboxes.list());
    for (const auto& id : on_disk) {
      // A sandbox is recorded before it is made: this one's record was lost, and nobody knows what is in it.
      if (known.count(id) == 0)
        spdlog::warn("no plan knows of {}: look there, then delete it", sandboxes.folder(id).string());
    }
    return sandboxes.sweep();
  };
  PLAND_CO_CHECK(co_await state.arena.run(work));
  for (const auto& record : records) {
    // Half made when the process ended, or deleted by hand: the next attempt makes another.
    if (record.state != "making" && state.sandboxes->exists(record.sandbox_id)) continue;
    PLAND_CO_CHECK(co_await remove_sandbox(state, record.sandbox_id));
  }
  co_return Status{};
}

asio::awaitable<Result<std::string>> make_sandbox(EngineState& state, const std::string& plan_id,
                                                  const std::string& subplan_id, const std::string& commit) {
  const auto oid = git::Oid::parse(commit);
  if (!oid) co_return Error{ErrorCode::internal, "'" + commit + "' is no commit"};
  SandboxRecord record;
  record.sandbox_id = state.ids.next();
  record.plan_id = plan_id;
  record.subplan_id = subplan_id;
  record.kind = "git_worktree";
  record.path = state.sandboxes->folder(record.sandbox_id).string();
  record.base_commit = commit;
  record.state = "making";
  record.created_at = state.clock.now();
  PLAND_CO_CHECK(write_record(state, "making a sandbox",
                              [&](Transaction& transaction) { return transaction.insert_sandbox(record); }));
  Turn turn(state);
  co_await turn.take();
  auto work = [&sandboxes = *state.sandboxes, id = record.sandbox_id, oid = *oid, &arena = state.arena]() {
    return sandboxes.create(id, oid, parallel_in(arena));
  };
  PLAND_CO_CHECK(co_await state.arena.run(work));
  record.state = "ready";
  PLAND_CO_CHECK(save_sandbox_record(state, record));
  co_return record.sandbox_id;
}

Result<SandboxRecord> sandbox_record(const EngineState& state, const std::string& sandbox_id) {
  if (sandbox_id.empty()) return Error{ErrorCode::not_found, "there is no sandbox yet"};
  return state.store->sandbox(sandbox_id);
}

Status save_sandbox_record(EngineState& state, const SandboxRecord& record) {
  return write_record(state, "recording a sandbox",
                      [&](Transaction& transaction) { return transaction.update_sandbox(record); });
}

std::filesystem::path sandbox_path(const EngineState& state, const std::string& sandbox_id) {
  return sandbox_record(state, sandbox_id).ok() ? state.sandboxes->folder(sandbox_id)
                                                : std::filesystem::path();
}

asio::awaitable<Result<Snapshot>> capture_sandbox(EngineState& state, std::string sandbox_id,
                                                  std::string parent_commit, std::string message,
                                                  std::string keep_ref) {
  SandboxCapture request;
  if (const auto parent = git::Oid::parse(parent_commit)) request.parents.push_back(*parent);
  request.message = std::move(message);
  request.time = state.clock.now() / 1000;
  request.untracked_size_cap = state.options.untracked_size_cap;
  auto work = [&sandboxes = *state.sandboxes, pool = state.pool, &arena = state.arena,
               request = std::move(request), id = std::move(sandbox_id),
               ref = std::move(keep_ref)]() -> Result<Snapshot> {
    PLAND_TRY(Snapshot snapshot, sandboxes.capture(id, request, parallel_in(arena)));
    PLAND_TRY(auto repository, pool->lease());
    PLAND_CHECK(repository->set_ref(ref, snapshot.commit));
    return snapshot;
  };
  co_return co_await state.arena.run(work);
}

asio::awaitable<Result<std::vector<FileAction>>> restore_sandbox(EngineState& state, std::string sandbox_id,
                                                                 Snapshot from, std::string to_commit) {
  const auto to = git::Oid::parse(to_commit);
  if (!to) co_return Error{ErrorCode::internal, "'" + to_commit + "' is no commit"};
  auto work = [&sandboxes = *state.sandboxes, &arena = state.arena, id = std::move(sandbox_id),
               from = std::move(from),
               to = *to]() { return sandboxes.restore(id, from, to, parallel_in(arena)); };
  PLAND_CO_TRY(const std::vector<RestoredFile> files, co_await state.arena.run(work));
  std::vector<FileAction> actions;
  for (const auto& file : files) actions.push_back({file.path, std::string(to_string(file.action))});
  co_return actions;
}

asio::awaitable<Status> reset_sandbox(EngineState& state, std::string sandbox_id, Snapshot from,
                                      std::string to_commit, std::string head_commit) {
  const auto to = git::Oid::parse(to_commit);
  const auto head = git::Oid::parse(head_commit);
  if (!to || !head)
    co_return Error{ErrorCode::internal, "'" + to_commit + "' or '" + head_commit + "' is no commit"};
  auto work = [&sandboxes = *state.sandboxes, &arena = state.arena, id = std::move(sandbox_id),
               from = std::move(from), start = SandboxStart{*to, *head}]() {
    return sandboxes.reset(id, from, start, parallel_in(arena));
  };
  co_return co_await state.arena.run(work);
}

asio::awaitable<Status> keep_history(EngineState& state, std::string sandbox_id, std::string ref_prefix) {
  auto work = [&sandboxes = *state.sandboxes, id = std::move(sandbox_id),
               prefix = std::move(ref_prefix)]() -> Status {
    PLAND_TRY(const std::size_t kept, sandboxes.keep_history(id, prefix));
    if (kept > 0) spdlog::info("{} commits made in a sandbox are kept under {}", kept, prefix);
    return {};
  };
  co_return co_await state.arena.run(work);
}

asio::awaitable<Result<std::vector<std::string>>> keep_ignored(EngineState& state, std::string sandbox_id,
                                                               std::string ref) {
  SandboxCapture request;
  request.message = "ignored files";
  request.time = state.clock.now() / 1000;
  auto work = [&sandboxes = *state.sandboxes, pool = state.pool, id = std::move(sandbox_id),
               request = std::move(request), ref = std::move(ref)]() -> Result<std::vector<std::string>> {
    PLAND_TRY(IgnoredFiles ignored, sandboxes.capture_ignored(id, request));
    if (ignored.commit) {
      PLAND_TRY(auto repository, pool->lease());
      PLAND_CHECK(repository->set_ref(ref, *ignored.commit));
    }
    return std::move(ignored.not_kept);
  };
  co_return co_await state.arena.run(work);
}

asio::awaitable<Status> remove_sandbox(EngineState& state, std::string sandbox_id) {
  auto work = [&sandboxes = *state.sandboxes, sandbox_id]() { return sandboxes.remove(sandbox_id); };
  PLAND_CO_CHECK(co_await state.arena.run(work));
  co_return write_record(state, "forgetting a sandbox",
                         [&](Transaction& transaction) { return transaction.delete_sandbox(sandbox_id); });
}

}  // namespace pland::engine
