#include "engine/model/decision.h"

#include <algorithm>

#include "engine/model/enum_names.h"

namespace pland::engine {
namespace {

constexpr EnumNames<DecisionType, 11> kTypes{
    {{DecisionType::prompt_definition, "prompt_definition"},
     {DecisionType::invariant_enforced, "invariant_enforced"},
     {DecisionType::strategy_choice, "strategy_choice"},
     {DecisionType::resource_selection, "resource_selection"},
     {DecisionType::implementation_choice, "implementation_choice"},
     {DecisionType::subplan_spawn, "subplan_spawn"},
     {DecisionType::subplan_parallel_spawn, "subplan_parallel_spawn"},
     {DecisionType::tool_invocation, "tool_invocation"},
     {DecisionType::validation_response, "validation_response"},
     {DecisionType::error_recovery, "error_recovery"},
     {DecisionType::user_intervention, "user_intervention"}}};

}  // namespace

std::string_view to_string(DecisionType type) {
  return enum_name(kTypes, type);
}
Result<DecisionType> parse_decision_type(std::string_view text) {
  return parse_enum(kTypes, "decision type", text);
}

std::vector<DecisionType> allowed_types(Phase phase) {
  using enum DecisionType;
  std::vector<DecisionType> types;
  if (phase == Phase::strategize) types = {prompt_definition, invariant_enforced, strategy_choice};
  if (phase == Phase::execute) {
    types = {implementation_choice, tool_invocation, validation_response, error_recovery};
  }
  if (phase == Phase::strategize || phase == Phase::execute) {
    types.insert(types.end(), {resource_selection, subplan_spawn, subplan_parallel_spawn});
  }
  if (phase != Phase::action) types.push_back(user_intervention);  // a person may step in at any time
  return types;
}

Status check_decision(const Decision& decision, Phase phase) {
  const auto allowed = allowed_types(phase);
  if (std::find(allowed.begin(), allowed.end(), decision.decision_type) == allowed.end()) {
    nlohmann::json names = nlohmann::json::array();
    std::string list;
    for (const DecisionType type : allowed) {
      names.push_back(to_string(type));
      list += (list.empty() ? "" : ", ") + std::string(to_string(type));
    }
    Error error{ErrorCode::refused, "a " + std::string(to_string(decision.decision_type)) +
                                        " decision cannot be made in the phase " +
                                        std::string(to_string(phase)) +
                                        (list.empty() ? "; no decision can" : "; there it may be " + list)};
    error.context = {{"decision_type", to_string(decision.decision_type)},
                     {"plan_phase", to_string(phase)},
                     {"allowed_types", names}};
    return error;
  }
  const bool is_root = decision.decision_type == DecisionType::prompt_definition;
  if (is_root == decision.parent_decision_id.has_value()) {
    return Error{ErrorCode::refused,
                 is_root ? "a prompt_definition is the root of a plan's decisions; it has no parent"
                         : "a " + std::string(to_string(decision.decision_type)) +
                               " decision needs a parent; only prompt_definition has none"};
  }
  return {};
}

}  // namespace pland::engine
