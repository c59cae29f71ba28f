// What can be read of a plan beside its state: decisions as a tree, failures and their recovery, events.
// Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/checkpoint.h"
#include "engine/model/decision.h"
#include "engine/model/error_pattern.h"
#include "engine/model/plan.h"

namespace pland::engine {

/// A decision, those below it, and (for a spawn) the tree of the child that it made.
struct DecisionNode {
  Decision decision;
  std::string child_plan_id;  ///< of a subplan_spawn or subplan_parallel_spawn; else empty
  std::vector<DecisionNode> children;
};

struct DecisionTree {
  std::string plan_id;
  DecisionNode root;
  std::vector<Plan> child_plans;  ///< all descendants, parents first
  int nodes = 0;
  int depth = 0;  ///< levels of decisions
  int superseded = 0;
};

/// One error_recovery decision, with the metadata of requirements 2.15.
struct RecordedError {
  Decision decision;
  std::string subplan_id;
  std::string subplan_name;
};

struct ErrorReport {
  Plan plan;
  std::vector<RecordedError> errors;   ///< in the order in which they happened
  std::vector<Attempt> attempts;       ///< of the subplans that failed, by subplan and number
  std::vector<std::string> conflicts;  ///< paths with open conflicts
  std::vector<ErrorPattern> patterns;  ///< known for the work of this plan
};

struct EventPage {
  std::vector<Event> events;
  std::int64_t next = 0;  ///< cursor for the next call
  bool more = false;
};

struct RevertRequest {
  std::string plan_id;
  Phase to_phase = Phase::strategize;
  std::string reason;
};

/// What `resume` goes on with.
struct ResumeReport {
  std::string plan_id;
  Phase phase = Phase::execute;
  ProcessingState state = ProcessingState::queued;
  int last_completed_step = -1;
  std::string last_checkpoint_id;
  std::string decision_id;             ///< the newest decision of the plan
  std::vector<std::string> done;       ///< names of subplans whose results are kept
  std::vector<std::string> remaining;  ///< names of those that will run
};

}  // namespace pland::engine
