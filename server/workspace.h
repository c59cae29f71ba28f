// The projects that are open, each with its engine, and the way from a file or an id to the engine it belongs
// to.
//
// A project is the git work tree that holds a file; without git, the workspace folder that holds it, or else
// the file's own folder. Engines are opened when they are needed and stay open. Two requests for one project
// share one opening. Loop thread only; looking at the disk happens in the arena.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/plan/engine.h"

namespace pland::server {

struct WorkspaceOptions {
  std::filesystem::path state_root;  ///< see engine::EngineOptions
  std::filesystem::path supervisor;
};

class Workspace {
 public:
  /// Called after every stored change of a plan, with the id of the plan that changed.
  using PlanChanged = std::function<void(engine::Engine&, const std::string& plan_id)>;
  /// Called when an engine has been opened and has recovered its plans.
  using Opened = std::function<void(engine::Engine&)>;

  /// `arena` and `documents` must outlive the workspace.
  Workspace(asio::any_io_executor executor, engine::Arena& arena, engine::Documents& documents,
            WorkspaceOptions options);
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  void on_plan_changed(PlanChanged callback) { plan_changed_ = std::move(callback); }
  void on_opened(Opened callback) { opened_ = std::move(callback); }

  /// Absolute folders; they decide what a project without git is.
  void add_folder(std::filesystem::path folder);
  void remove_folder(const std::filesystem::path& folder);

  /// The engine of the project that holds `path` (a file or a folder, absolute), opened if need be.
  asio::awaitable<engine::Result<engine::Engine*>> engine_for(std::filesystem::path path);
  /// The open engine that knows this plan, subplan or conflict; waits for engines that are being opened.
  /// Errors: not_found.
  asio::awaitable<engine::Result<engine::Engine*>> engine_of(std::string id);
  /// Waits until no engine is being opened.
  asio::awaitable<void> settled();

  struct Found {
    engine::Engine* engine = nullptr;
    const engine::LivePlan* plan = nullptr;
  };
  /// Where a plan, subplan or conflict id lives among the open engines; null when nowhere.
  Found find(const std::string& id) const;
  /// The newest plan of a plan file; `uri` is engine_uri of it.
  Found find_by_file(const std::string& uri) const;
  std::vector<engine::Engine*> engines() const;
  bool opening() const { return opening_ > 0; }

  /// Closes every engine; nothing is opened afterwards. Call and await it before destruction.
  asio::awaitable<void> close();
  bool closing() const { return closing_; }

 private:
  struct Project;
  asio::awaitable<engine::Result<engine::Engine*>> open(std::filesystem::path folder);
  void watch(engine::Engine& engine);

  asio::any_io_executor executor_;
  engine::Arena& arena_;
  engine::Documents& documents_;
  WorkspaceOptions options_;
  PlanChanged plan_changed_;
  Opened opened_;
  std::vector<std::filesystem::path> folders_;
  std::map<std::filesystem::path, std::unique_ptr<Project>> projects_;
  std::unique_ptr<asio::steady_timer> changed_;  ///< cancelled whenever an opening ends
  int opening_ = 0;
  bool closing_ = false;
};

/// The one uri by which engines know a plan file, however the client spells it: that of its real path.
/// `file` is a FileKey (documents.h).
std::string engine_uri(const std::string& file);

/// Waits until nothing runs in the engine.
asio::awaitable<void> engine_idle(engine::Engine& engine);

/// The folder of the project that holds `path`: see above. Looks at the disk; any thread.
std::filesystem::path project_folder(const std::filesystem::path& path,
                                     const std::vector<std::filesystem::path>& folders);

}  // namespace pland::server
