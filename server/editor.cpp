#include "server/editor.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <nlohmann/json.hpp>

#include "protocol/lsp/methods.h"
#include "protocol/lsp/uri.h"
#include "server/features/plan_file_diagnostics.h"
#include "server/wire.h"

namespace pland::server {
namespace {

namespace fs = std::filesystem;
using lsp::MessageType;

/// pland/planChanged is sent at most this often.
constexpr std::chrono::milliseconds plan_change_interval{100};
/// The owner of a plan file's own problems in Diagnostics.
constexpr const char* plan_file_owner = "plan-file";

/// Runs to its end, whatever that is: what it throws is a defect, told in the log and to nobody else.
asio::awaitable<void> logged(asio::awaitable<void> task) {
  try {
    co_await std::move(task);
  } catch (const std::exception& exception) {
    spdlog::error("a task failed: {}", exception.what());
  }
}

std::vector<std::string> folders_of(const lsp::InitializeParams& params) {
  std::vector<std::string> uris;
  if (params.workspace_folders) {
    for (const lsp::WorkspaceFolder& folder : *params.workspace_folders) uris.push_back(folder.uri);
  } else if (params.root_uri) {
    uris.push_back(*params.root_uri);
  } else if (params.root_path) {
    uris.push_back(lsp::uri_of_path(*params.root_path));
  }
  return uris;
}

}  // namespace

Editor::Editor(asio::any_io_executor executor, engine::Arena& arena, jsonrpc::Connection& connection,
               jsonrpc::Timers& timers, EditorOptions options, const lsp::InitializeParams& params)
    : executor_(std::move(executor)),
      arena_(arena),
      client_(executor_, connection, params.capabilities),
      documents_(executor_, client_.encoding(),
                 {.edits = params.capabilities.apply_edit,
                  .versioned_edits = params.capabilities.apply_edit && params.capabilities.document_changes,
                  .delete_files = params.capabilities.can("delete")},
                 [this](lsp::ApplyWorkspaceEditParams edit) {
                   return client_.call<lsp::ApplyWorkspaceEditResult>(lsp::method::apply_edit,
                                                                      std::move(edit));
                 }),
      texts_(documents_, arena_),
      style_{client_.encoding(), std::move(options.documentation)},
      workspace_(executor_, arena_, documents_, std::move(options.workspace)),
      diagnostics_(
          [this](const FileKey& file, const std::vector<lsp::Diagnostic>& found) { publish(file, found); }),
      conflicts_(documents_, texts_, workspace_, arena_, diagnostics_, style_),
      failures_(documents_, texts_, workspace_, diagnostics_, style_),
      progress_(client_, timers,
                [this](const std::string& plan_id) {
                  const Workspace::Found found = workspace_.find(plan_id);
                  if (found.engine == nullptr) return;
                  start([](engine::Engine& engine, std::string id) -> asio::awaitable<void> {
                    const engine::Status done = co_await engine.cancel(std::move(id));
                    if (!done.ok()) spdlog::warn("cancelling: {}", done.error().message);
                  }(*found.engine, plan_id));
                }),
      folders_(folders_of(params)),
      plan_changes_(timers, plan_change_interval, [this] { send_plan_changes(); }),
      task_ended_(executor_, asio::steady_timer::time_point::max()) {
  for (const std::string& uri : folders_) {
    documents_.add_folder(uri);
    if (const auto path = lsp::path_of_uri(uri); path.ok()) workspace_.add_folder(path.value());
  }
  workspace_.on_plan_changed(
      [this](engine::Engine& engine, const std::string& plan) { plan_changed(engine, plan); });
  workspace_.on_opened([this](engine::Engine& engine) {
    for (const engine::LivePlan* plan : engine.plans()) plan_changed(engine, plan->plan.plan_id);
  });
}

Editor::~Editor() = default;

// --- tasks ---

void Editor::start(asio::awaitable<void> task) {
  ++tasks_;
  asio::co_spawn(executor_, run_task(std::move(task)), asio::detached);
}

asio::awaitable<void> Editor::run_task(asio::awaitable<void> task) {
  co_await logged(std::move(task));
  --tasks_;
  look_for_unwanted();
  task_ended_.cancel();
}

void Editor::look_for_unwanted() {
  const std::vector<engine::Engine*> engines = workspace_.engines();
  const auto is_unwanted = [this](const engine::Engine* engine) { return !workspace_.is_wanted(*engine); };
  if (closing_ || releasing_ || !std::any_of(engines.begin(), engines.end(), is_unwanted)) return;
  releasing_ = true;
  asio::post(executor_, [this] {
    releasing_ = false;
    release_unwanted();
  });
}

void Editor::release_unwanted() {
  // Called by the loop itself, so nobody holds an engine but a task that waits, and what is gathered for the
  // end of the turn.
  if (tasks_ > 0 || posted_ || closing_) return;
  const std::vector<FileKey> open = documents_.open_keys();
  for (engine::Engine* engine : workspace_.engines()) {
    if (workspace_.is_wanted(*engine)) continue;
    const std::string inside = engine->project().string() + "/";
    const auto is_inside = [&](const FileKey& file) { return file.starts_with(inside); };
    if (std::any_of(open.begin(), open.end(), is_inside)) continue;
    if (engine->busy()) {
      if (!awaited_.insert(engine).second) continue;
      engine->on_idle([this, engine, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        awaited_.erase(engine);
        look_for_unwanted();
      });
      continue;
    }
    for (const engine::LivePlan* plan : engine->plans()) progress_.end(plan->plan.plan_id);
    plan_changes_.flush();  // no key of its plans is left
    // The end of this task comes back here for the next one.
    return start(workspace_.close(*engine));
  }
}

asio::awaitable<bool> Editor::wait_for_tasks() {
  const auto waits = [this] { return tasks_ > 0 || posted_ || releasing_; };
  const bool any = waits();
  while (waits()) {
    if (tasks_ == 0) {
      co_await asio::post(executor_, asio::use_awaitable);
      continue;
    }
    std::error_code ignored;
    co_await task_ended_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return any;
}

asio::awaitable<void> Editor::idle() {
  for (bool again = true; again;) {
    again = false;
    co_await workspace_.settled();
    // One at a time: while it is waited for, the others may be closed.
    for (engine::Engine* engine : workspace_.engines()) {
      if (!engine->busy()) continue;
      again = true;
      co_await engine_idle(*engine);
      break;
    }
    const bool waited = co_await wait_for_tasks();
    again = again || waited;
  }
  plan_changes_.flush();
}

asio::awaitable<void> Editor::close() {
  if (!std::exchange(closing_, true)) {
    progress_.end_all();
    co_await workspace_.close();
    co_await wait_for_tasks();
    closed_ = true;
    task_ended_.cancel();
  }
  while (!closed_) {
    std::error_code ignored;
    co_await task_ended_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

// --- what the client says ---

void Editor::initialized() {
  for (const std::string& uri : folders_) {
    if (const auto path = lsp::path_of_uri(uri); path.ok()) start(open_project(path.value(), true));
  }
  if (client_.capabilities().watched_files_registration) start(watch_files());
}

asio::awaitable<void> Editor::watch_files() {
  lsp::DidChangeWatchedFilesRegistrationOptions options;
  // Any file of the project may have a conflict whose lines move when the file changes.
  options.watchers.push_back({"**/*", std::nullopt});
  Json json;
  write_json(jsonrpc::Writer(json), options);
  lsp::RegistrationParams params;
  params.registrations.push_back({"pland-files", lsp::method::did_change_watched_files, std::move(json)});
  const auto answer =
      co_await client_.call<jsonrpc::Nothing>(lsp::method::register_capability, std::move(params));
  if (!answer.ok()) spdlog::info("the client does not watch files: {}", answer.error().message);
}

asio::awaitable<void> Editor::open_project(fs::path path, bool is_folder) {
  auto opening = is_folder ? workspace_.engine_of_folder(path) : workspace_.engine_for(path);
  const auto engine = co_await std::move(opening);
  if (engine.ok() || closing_) co_return;
  const std::string text = "pland cannot work in " + path.string() + ": " + engine.error().message;
  if (!is_folder) {
    client_.show_message(MessageType::warning, text);
  } else {
    client_.log_message(MessageType::warning, text);
  }
}

void Editor::did_open(const lsp::DidOpenTextDocumentParams& params) {
  const FileKey file = documents_.open(params.text_document);
  diagnostics_.republish(file);
  if (is_plan_file(file) && file.starts_with('/')) start(open_project(file, false));
  refresh_plans_in(file);
  text_changed(file);
}

void Editor::did_change(const lsp::DidChangeTextDocumentParams& params) {
  if (const auto problem = documents_.change(params)) {
    spdlog::warn("{}", problem->message);
    client_.log_message(MessageType::warning, problem->message);
  }
  text_changed(documents_.key_of(params.text_document.uri));
}

void Editor::did_save(const lsp::DidSaveTextDocumentParams& params) {
  documents_.saved(params.text_document.uri);
}

void Editor::did_close(const lsp::DidCloseTextDocumentParams& params) {
  const FileKey file = documents_.close(params.text_document.uri);
  lenses_.erase(file);
  texts_.forget(file);
  start(look_again(file));
}

void Editor::did_change_folders(const lsp::DidChangeWorkspaceFoldersParams& params) {
  std::set<engine::Engine*> wanted;
  for (engine::Engine* engine : workspace_.engines()) {
    if (workspace_.is_wanted(*engine)) wanted.insert(engine);
  }
  for (const lsp::WorkspaceFolder& folder : params.event.removed) {
    std::erase(folders_, folder.uri);
    if (const auto path = lsp::path_of_uri(folder.uri); path.ok()) workspace_.remove_folder(path.value());
  }
  for (const lsp::WorkspaceFolder& folder : params.event.added) {
    folders_.push_back(folder.uri);
    documents_.add_folder(folder.uri);
    const auto path = lsp::path_of_uri(folder.uri);
    if (!path.ok()) continue;
    workspace_.add_folder(path.value());
    start(open_project(path.value(), true));
  }
  // What a project shows goes and comes back with it.
  for (engine::Engine* engine : workspace_.engines()) {
    if (wanted.contains(engine) == workspace_.is_wanted(*engine)) continue;
    for (const engine::LivePlan* plan : engine->plans()) {
      if (!plan->plan.uri.empty()) show_plan_file(documents_.key_of(plan->plan.uri));
      plan_changed(*engine, plan->plan.plan_id);
    }
  }
  look_for_unwanted();
}

void Editor::did_change_watched_files(const lsp::DidChangeWatchedFilesParams& params) {
  for (const lsp::FileEvent& change : params.changes) {
    // A build may change thousands of files: most must cost nothing.
    const bool is_plan = is_plan_file(change.uri);
    if (!is_plan && conflicts_.empty()) continue;
    const FileKey file = documents_.key_of(change.uri);
    if (documents_.is_open(file) || !(is_plan || conflicts_.speaks_of(file))) continue;
    start(look_again(file));
  }
}

void Editor::progress_cancelled(const lsp::WorkDoneProgressCancelParams& params) {
  progress_.cancelled(params.token);
}

// --- files ---

asio::awaitable<void> Editor::look_again(FileKey file) {
  co_await texts_.reread(file);
  refresh_plans_in(file);
  text_changed(file);
}

void Editor::text_changed(const FileKey& file) {
  if (is_plan_file(file)) show_plan_file(file);
  conflicts_.file_changed(file);
  failures_.file_changed(file);
  diagnostics_.publish();
}

void Editor::show_plan_file(const FileKey& file) {
  // A file that nobody looks at speaks only while a plan of it lives.
  const Workspace::Found live = workspace_.find_by_file(engine_uri(file));
  const bool running = live.plan != nullptr && workspace_.is_wanted(*live.engine) &&
                       !engine::is_settled(live.plan->plan.state);
  const auto plan_file = documents_.is_open(file) || running ? texts_.plan_file(file) : nullptr;
  diagnostics_.replace_file(
      plan_file_owner, file,
      plan_file ? plan_file_diagnostics(*plan_file, style_) : std::vector<lsp::Diagnostic>());
}

void Editor::refresh_plans_in(const FileKey& file) {
  if (!conflicts_.speaks_of(file) && !failures_.speaks_of(file)) return;
  for (engine::Engine* engine : workspace_.engines()) {
    for (const engine::LivePlan* plan : engine->plans()) {
      if (newest_[plan->plan.uri] == plan->plan.root_plan_id)
        start(refresh_diagnostics({engine, plan->plan.plan_id}));
    }
  }
}

void Editor::publish(const FileKey& file, std::vector<lsp::Diagnostic> found) {
  const lsp::ClientCapabilities& client = client_.capabilities();
  for (lsp::Diagnostic& diagnostic : found) {
    if (!client.diagnostic_related_information) diagnostic.related_information.reset();
    if (!client.diagnostic_code_description) diagnostic.code_description.reset();
    if (!client.diagnostic_data) diagnostic.data.reset();
  }
  lsp::PublishDiagnosticsParams params;
  params.uri = documents_.uri_of(file);
  if (client.diagnostic_version) params.version = documents_.version(file);
  params.diagnostics = std::move(found);
  client_.notify(lsp::method::publish_diagnostics, params);
}

// --- plans ---

void Editor::plan_changed(engine::Engine& engine, const std::string& plan_id) {
  changed_.emplace(&engine, plan_id);
  if (std::exchange(posted_, true)) return;
  asio::post(executor_, [this] { project_changes(); });
}

void Editor::project_changes() {
  posted_ = false;
  for (const PlanKey& plan : std::exchange(changed_, {})) project(plan);
  refresh_lenses();
}

void Editor::project(const PlanKey& key) {
  const auto& [engine, plan_id] = key;
  start(refresh_diagnostics(key));
  const engine::LivePlan* plan = engine->find_plan(plan_id);
  if (plan == nullptr) return progress_.end(plan_id);
  if (!plan->plan.parent_plan_id) progress_.update(*plan);
  if (engine->plan_of_file(plan->plan.uri) == plan || plan->plan.uri.empty()) {
    // A newer plan of the same file takes over: what the older one showed goes.
    const std::string before = std::exchange(newest_[plan->plan.uri], plan_id);
    if (!before.empty() && before != plan_id) {
      for (const engine::LivePlan* older : engine->plans()) {
        if (older->plan.root_plan_id == before) start(refresh_diagnostics({engine, older->plan.plan_id}));
      }
    }
  }
  if (client_.wants_plan_changes()) {
    untold_.insert(key);
    plan_changes_.ask();
  }
}

asio::awaitable<void> Editor::refresh_diagnostics(PlanKey plan) {
  // Each by itself: one that fails takes nothing from the screen but its own.
  auto conflicts = conflicts_.refresh(*plan.first, plan.second);
  co_await logged(std::move(conflicts));
  auto failures = failures_.refresh(*plan.first, plan.second);
  co_await logged(std::move(failures));
  diagnostics_.publish();
}

void Editor::send_plan_changes() {
  for (const auto& [engine, plan_id] : std::exchange(untold_, {})) {
    if (const engine::LivePlan* plan = engine->find_plan(plan_id)) {
      client_.notify("pland/planChanged", plan_changed_json(*plan));
    }
  }
}

}  // namespace pland::server
