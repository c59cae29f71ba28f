// The server's side of an initialized session: documents, projects, features, and the verbs called by the
// editor.
//
// Made when `initialize` is answered, when all that it depends on is known (capabilities, encoding, folders).
// Every change of a plan comes through `plan_changed`, is gathered until the end of the loop's turn, and is
// then projected on everything the client sees. Handlers take no file and no git work upon themselves. Loop
// thread only; `close` must be awaited before destruction.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "protocol/lsp/code_action.h"
#include "protocol/lsp/document_sync.h"
#include "protocol/lsp/initialize.h"
#include "protocol/lsp/language_features.h"
#include "protocol/lsp/workspace.h"
#include "server/client.h"
#include "server/diagnostics.h"
#include "server/documents.h"
#include "server/features/conflict_diagnostics.h"
#include "server/features/failure_diagnostics.h"
#include "server/features/progress.h"
#include "server/texts.h"
#include "server/verbs.h"
#include "server/workspace.h"

namespace pland::server {

struct EditorOptions {
  WorkspaceOptions workspace;
  std::string documentation;  ///< see DiagnosticStyle
};

class Editor final : public VerbHost {
 public:
  /// `arena`, `connection` and `timers` must outlive it.
  Editor(asio::any_io_executor executor, engine::Arena& arena, jsonrpc::Connection& connection,
         jsonrpc::Timers& timers, EditorOptions options, const lsp::InitializeParams& params);
  ~Editor() override;

  // --- what the client says ---
  void initialized();
  void did_open(const lsp::DidOpenTextDocumentParams& params);
  void did_change(const lsp::DidChangeTextDocumentParams& params);
  void did_save(const lsp::DidSaveTextDocumentParams& params);
  void did_close(const lsp::DidCloseTextDocumentParams& params);
  void did_change_folders(const lsp::DidChangeWorkspaceFoldersParams& params);
  void did_change_watched_files(const lsp::DidChangeWatchedFilesParams& params);
  void progress_cancelled(const lsp::WorkDoneProgressCancelParams& params);

  // --- what it asks ---
  lsp::CodeLensResult code_lens(const lsp::CodeLensParams& params);
  lsp::HoverResult hover(const lsp::HoverParams& params);
  lsp::CodeActionResult code_action(const lsp::CodeActionParams& params);
  jsonrpc::Outcome<lsp::CodeAction> resolve_code_action(const lsp::CodeAction& action);
  /// Runs a verb; the reply may come many turns later.
  void run_verb(const Verb& verb, Json params, jsonrpc::Reply<Json> reply);

  const Client& client() const { return client_; }
  /// Waits until no plan runs and everything that follows from it has been sent.
  asio::awaitable<void> idle();
  /// Ends what runs; nothing is started afterwards. A second call waits for the first.
  asio::awaitable<void> close();

  // --- VerbHost ---
  Workspace& workspace() override { return workspace_; }
  engine::Arena& arena() override { return arena_; }
  engine::Timestamp now() const override { return clock_.now(); }
  std::string actor() const override { return "user"; }
  engine::Result<std::filesystem::path> path_of(const std::string& uri) const override;
  std::string uri_of(const std::filesystem::path& path) const override;
  std::string engine_uri_of(const std::string& uri) const override;
  asio::awaitable<engine::Result<std::string>> text_of(std::string uri) override;
  std::vector<std::string> plan_files() const override;
  std::vector<std::filesystem::path> places() const override;
  asio::awaitable<void> show(std::filesystem::path file) override;
  void plan_file_read(const std::string& uri, const std::string& text,
                      const engine::planfile::PlanDocument& document) override;
  void run_started(engine::Engine& engine, const std::string& plan_id) override;

 private:
  using PlanKey = std::pair<engine::Engine*, std::string>;

  /// Runs a task that idle() and close() wait for.
  void start(asio::awaitable<void> task);
  asio::awaitable<void> run_task(asio::awaitable<void> task);
  asio::awaitable<void> answer(const Verb& verb, Json params, jsonrpc::Reply<Json> reply);
  asio::awaitable<Consent> ask(std::vector<std::string> lines, std::stop_token stop);
  asio::awaitable<bool> wait_for_tasks();
  void plan_changed(engine::Engine& engine, const std::string& plan_id);
  void project_changes();
  void project(const PlanKey& plan);
  asio::awaitable<void> refresh_diagnostics(PlanKey plan);
  asio::awaitable<void> look_again(FileKey file);
  /// Opens the project of a folder of the workspace, or of a plan file; only of the latter a person is told.
  asio::awaitable<void> open_project(std::filesystem::path path, bool is_folder);
  /// Closes the engines of projects that left the workspace, when nobody holds them any more.
  void look_for_unwanted();
  void release_unwanted();
  asio::awaitable<void> watch_files();
  void send_plan_changes();
  /// The text of a file changed: everything that stands in it moves.
  void text_changed(const FileKey& file);
  void show_plan_file(const FileKey& file);
  /// Every plan whose findings stand in the file.
  void refresh_plans_in(const FileKey& file);
  void publish(const FileKey& file, std::vector<lsp::Diagnostic> found);
  void refresh_lenses();
  std::vector<lsp::CodeLens> lenses_of(const FileKey& file);

  asio::any_io_executor executor_;
  engine::Arena& arena_;
  engine::SystemClock clock_;
  Client client_;
  OpenDocuments documents_;
  Texts texts_;
  DiagnosticStyle style_;
  Workspace workspace_;
  Diagnostics diagnostics_;
  ConflictDiagnostics conflicts_;
  FailureDiagnostics failures_;
  PlanProgress progress_;
  std::vector<std::string> folders_;  ///< uris of the workspace folders
  std::set<PlanKey> changed_;         ///< gathered in this turn
  std::set<PlanKey> untold_;          ///< waiting for the next pland/planChanged
  Throttle plan_changes_;
  std::map<std::string, std::string> newest_;  ///< plan file's uri to the id of the plan that is shown for it
  std::map<FileKey, std::string> lenses_;      ///< as last given to the client, as text
  bool lens_refresh_asked_ = false;
  bool posted_ = false;     ///< project_changes is to come
  bool releasing_ = false;  ///< release_unwanted is to come
  bool closing_ = false;
  bool closed_ = false;
  int tasks_ = 0;
  asio::steady_timer task_ended_;
  std::set<engine::Engine*> awaited_;  ///< unwanted engines in which something still runs
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace pland::server
