// What a person (or a request) gives an action, checked and typed. Plain values, any thread.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/model/action.h"

namespace pland::engine {

/// Every declared argument in declared order; null for an optional one that was not given and has no default.
struct BoundArguments {
  std::vector<std::pair<std::string, nlohmann::json>> values;

  /// Those that have a value, as one object: what a plan stores, and what inputs_schema speaks of.
  nlohmann::json object() const;
  /// The names of those, in order.
  std::vector<std::string> order() const;
  bool operator==(const BoundArguments&) const = default;
};

/// Something wrong with what was given. Several at once are reported together.
struct BindProblem {
  std::string argument;  ///< empty when it is about all of them
  std::string message;   ///< one line
  std::string hint;      ///< what to do about it; may be empty
  bool operator==(const BindProblem&) const = default;
};

/// `given`: an object of argument names to values, or null for none. Strict about types: "3" is no integer
/// (texts of a command line go through `arguments_from_text` first); 3.0 is one. A null counts as not given.
/// Errors: invalid_argument with all problems in the message, and in context["problems"] as
/// [{argument, message, hint}].
Result<BoundArguments> bind_arguments(const Action& action, const nlohmann::json& given);

/// What stands on a command line as the types want it: "3" as 3, "yes" not as true, "a,b" as a list. What
/// cannot be read stays text, so that `bind_arguments` complains of it.
nlohmann::json arguments_from_text(const Action& action, const std::map<std::string, std::string>& given);

/// The value as the argument's type has it (3.0 becomes 3); nothing when it is no such value.
std::optional<nlohmann::json> typed_value(const ActionArgument& argument, const nlohmann::json& value);
/// "a whole number", "one of debug, release": for messages.
std::string expected_value(const ActionArgument& argument);

struct RenderedAction {
  std::string description;
  std::string long_description;
  std::string definition_of_done;
  bool operator==(const RenderedAction&) const = default;
};

/// The three texts with the arguments in them: a text as it is, a list with ", " between its items, what has
/// no value as nothing. Errors: invalid_argument naming the field.
Result<RenderedAction> render(const Action& action, const BoundArguments& arguments);

}  // namespace pland::engine
