// Inside of the plan room: a plan with all its descendants, from a specification to rows and runtimes. Loop
// thread only.
#pragma once

#include <string>
#include <vector>

#include "engine/actor/proposal.h"
#include "engine/model/decision.h"
#include "engine/plan/engine_state.h"

namespace pland::engine {

/// A new plan with all its descendants: nothing of it is stored yet.
struct Family {
  std::vector<LivePlan> with_children;  ///< the root first, parents before their children
  std::vector<Plan> leaves;
  std::vector<Decision> decisions;
};

/// Adds `plan` with its subplans, their plans and what is decided about them to `family`.
void grow(EngineState& state, Plan plan, Family& family);

/// Everything that can be wrong with a tree of subplans before it is born, with the path of names to it;
/// `level` is that of the plans it would make, from 1 for a root. The number of entries is never held against
/// max_parallel
/// (#3171, #3567). Errors: invalid_argument.
Status check_tree(const PlanSpec& spec, int level, const std::string& where);

/// Inserts all rows.
Status store_family(Transaction& transaction, const Family& family);
/// Makes the live plans; after store_family was committed.
void adopt(EngineState& state, Family family);

/// Makes subplans that an actor asked for the children of `leaf`, which had none: plans, decisions and rows,
/// before anything of them runs. Errors: invalid_argument, refused, the store's.
Status spawn_proposed(EngineState& state, PlanRuntime& parent, std::size_t index,
                      const std::vector<SubplanProposal>& proposals, const std::string& base_commit);

}  // namespace pland::engine
