// The engine of one project: every verb of a plan's life, over one store and one private repository.
//
// Thread: everything here runs on the loop thread that owns the engine (design invariant 2); heavy work is
// done in the arena and comes back to the loop. Ownership: the engine owns its live plans; references handed
// out are good until the next suspension. Errors are values; a refused verb says what to do instead.
// Lifetime: call `close()` and await it before destroying the engine; work still running is cancelled.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/clock.h"
#include "engine/base/event_bus.h"
#include "engine/base/result.h"
#include "engine/model/checkpoint.h"
#include "engine/model/conflict.h"
#include "engine/model/plan.h"
#include "engine/plan/documents.h"
#include "engine/plan/look.h"

namespace pland::engine {

struct EngineOptions {
  std::filesystem::path project;     ///< the folder of the project: a work tree of git, or any folder
  std::filesystem::path state_root;  ///< empty: $XDG_STATE_HOME/pland, or ~/.local/state/pland
  std::filesystem::path supervisor;  ///< empty: beside the running program
  std::uint64_t untracked_size_cap = 100U << 20U;  ///< bytes; larger untracked files are left out and listed
  std::optional<std::string> project_profile;      ///< automation profile of plans that name none
  std::optional<std::string>
      global_profile;  ///< the same, below the project's; PLAND_AUTOMATION_PROFILE wins
  /// Before trying again what may pass by itself: doubled each time, up to the most, half of it by chance.
  std::chrono::milliseconds retry_base_delay{500};
  std::chrono::milliseconds retry_max_delay{30'000};
};

/// A plan and everything that belongs to it, as the store has it.
struct LivePlan {
  Plan plan;
  std::vector<SubplanStatus> subplans;  ///< in spawn order
  std::vector<Conflict> conflicts;      ///< open and resolved ones, in merge order
};

struct SpawnRequest {
  PlanSpec spec;
  std::string uri;          ///< of the plan file as the client spells it; empty without one
  std::string source_text;  ///< the plan file's text
  bool replace = false;     ///< cancel a plan of the same file that still runs
  bool hold = false;        ///< `use`: create and strategize, start nothing
};

struct ResolveRequest {
  std::string conflict_id;
  std::optional<std::size_t> hunk;  ///< from 0; none: the whole conflict
  Resolution resolution = Resolution::ours;
  std::string content;  ///< for Resolution::manual: the hunk's or the file's text
  std::string resolved_by = "user";
};

/// Which lines a rollback, apply or undo put back or wrote.
struct FileAction {
  std::string file;
  std::string action;  ///< rollback, undo: "restored" or "removed"; apply: "created", "modified" or "deleted"
};

struct ApplyRequest {
  std::string plan_id;
  bool dry_run = false;
  std::vector<std::string> paths;  ///< empty: all
};
struct ApplyReport {
  std::string operation_id;  ///< empty for a dry run
  std::vector<FileAction> files;
  std::vector<std::string> not_included;  ///< names of subplans whose results are not part of it
};

struct RollbackRequest {
  std::string plan_id;
  std::string checkpoint_id;
  bool dry_run = false;
};
/// The values of requirements 2.11.
struct RollbackReport {
  std::string operation_id;
  Checkpoint checkpoint;
  std::vector<FileAction> changes;
  std::vector<std::string> invalidated;  ///< names of the subplans whose later work is undone
  int decisions_discarded = 0;
  int tool_calls_undone = 0;
  int checkpoints_remaining = 0;
  Phase phase = Phase::execute;
  ProcessingState state = ProcessingState::queued;
};

/// The newest operation that can be undone, of all plans or of one, or the one that is named.
struct UndoRequest {
  std::string operation_id;
  std::string plan_id;
};

struct UndoReport {
  std::string operation_id;  ///< the undo itself; it is in the log but cannot be undone
  std::string undone;        ///< the operation that was undone
  std::string description;
  std::vector<FileAction> files;
};

struct DiffReport {
  struct File {
    std::string path;
    std::string change;  ///< "created", "modified", "deleted"
  };
  std::vector<File> files;
  std::string patch;  ///< unified, as git prints it
};

class Engine {
 public:
  /// Opens (and where needed creates) the project's state directory, takes its lock, and recovers what an
  /// earlier process left: strays are ended, interrupted subplans become `errored` with kind `interrupted`, a
  /// half-done apply is finished. `documents` and `arena` must outlive the engine.
  static asio::awaitable<Result<std::unique_ptr<Engine>>> open(Arena& arena, Documents& documents,
                                                               EngineOptions options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Cancels what runs, waits until nothing does, releases the lock.
  asio::awaitable<void> close();

  const std::filesystem::path& project() const;
  const std::filesystem::path& state_directory() const;
  /// Every state change, after it is stored. Handlers run on the loop.
  EventBus& events();

  // --- what is there (never blocks) ---
  std::vector<const LivePlan*> plans() const;  ///< newest last
  const LivePlan* find_plan(const std::string& plan_id) const;
  const LivePlan* plan_of_subplan(const std::string& subplan_id) const;
  /// The newest plan spawned from the file at `uri`; nullptr if there is none.
  const LivePlan* plan_of_file(const std::string& uri) const;
  const LivePlan* plan_of_conflict(const std::string& conflict_id) const;
  /// Oldest first, each with an empty `place`.
  Result<std::vector<Checkpoint>> checkpoints(const std::string& plan_id) const;
  Result<std::size_t> checkpoint_count(const std::string& plan_id) const;
  Result<std::vector<Attempt>> attempts(const std::string& subplan_id) const;
  /// Folder of a plan's or subplan's sandbox; empty when it has none.
  std::filesystem::path sandbox_folder(const std::string& id) const;
  /// True while a coroutine of any plan runs; `on_idle` calls back once nothing does (at once if nothing
  /// does).
  bool busy() const;
  void on_idle(std::function<void()> callback);

  /// The decisions of a plan and of all below it. Errors: not_found.
  Result<DecisionTree> tree(const std::string& plan_id, bool show_superseded) const;
  /// What failed in a plan (or one subplan), how it went on, and what a person can do. Errors: not_found.
  Result<ErrorReport> errors(const std::string& plan_id) const;
  /// At most `limit` (1 to 10,000) events behind `cursor`, in order; of one plan when named.
  Result<EventPage> events_after(std::int64_t cursor, std::size_t limit,
                                 const std::optional<std::string>& plan_id = {}) const;

  // --- verbs ---
  /// Creates the plan, its decisions and its children in one transaction and starts it. Refused while a plan
  /// of the same file runs, unless `replace`.
  Result<std::string> spawn(SpawnRequest request);
  /// Stops a plan or one subplan (by either id), keeps what was done as checkpoints.
  asio::awaitable<Status> cancel(std::string id);
  /// Runs again what did not succeed: a subplan, or every subplan of a plan that is not complete.
  asio::awaitable<Status> retry(std::string id);
  /// Starts a plan that was made by `use` or went back to strategize; otherwise as `retry` of the whole plan.
  asio::awaitable<Status> execute(std::string plan_id);
  /// Goes on after the last completed step, for a plan that has not come to its end; `dry_run`: says with
  /// what.
  asio::awaitable<Result<ResumeReport>> resume(std::string plan_id, bool dry_run);
  /// Back to strategize, at most kMaxReversions times; every result is set aside (and undo brings it back).
  asio::awaitable<Status> revert(RevertRequest request);
  /// A labelled snapshot of a subplan's sandbox or of a plan's merged tree.
  asio::awaitable<Result<Checkpoint>> checkpoint(std::string id, std::string label);
  asio::awaitable<Result<RollbackReport>> rollback(RollbackRequest request);
  asio::awaitable<Status> resolve(ResolveRequest request);
  asio::awaitable<Result<ApplyReport>> apply(ApplyRequest request);
  /// Refused when the operation was not the last of its plan, or is an undo itself.
  asio::awaitable<Result<UndoReport>> undo(UndoRequest request = {});
  /// What a subplan changed, or what a plan's merged result changes.
  asio::awaitable<Result<DiffReport>> diff(std::string id);
  /// The text of a file in a snapshot; not_found when it is not there.
  asio::awaitable<Result<std::string>> file_text(std::string commit, std::string path);

 private:
  friend struct EngineState;
  explicit Engine(std::unique_ptr<struct EngineState> state);
  std::unique_ptr<struct EngineState> state_;
};

}  // namespace pland::engine
