#include "server/workspace.h"

#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <system_error>
#include <utility>

#include "engine/base/event_bus.h"
#include "protocol/lsp/uri.h"

namespace pland::server {

namespace fs = std::filesystem;
using engine::Engine;
using engine::Error;
using engine::ErrorCode;
using engine::Result;

struct Workspace::Project {
  std::unique_ptr<Engine> engine;  ///< null while it is being opened
  engine::EventBus::Subscription events;
};

fs::path project_folder(const fs::path& path, const std::vector<fs::path>& folders) {
  std::error_code error;
  fs::path real = fs::weakly_canonical(path, error);
  if (error) real = path.lexically_normal();
  const fs::path start = fs::is_directory(real, error) ? real : real.parent_path();
  for (fs::path at = start;; at = at.parent_path()) {
    if (fs::exists(at / ".git", error)) return at;
    if (!at.has_relative_path()) break;
  }
  fs::path best;
  for (const fs::path& folder : folders) {
    fs::path candidate = fs::weakly_canonical(folder, error);
    if (error) candidate = folder.lexically_normal();
    const fs::path inside = start.lexically_relative(candidate);
    const bool holds = !inside.empty() && *inside.begin() != "..";
    if (holds && candidate.native().size() > best.native().size()) best = std::move(candidate);
  }
  return best.empty() ? start : best;
}

Workspace::Workspace(asio::any_io_executor executor, engine::Arena& arena, engine::Documents& documents,
                     WorkspaceOptions options)
    : executor_(std::move(executor)),
      arena_(arena),
      documents_(documents),
      options_(std::move(options)),
      changed_(std::make_unique<asio::steady_timer>(executor_, asio::steady_timer::time_point::max())) {}

Workspace::~Workspace() = default;

void Workspace::add_folder(fs::path folder) {
  folders_.push_back(std::move(folder));
}

void Workspace::remove_folder(const fs::path& folder) {
  std::erase(folders_, folder);
}

asio::awaitable<Result<Engine*>> Workspace::engine_for(fs::path path) {
  auto look = [path = std::move(path), folders = folders_] { return project_folder(path, folders); };
  ++opening_;  // who asks for an id meanwhile must wait for this one
  fs::path folder = co_await arena_.run(look);
  --opening_;
  auto engine = co_await open(std::move(folder));
  changed_->cancel();
  co_return engine;
}

asio::awaitable<Result<Engine*>> Workspace::open(fs::path folder) {
  for (;;) {
    if (closing_) co_return Error{ErrorCode::refused, "pland is shutting down; nothing is started any more"};
    const auto known = projects_.find(folder);
    if (known == projects_.end()) break;
    if (known->second->engine) co_return known->second->engine.get();
    std::error_code ignored;
    co_await changed_->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  projects_.emplace(folder, std::make_unique<Project>());
  ++opening_;
  engine::EngineOptions options;
  options.project = folder;
  options.state_root = options_.state_root;
  options.supervisor = options_.supervisor;
  Result<std::unique_ptr<Engine>> engine = co_await Engine::open(arena_, documents_, std::move(options));
  --opening_;
  if (!engine.ok()) {
    projects_.erase(folder);
    changed_->cancel();
    co_return std::move(engine.error());
  }
  Engine* opened = engine.value().get();
  Project& project = *projects_.at(folder);
  project.engine = std::move(engine).value();
  project.events = opened->events().subscribe([this, opened](const engine::Event& event) {
    if (plan_changed_ && !event.plan_id.empty()) plan_changed_(*opened, event.plan_id);
  });
  changed_->cancel();
  if (closing_) co_return Error{ErrorCode::refused, "pland is shutting down; nothing is started any more"};
  if (opened_) opened_(*opened);
  co_return opened;
}

asio::awaitable<void> Workspace::settled() {
  while (opening_ > 0) {
    std::error_code ignored;
    co_await changed_->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

asio::awaitable<Result<Engine*>> Workspace::engine_of(std::string id) {
  for (;;) {
    if (const Found found = find(id); found.engine != nullptr) co_return found.engine;
    if (opening_ == 0) break;
    std::error_code ignored;
    co_await changed_->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return Error{ErrorCode::not_found, "no plan, subplan or conflict has the id '" + id + "'"};
}

Workspace::Found Workspace::find(const std::string& id) const {
  for (Engine* engine : engines()) {
    const engine::LivePlan* plan = engine->find_plan(id);
    if (plan == nullptr) plan = engine->plan_of_subplan(id);
    if (plan == nullptr) plan = engine->plan_of_conflict(id);
    if (plan != nullptr) return {engine, plan};
  }
  return {};
}

Workspace::Found Workspace::find_by_file(const std::string& uri) const {
  for (Engine* engine : engines()) {
    if (const engine::LivePlan* plan = engine->plan_of_file(uri)) return {engine, plan};
  }
  return {};
}

std::string engine_uri(const std::string& file) {
  return file.starts_with('/') ? lsp::uri_of_path(file) : file;
}

std::vector<Engine*> Workspace::engines() const {
  std::vector<Engine*> open;
  for (const auto& [folder, project] : projects_) {
    if (project->engine) open.push_back(project->engine.get());
  }
  return open;
}

asio::awaitable<void> Workspace::close() {
  closing_ = true;
  co_await settled();
  // The closed engines stay until the workspace goes: a verb that is still unwinding may hold one.
  for (Engine* engine : engines()) co_await engine->close();
}

asio::awaitable<void> engine_idle(Engine& engine) {
  struct Waiting {
    explicit Waiting(const asio::any_io_executor& executor)
        : timer(executor, asio::steady_timer::time_point::max()) {}
    asio::steady_timer timer;
    bool idle = false;
  };
  const auto waiting = std::make_shared<Waiting>(co_await asio::this_coro::executor);
  engine.on_idle([waiting] {
    waiting->idle = true;
    waiting->timer.cancel();
  });
  while (!waiting->idle) {
    std::error_code ignored;
    co_await waiting->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

}  // namespace pland::server
