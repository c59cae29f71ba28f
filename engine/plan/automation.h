// Inside of the plan room: what the plan's automation profile lets happen by itself (requirements 1.1). It is
// asked before each step and before each tool call. Loop thread only.
#pragma once

#include <asio/awaitable.hpp>
#include <optional>
#include <string>

#include "engine/model/escalation.h"
#include "engine/model/profile_choice.h"
#include "engine/model/tool_guard.h"
#include "engine/plan/engine_state.h"

namespace pland::engine {

class Change;

/// The plan's own (locked) copy.
AutomationProfile profile_of(const Plan& plan);

/// What a new plan gets: of its file, its action, the project or the machine, in this order. Errors: an
/// unknown name, with the known ones.
Result<ChosenProfile> choose_profile_for(const EngineState& state, const PlanSpec& spec,
                                         const std::optional<std::string>& action_profile);

/// The four factors for a step of this plan, from what was recorded (docs/profiles.md says how).
ConfidenceFactors factors_of(const EngineState& state, const LivePlan& live, Step step);

/// Whether the step runs by itself.
EscalationDecision may(const EngineState& state, const LivePlan& live, Step step);

/// Counts how an operation of this type went; stored with the change.
void remember_outcome(EngineState& state, Change& change, const std::string& operation_type, bool succeeded);
Status load_history(EngineState& state);

/// The type under which a step's outcomes are counted.
std::string operation_type(Step step);

/// Runs the `check` of each invariant in the plan's merged files. Those that do not pass: refused, named,
/// with the end of their output; the plan is then apply/constrained.
asio::awaitable<Status> hold_invariants(EngineState& state, PlanRuntime& plan);

}  // namespace pland::engine
