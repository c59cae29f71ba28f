// Inside of the plan room: the operation log, and what undoing needs of it. Loop thread only.
#pragma once

#include <asio/awaitable.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/git/oid.h"
#include "engine/plan/engine_state.h"
#include "engine/plan/file_set.h"

namespace pland::engine {

Operation make_operation(EngineState& state, const PlanRuntime& plan, std::string verb,
                         std::string description);

/// While it lives, other verbs that change the plan are refused.
class ExclusiveGuard {
 public:
  explicit ExclusiveGuard(PlanRuntime& plan) : plan_(plan) { plan_.exclusive = true; }
  ~ExclusiveGuard() {
    plan_.exclusive = false;
    plan_.changed.notify();
  }
  ExclusiveGuard(const ExclusiveGuard&) = delete;
  ExclusiveGuard& operator=(const ExclusiveGuard&) = delete;

 private:
  PlanRuntime& plan_;
};

/// The tree of a commit named in hex.
asio::awaitable<Result<git::Oid>> tree_of(EngineState& state, std::string commit);
/// A tree of nothing but these files, as they were before or after.
asio::awaitable<Result<git::Oid>> tree_of_versions(EngineState& state, std::vector<FileWrite> writes,
                                                   bool after);
/// Keeps both versions of all files reachable for as long as the plan's snapshots are kept.
asio::awaitable<Status> keep_versions(EngineState& state, const PlanRuntime& plan, std::string operation_id,
                                      std::vector<FileWrite> writes);

/// What restoring `to_commit` over `from_tree` would do.
asio::awaitable<Result<std::vector<FileAction>>> preview_restore(EngineState& state, git::Oid from_tree,
                                                                 std::string to_commit);

}  // namespace pland::engine
