// Inside of the plan room: how decisions are made and put into a Change. Loop thread only.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/decision.h"
#include "engine/plan/engine_state.h"

namespace pland::engine {

/// A decision of `plan_id` below `parent` (empty: the root). Its sequence is given when it is stored.
Decision make_decision(EngineState& state, const std::string& plan_id, const std::string& parent,
                       DecisionType type, std::string question, std::string chosen);

/// The four parts that a decision can be made again from (#5889): hash and reference of what was worked on,
/// the resources in question, and where the actor's own record is.
nlohmann::json context_snapshot(const std::string& commit, const std::vector<std::string>& resources,
                                const std::string& actor_record);

/// What Strategize decides for a plan: its prompt, one decision an invariant, one a subplan. `reason`: why it
/// is strategized again; empty the first time.
std::vector<Decision> strategize(EngineState& state, const Plan& plan,
                                 const std::vector<SubplanStatus>& subplans, const std::string& reason);

/// How a failed attempt goes on (#186): the decision of the child, and the metadata that the parent's
/// error_details get (requirements 2.15).
struct Recovery {
  Decision decision;
  nlohmann::json details;
};
Recovery recovery_of(EngineState& state, const Plan& plan, const SubplanStatus& subplan,
                     const Attempt& attempt, std::string_view action);

/// What a person can type to go on, with the exact ids: "pland retry 01J...".
std::string recovery_command(FailureClass failure_class, const Plan& plan, const SubplanStatus& subplan);
/// The same in words.
std::string recovery_hint(FailureClass failure_class);

}  // namespace pland::engine
