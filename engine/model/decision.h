// Decisions: the persisted choice points of a plan, a tree whose root is the plan's prompt
// (requirements 2.9). Plain data, no I/O.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/model/plan.h"

namespace pland::engine {

enum class DecisionType {
  prompt_definition,  ///< the root: what the plan was asked to do; the only type without a parent
  invariant_enforced,
  strategy_choice,
  resource_selection,
  implementation_choice,
  subplan_spawn,
  subplan_parallel_spawn,
  tool_invocation,
  validation_response,
  error_recovery,
  user_intervention,
};

std::string_view to_string(DecisionType type);
Result<DecisionType> parse_decision_type(std::string_view text);

/// The types that a decision made in `phase` may have (#973).
std::vector<DecisionType> allowed_types(Phase phase);

struct Decision {
  std::string decision_id;
  std::string plan_id;
  std::optional<std::string> parent_decision_id;  ///< absent only for prompt_definition
  DecisionType decision_type = DecisionType::prompt_definition;
  std::int64_t sequence = 0;  ///< position within the plan, from 0
  std::string question;
  std::string chosen_option;
  std::vector<std::string> alternatives;
  std::optional<double> confidence;  ///< 0 to 1
  std::string rationale;
  nlohmann::json context_snapshot = nlohmann::json::object();  ///< enough to make the decision again
  Timestamp created_at = 0;
  std::optional<std::string> superseded_by;  ///< the decision or operation that replaced it
  std::optional<Timestamp> superseded_at;
  bool operator==(const Decision&) const = default;
};

/// The rules of requirements 2.9: the type belongs to the phase (else the error's context is the
/// DecisionPhaseViolation {decision_type, plan_phase, allowed_types}); prompt_definition alone has no parent.
/// Errors: refused.
Status check_decision(const Decision& decision, Phase phase);

}  // namespace pland::engine
