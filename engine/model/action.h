// Actions: reusable, named templates of plans (requirements 2.2). Plain values, any thread; `engine/planfile`
// makes them from files, `to_json`/`from_json` store them.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/plan_spec.h"
#include "engine/model/profile.h"

namespace pland::engine {

enum class ArgumentType {
  string,
  integer,
  number,
  boolean,
  list,    ///< of strings
  choice,  ///< one of ActionArgument::values
};
std::string_view to_string(ArgumentType type);
Result<ArgumentType> parse_argument_type(std::string_view text);

struct ActionArgument {
  std::string name;  ///< a letter, then letters, digits, '-' and '_'; unique in the action
  ArgumentType type = ArgumentType::string;
  bool required = false;
  std::optional<nlohmann::json> fallback;  ///< `default`: of the type; absent when required
  std::string description;
  std::vector<std::string> values;  ///< of a choice: at least one, each once; empty for the other types
  bool operator==(const ActionArgument&) const = default;
};

enum class ActionState {
  available,
  archived,  ///< kept for the plans made from it; not to be used again
};
std::string_view to_string(ActionState state);
Result<ActionState> parse_action_state(std::string_view text);

/// Actors and the profile are named, not held: an empty text where there is none.
struct Action {
  std::string name;  ///< with its namespace: "local/port-module"
  std::string description;
  std::string long_description;
  std::string strategy_actor;
  std::string execution_actor;
  std::string estimation_actor;
  std::string review_actor;
  std::string apply_actor;
  std::string invariant_actor;
  std::string repair_actor;  ///< gets a failure and a bounded number of tries
  std::string definition_of_done;
  std::vector<ActionArgument> arguments;
  std::vector<Invariant> invariants;
  std::string automation_profile;
  std::optional<SafetyRules> safety_profile;  ///< tightens the profile's own: `stricter`
  bool reusable = true;                       ///< false: one plan may be made from it, and no second
  bool read_only = false;                     ///< its plans change no file
  ActionState state = ActionState::available;
  nlohmann::json inputs_schema;  ///< JSON Schema for the arguments as one object; null: none (#4039)
  bool operator==(const Action&) const = default;
};

/// Every field, under its own name (#4037, #4039). `from_json` throws nlohmann::json::exception when one is
/// missing or of the wrong type: it reads what `to_json` wrote.
void to_json(nlohmann::json& json, const ActionArgument& argument);
void from_json(const nlohmann::json& json, ActionArgument& argument);
void to_json(nlohmann::json& json, const Action& action);
void from_json(const nlohmann::json& json, Action& action);

}  // namespace pland::engine
