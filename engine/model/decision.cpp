#include "engine/model/decision.h"

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

}  // namespace pland::engine
