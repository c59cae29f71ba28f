// Inside of the plan room: what an Engine owns. The verbs are functions over it, one file a subject.
// Loop thread only; the arena gets values and the thread-safe pool.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/cancellation.h"
#include "engine/base/event_bus.h"
#include "engine/base/signal.h"
#include "engine/base/ulid.h"
#include "engine/git/repository_pool.h"
#include "engine/model/escalation.h"
#include "engine/model/profile_choice.h"
#include "engine/plan/documents.h"
#include "engine/plan/engine.h"
#include "engine/sandbox/sandbox.h"
#include "engine/store/lock.h"
#include "engine/store/store.h"

namespace pland::engine {

/// A plan in memory: its values, and what only a live process has.
struct PlanRuntime {
  explicit PlanRuntime(const asio::any_io_executor& executor) : changed(executor), fold_done(executor) {}
  LivePlan live;
  Cancellation cancellation;                                 ///< of the present run
  std::map<std::string, Cancellation> subplan_cancellation;  ///< of the subplans that run now
  std::set<std::string> running;                             ///< ids of subplans with a coroutine
  Signal changed;                                            ///< wakes the scheduler
  Signal fold_done;
  bool scheduled = false;  ///< a scheduler coroutine lives
  Status unrecorded;       ///< why the present run can no longer record what happens; it stops then
  bool folding = false;
  bool fold_wanted = false;
  Status folded;                        ///< how the last merge ended
  std::set<std::string> regenerated;    ///< disputes in lockfiles that a command was asked to settle
  std::uint64_t conflict_edits = 0;     ///< how often the conflicts were recorded anew
  std::set<std::string> failed_before;  ///< subplans that had failed when a person last asked for a retry
  bool exclusive =
      false;  ///< rollback, apply or undo is at work; other verbs that change the plan are refused
};

struct EngineState {
  EngineState(const asio::any_io_executor& loop, Arena& arena_in, Documents& documents_in,
              EngineOptions options_in)
      : executor(loop),
        arena(arena_in),
        documents(documents_in),
        options(std::move(options_in)),
        ids(clock),
        sandbox_made(loop) {}

  asio::any_io_executor executor;
  Arena& arena;
  Documents& documents;
  EngineOptions options;
  SystemClock clock;
  UlidSource ids;
  EventBus bus;

  std::filesystem::path directory;  ///< the state directory of this project
  std::optional<std::filesystem::path> user_git_dir;
  std::optional<Lock> lock;
  std::unique_ptr<Store> store;
  std::shared_ptr<git::RepositoryPool> pool;  ///< of the private repository
  std::unique_ptr<Sandboxes> sandboxes;

  std::map<std::string, std::unique_ptr<PlanRuntime>> plans;  ///< by plan id, so oldest first
  std::map<std::string, std::string> plan_of_subplan;
  bool making_sandbox = false;  ///< creation is one at a time
  Signal sandbox_made;
  ProfileSet profiles;
  SuccessHistory history;
  std::set<int> port_blocks;  ///< those of running subplans
  int busy = 0;               ///< coroutines under way
  std::vector<std::function<void()>> when_idle;
  bool closing = false;

  PlanRuntime* find(const std::string& plan_id);
  /// By the id of a plan or of one of its subplans.
  PlanRuntime* find_any(const std::string& id);
};

/// The index of `subplan_id` among its plan's subplans.
std::optional<std::size_t> subplan_index(const LivePlan& live, const std::string& subplan_id);

/// Starts a coroutine that counts as being busy. An exception out of it is a defect: it is logged.
void launch(EngineState& state, std::string what, std::function<asio::awaitable<void>()> body);

/// Counts the verb it lives in as being busy.
class BusyGuard {
 public:
  explicit BusyGuard(EngineState& state) : state_(state) { ++state_.busy; }
  ~BusyGuard();
  BusyGuard(const BusyGuard&) = delete;
  BusyGuard& operator=(const BusyGuard&) = delete;

 private:
  EngineState& state_;
};

// Errors that several verbs give.
Error unknown_plan(const std::string& id);
Error refused(std::string message);

}  // namespace pland::engine
