#include "engine/model/action.h"

#include "engine/model/enum_names.h"

namespace pland::engine {
namespace {

constexpr EnumNames<ArgumentType, 6> kTypes{{{ArgumentType::string, "string"},
                                             {ArgumentType::integer, "integer"},
                                             {ArgumentType::number, "number"},
                                             {ArgumentType::boolean, "boolean"},
                                             {ArgumentType::list, "list"},
                                             {ArgumentType::choice, "choice"}}};
constexpr EnumNames<ActionState, 2> kStates{
    {{ActionState::available, "available"}, {ActionState::archived, "archived"}}};

/// Stored names are ours; one that is not known is a damaged store.
template <typename E>
E stored(Result<E> parsed) {
  if (!parsed.ok()) throw nlohmann::json::other_error::create(501, parsed.error().message, nullptr);
  return *parsed;
}

}  // namespace

std::string_view to_string(ArgumentType type) {
  return enum_name(kTypes, type);
}
Result<ArgumentType> parse_argument_type(std::string_view text) {
  return parse_enum(kTypes, "argument type", text);
}
std::string_view to_string(ActionState state) {
  return enum_name(kStates, state);
}
Result<ActionState> parse_action_state(std::string_view text) {
  return parse_enum(kStates, "action state", text);
}

void to_json(nlohmann::json& json, const ActionArgument& argument) {
  json = {{"name", argument.name},
          {"type", to_string(argument.type)},
          {"required", argument.required},
          {"description", argument.description},
          {"values", argument.values}};
  if (argument.fallback) json["default"] = *argument.fallback;
}

void from_json(const nlohmann::json& json, ActionArgument& argument) {
  json.at("name").get_to(argument.name);
  argument.type = stored(parse_argument_type(json.at("type").get<std::string>()));
  json.at("required").get_to(argument.required);
  json.at("description").get_to(argument.description);
  json.at("values").get_to(argument.values);
  argument.fallback.reset();
  if (json.contains("default")) argument.fallback = json.at("default");
}

void to_json(nlohmann::json& json, const Action& action) {
  json = {
      {"name", action.name},
      {"description", action.description},
      {"long_description", action.long_description},
      {"strategy_actor", action.strategy_actor},
      {"execution_actor", action.execution_actor},
      {"estimation_actor", action.estimation_actor},
      {"review_actor", action.review_actor},
      {"apply_actor", action.apply_actor},
      {"invariant_actor", action.invariant_actor},
      {"repair_actor", action.repair_actor},
      {"definition_of_done", action.definition_of_done},
      {"arguments", action.arguments},
      {"invariants", action.invariants},
      {"automation_profile", action.automation_profile},
      {"safety_profile", action.safety_profile ? nlohmann::json(*action.safety_profile) : nlohmann::json()},
      {"reusable", action.reusable},
      {"read_only", action.read_only},
      {"state", to_string(action.state)},
      {"inputs_schema", action.inputs_schema}};
}

void from_json(const nlohmann::json& json, Action& action) {
  json.at("name").get_to(action.name);
  json.at("description").get_to(action.description);
  json.at("long_description").get_to(action.long_description);
  json.at("strategy_actor").get_to(action.strategy_actor);
  json.at("execution_actor").get_to(action.execution_actor);
  json.at("estimation_actor").get_to(action.estimation_actor);
  json.at("review_actor").get_to(action.review_actor);
  json.at("apply_actor").get_to(action.apply_actor);
  json.at("invariant_actor").get_to(action.invariant_actor);
  json.at("repair_actor").get_to(action.repair_actor);
  json.at("definition_of_done").get_to(action.definition_of_done);
  json.at("arguments").get_to(action.arguments);
  json.at("invariants").get_to(action.invariants);
  json.at("automation_profile").get_to(action.automation_profile);
  action.safety_profile.reset();
  if (!json.at("safety_profile").is_null())
    action.safety_profile = json.at("safety_profile").get<SafetyRules>();
  json.at("reusable").get_to(action.reusable);
  json.at("read_only").get_to(action.read_only);
  action.state = stored(parse_action_state(json.at("state").get<std::string>()));
  action.inputs_schema = json.at("inputs_schema");
}

}  // namespace pland::engine
