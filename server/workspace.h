// The projects that are open, each with its engine, and the way from a file or an id to the engine it belongs
// to.
//
// A project is the git work tree that holds a file; without git, the workspace folder that holds it, or else
// the file's own folder. Engines are opened when they are needed. A project is wanted for as long as a folder
// of the workspace holds it, and when somebody asked for it by a file since the last such folder went. What
// becomes of an engine that nobody wants is for the owner to say: only it knows who may still hold it. Two
// requests for one project share one opening. Loop thread only; looking at the disk happens in the arena.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
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
  /// Called when an engine has been opened and has recovered its plans, or is wanted again.
  using Opened = std::function<void(engine::Engine&)>;

  /// `arena` and `documents` must outlive the workspace.
  Workspace(asio::any_io_executor executor, engine::Arena& arena, engine::Documents& documents,
            WorkspaceOptions options);
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  void on_plan_changed(PlanChanged callback) { plan_changed_ = std::move(callback); }
  void on_opened(Opened callback) { opened_ = std::move(callback); }

  const WorkspaceOptions& options() const { return options_; }

  /// Absolute folders; they decide what a project without git is, and which projects are wanted.
  void add_folder(std::filesystem::path folder);
  void remove_folder(const std::filesystem::path& folder);

  /// The engine of a folder of the workspace, opened if need be.
  asio::awaitable<engine::Result<engine::Engine*>> engine_of_folder(std::filesystem::path folder);
  /// The engine of the project that holds `path` (a file or a folder, absolute), opened if need be; it is
  /// wanted from now on.
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
  bool is_wanted(const engine::Engine& engine) const;

  /// Closes an engine in which nothing runs and frees its project; nobody finds it any more, and nobody may
  /// hold it. Who asks for the project meanwhile gets a new one.
  asio::awaitable<void> close(engine::Engine& engine);
  /// Closes every engine; nothing is opened afterwards. Call and await it before destruction.
  asio::awaitable<void> close();
  bool closing() const { return closing_; }

 private:
  struct Project;
  /// A folder of the workspace.
  struct Folder {
    std::filesystem::path path;                    ///< as it was added
    std::filesystem::path real;                    ///< symbolic links resolved
    std::optional<std::filesystem::path> project;  ///< the one that holds it, once that is known
    bool holds(const std::filesystem::path& project_folder) const;
  };
  asio::awaitable<std::filesystem::path> look_for_project(std::filesystem::path path);
  asio::awaitable<engine::Result<engine::Engine*>> open(std::filesystem::path folder);
  asio::awaitable<void> finish_closing(std::filesystem::path folder, std::unique_ptr<engine::Engine> engine);
  bool is_wanted(const std::filesystem::path& project_folder) const;

  asio::any_io_executor executor_;
  engine::Arena& arena_;
  engine::Documents& documents_;
  WorkspaceOptions options_;
  PlanChanged plan_changed_;
  Opened opened_;
  std::vector<Folder> folders_;
  std::set<std::filesystem::path> asked_for_;  ///< projects, by a file of theirs
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
