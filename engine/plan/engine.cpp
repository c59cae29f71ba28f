#include "engine/plan/engine.h"
#include "engine/plan/automation.h"

#include <signal.h>
#include <spdlog/spdlog.h>

#include <asio/this_coro.hpp>
#include <cerrno>

#include "engine/base/delay.h"
#include "engine/git/repository.h"
#include "engine/plan/engine_state.h"
#include "engine/plan/places.h"
#include "engine/plan/sandboxes_of_plans.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

namespace fs = std::filesystem;

bool is_gone(const Error& taken) {
  const auto pid = taken.context.find("pid");
  return pid != taken.context.end() && ::kill(pid->get<pid_t>(), 0) != 0 && errno == ESRCH;
}

/// The project's lock. A holder that was killed may have been about to start a command: until that child has
/// replaced itself, it holds the lock for its dead parent. That passes in milliseconds.
asio::awaitable<Result<Lock>> take_lock(std::filesystem::path directory) {
  for (int tries = 0;; ++tries) {
    auto lock = Lock::acquire(directory);
    if (lock.ok() || tries == 100 || !is_gone(lock.error())) co_return lock;
    co_await delay(std::chrono::milliseconds(20), Cancellation());
  }
}

Status prepare_directory(EngineState& state) {
  PLAND_TRY(const fs::path root, state_root(state.options.state_root));
  state.directory = state_directory(root, state.options.project);
  std::error_code failure;
  for (const char* part : {"", "sandboxes", "trash", "indexes", "logs"}) {
    fs::create_directories(state.directory / part, failure);
    if (failure)
      return io_error("making the state folder", (state.directory / part).string(), failure.value());
  }
  fs::permissions(state.directory, fs::perms::owner_all, failure);
  if (failure) return io_error("protecting the state folder", state.directory.string(), failure.value());
  return {};
}

}  // namespace

Engine::Engine(std::unique_ptr<EngineState> state) : state_(std::move(state)) {}
Engine::~Engine() = default;

asio::awaitable<Result<std::unique_ptr<Engine>>> Engine::open(Arena& arena, Documents& documents,
                                                              EngineOptions options) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto work = [folder = options.project]() { return locate(folder); };
  auto located = co_await arena.run(work);
  if (!located.ok()) co_return located.error();
  options.project = located->project;
  auto state = std::make_unique<EngineState>(executor, arena, documents, std::move(options));
  state->user_git_dir = located->git_dir;
  PLAND_CO_CHECK(prepare_directory(*state));
  PLAND_CO_TRY(state->lock, co_await take_lock(state->directory));

  const fs::path repository = state->directory / "repo.git";
  auto work2 = [repository, user = state->user_git_dir]() -> Status {
    PLAND_CHECK(git::Repository::clear_locks(repository));
    PLAND_TRY([[maybe_unused]] auto opened, git::Repository::create_private(repository, user));
    return {};
  };
  PLAND_CO_CHECK(co_await arena.run(work2));
  state->pool =
      std::make_shared<git::RepositoryPool>(repository, git::RepositoryPool::Kind::private_repository);
  PLAND_CO_TRY(state->store, Store::open(state->directory / "pland.db"));
  PLAND_CO_CHECK(load_history(*state));
  PLAND_CO_CHECK(co_await open_sandboxes(*state));
  PLAND_CO_CHECK(co_await recover(*state));
  clean_up(*state);
  co_return std::unique_ptr<Engine>(new Engine(std::move(state)));
}

asio::awaitable<void> Engine::close() {
  EngineState& state = *state_;
  state.closing = true;
  for (auto& [id, plan] : state.plans) {
    if (plan->scheduled) request_cancel(state, *plan, "pland was closed");
  }
  Signal idle(state.executor);
  on_idle([&idle] { idle.notify(); });
  while (busy()) co_await idle.wait();
}

const fs::path& Engine::project() const {
  return state_->options.project;
}
const fs::path& Engine::state_directory() const {
  return state_->directory;
}
EventBus& Engine::events() {
  return state_->bus;
}

std::vector<const LivePlan*> Engine::plans() const {
  std::vector<const LivePlan*> result;
  for (const auto& [id, plan] : state_->plans) result.push_back(&plan->live);
  return result;
}

const LivePlan* Engine::find_plan(const std::string& plan_id) const {
  const PlanRuntime* plan = state_->find(plan_id);
  return plan == nullptr ? nullptr : &plan->live;
}

const LivePlan* Engine::plan_of_subplan(const std::string& subplan_id) const {
  const auto found = state_->plan_of_subplan.find(subplan_id);
  return found == state_->plan_of_subplan.end() ? nullptr : find_plan(found->second);
}

const LivePlan* Engine::plan_of_file(const std::string& uri) const {
  const LivePlan* newest = nullptr;
  for (const auto& [id, plan] : state_->plans) {
    if (plan->live.plan.uri == uri && !plan->live.plan.parent_plan_id) newest = &plan->live;
  }
  return newest;
}

const LivePlan* Engine::plan_of_conflict(const std::string& conflict_id) const {
  for (const auto& [id, plan] : state_->plans) {
    for (const auto& conflict : plan->live.conflicts) {
      if (conflict.conflict_id == conflict_id) return &plan->live;
    }
  }
  return nullptr;
}

Result<std::vector<Attempt>> Engine::attempts(const std::string& subplan_id) const {
  return state_->store->attempts_of(subplan_id);
}

fs::path Engine::sandbox_folder(const std::string& id) const {
  const PlanRuntime* plan = state_->find_any(id);
  if (plan == nullptr) return {};
  if (id == plan->live.plan.plan_id) return sandbox_path(*state_, plan->live.plan.sandbox_id);
  return sandbox_path(*state_, plan->live.subplans.at(*subplan_index(plan->live, id)).sandbox_id);
}

bool Engine::busy() const {
  return state_->busy > 0;
}

void Engine::on_idle(std::function<void()> callback) {
  if (!busy()) {
    callback();
    return;
  }
  state_->when_idle.push_back(std::move(callback));
}

}  // namespace pland::engine
