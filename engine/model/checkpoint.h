// Checkpoints and operations as values. Plain data.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"

namespace pland::engine {

/// A file that a snapshot does not hold, and why: shown, and protected on restore.
struct LeftOut {
  std::string path;
  std::string why;
  bool operator==(const LeftOut&) const = default;
};

/// A snapshot and the place in the plan's life where it was taken. Immutable.
struct Checkpoint {
  std::string checkpoint_id;
  std::string plan_id;
  std::string subplan_id;  ///< empty: of the plan's own (merged) tree
  std::string label;
  std::string trigger;  ///< "manual", "on_subplan_spawn", "before_rollback" ...
  Timestamp created_at = 0;
  std::string commit;     ///< the snapshot
  std::size_t files = 0;  ///< how many files it holds
  std::vector<LeftOut> left_out;
  nlohmann::json place =
      nlohmann::json::object();  ///< the rows of the plan at that moment (engine/plan reads it)
  bool operator==(const Checkpoint&) const = default;
};

/// One undoable thing that was done: rollback, resolve, apply, undo ...
struct Operation {
  std::string operation_id;
  std::string plan_id;
  std::string verb;
  Timestamp created_at = 0;
  std::string state;                                 ///< "running", "done", "undone", "failed"
  nlohmann::json before = nlohmann::json::object();  ///< what `undo` needs to put things back
  nlohmann::json after = nlohmann::json::object();   ///< what `redo` needs
  std::string description;                           ///< "applied 3 files of local/x"
  bool operator==(const Operation&) const = default;
};

/// An entry of the append-only event log.
struct Event {
  std::int64_t sequence = 0;  ///< the cursor; given by the store
  Timestamp created_at = 0;
  std::string type;  ///< "plan.created", "subplan.state_changed" ...
  std::string plan_id;
  std::string subplan_id;
  nlohmann::json payload = nlohmann::json::object();
  bool operator==(const Event&) const = default;
};

}  // namespace pland::engine
