#include "server/workspace.h"

#include <algorithm>
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

namespace {

/// `path` is `folder` or below it; both without symbolic links.
bool is_below(const fs::path& path, const fs::path& folder) {
  const fs::path inside = path.lexically_relative(folder);
  return !inside.empty() && *inside.begin() != "..";
}

}  // namespace

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
    if (is_below(start, candidate) && candidate.native().size() > best.native().size())
      best = std::move(candidate);
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

bool Workspace::Folder::holds(const fs::path& project_folder) const {
  if (project && *project == project_folder) return true;
  // A project of its own may lie below the folder. Until it is known what the folder itself belongs to, every
  // project around it is taken for that.
  return is_below(project_folder, real) || (!project && is_below(real, project_folder));
}

void Workspace::add_folder(fs::path folder) {
  std::error_code error;
  fs::path real = fs::weakly_canonical(folder, error);
  if (error) real = folder.lexically_normal();
  folders_.push_back({std::move(folder), std::move(real), std::nullopt});
}

void Workspace::remove_folder(const fs::path& folder) {
  for (const Folder& removed : folders_) {
    if (removed.path != folder) continue;
    std::erase_if(asked_for_, [&](const fs::path& project) { return removed.holds(project); });
  }
  std::erase_if(folders_, [&](const Folder& known) { return known.path == folder; });
}

bool Workspace::is_wanted(const fs::path& project_folder) const {
  return asked_for_.contains(project_folder) ||
         std::any_of(folders_.begin(), folders_.end(),
                     [&](const Folder& folder) { return folder.holds(project_folder); });
}

bool Workspace::is_wanted(const Engine& engine) const {
  return std::any_of(projects_.begin(), projects_.end(), [&](const auto& entry) {
    return entry.second->engine.get() == &engine && is_wanted(entry.first);
  });
}

asio::awaitable<fs::path> Workspace::look_for_project(fs::path path) {
  std::vector<fs::path> folders;
  for (const Folder& folder : folders_) folders.push_back(folder.path);
  auto look = [path = std::move(path), folders = std::move(folders)] {
    return project_folder(path, folders);
  };
  ++opening_;  // who asks for an id meanwhile must wait for this one
  fs::path project = co_await arena_.run(look);
  --opening_;
  co_return project;
}

asio::awaitable<Result<Engine*>> Workspace::engine_of_folder(fs::path folder) {
  fs::path project = co_await look_for_project(folder);
  for (Folder& known : folders_) {
    if (known.path == folder) known.project = project;
  }
  auto engine = co_await open(std::move(project));
  changed_->cancel();
  co_return engine;
}

asio::awaitable<Result<Engine*>> Workspace::engine_for(fs::path path) {
  fs::path project = co_await look_for_project(std::move(path));
  const bool news = !is_wanted(project);
  asked_for_.insert(project);
  auto engine = co_await open(std::move(project));
  changed_->cancel();
  if (news && engine.ok() && opened_) opened_(**engine);
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
  co_return Error{ErrorCode::not_found,
                  "no plan, subplan or conflict of an open project has the id '" + id + "'"};
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

asio::awaitable<void> Workspace::close(Engine& engine) {
  for (auto& [folder, project] : projects_) {
    if (project->engine.get() != &engine) continue;
    // Before anything suspends, so that nobody can come by it any more. The empty place keeps the project
    // from being opened until its lock is free.
    project->events.reset();
    return finish_closing(folder, std::move(project->engine));
  }
  return finish_closing({}, nullptr);
}

asio::awaitable<void> Workspace::finish_closing(fs::path folder, std::unique_ptr<Engine> engine) {
  if (!engine) co_return;
  co_await engine->close();
  engine.reset();
  projects_.erase(folder);
  changed_->cancel();
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
