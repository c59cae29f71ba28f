#include "engine/model/action_arguments.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>

#include "engine/base/nearest_name.h"
#include "engine/base/words.h"
#include "engine/model/inputs_schema.h"
#include "engine/model/text_template.h"

namespace pland::engine {
namespace {

using nlohmann::json;

std::string shown(const json& value) {
  return value.is_string() ? in_quotes(value.get_ref<const std::string&>())
                           : in_quotes(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

std::vector<std::string_view> names_of(const Action& action) {
  std::vector<std::string_view> names;
  for (const ActionArgument& argument : action.arguments) names.push_back(argument.name);
  return names;
}

std::optional<json> whole(const json& value) {
  if (value.is_number_integer()) {
    // Beyond 63 bits nothing else in the engine could hold it.
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) {
      return std::nullopt;
    }
    return value.get<std::int64_t>();
  }
  if (!value.is_number_float()) return std::nullopt;
  const double number = value.get<double>();
  constexpr double kExact = 9007199254740992.0;  // 2^53: beyond it a double may stand for its neighbour
  if (std::trunc(number) != number || std::abs(number) > kExact) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

/// The whole text as a number; nothing when anything is left over.
template <typename T>
std::optional<T> number_in(const std::string& text) {
  T number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

json from_text(const ActionArgument& argument, const std::string& text) {
  switch (argument.type) {
    case ArgumentType::string:
    case ArgumentType::choice:
      return text;
    case ArgumentType::integer:
      if (const auto number = number_in<std::int64_t>(text)) return *number;
      return text;
    case ArgumentType::number:
      if (const auto number = number_in<double>(text); number && std::isfinite(*number)) return *number;
      return text;
    case ArgumentType::boolean:
      if (text == "true" || text == "false") return text == "true";
      return text;
    case ArgumentType::list: {
      json items = json::array();
      for (std::size_t begin = 0; !text.empty() && begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        items.push_back(text.substr(begin, end - begin));
        begin = end + 1;
      }
      return items;
    }
  }
  return text;
}

std::string text_of(const json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::string items;
  for (const json& item : value) items += (items.empty() ? "" : ", ") + text_of(item);
  return items;
}

void check_inputs(const Action& action, const BoundArguments& bound, std::vector<BindProblem>& problems) {
  if (action.inputs_schema.is_null()) return;
  if (const auto wrong = check_schema(action.inputs_schema); !wrong.empty()) {
    problems.push_back(
        {"", "the action's inputs_schema is wrong: " + wrong.front().message, wrong.front().hint});
    return;
  }
  for (const SchemaViolation& violation : schema_violations(action.inputs_schema, bound.object())) {
    const std::string argument = violation.path.substr(0, violation.path.find('['));
    const std::string place = violation.path.empty() ? "the arguments" : in_quotes(violation.path);
    problems.push_back({argument, place + ": " + violation.message, "the action's inputs_schema says so"});
  }
}

Error to_error(const Action& action, const std::vector<BindProblem>& problems) {
  Error error{ErrorCode::invalid_argument, "arguments of " + in_quotes(action.name) + ": "};
  error.context["problems"] = json::array();
  for (std::size_t i = 0; i < problems.size(); ++i) {
    const BindProblem& problem = problems[i];
    error.message += (i == 0 ? "" : "; ") + problem.message;
    if (!problem.hint.empty()) error.message += " (" + problem.hint + ")";
    error.context["problems"].push_back(
        {{"argument", problem.argument}, {"message", problem.message}, {"hint", problem.hint}});
  }
  return error;
}

}  // namespace

json BoundArguments::object() const {
  json result = json::object();
  for (const auto& [name, value] : values) {
    if (!value.is_null()) result[name] = value;
  }
  return result;
}

std::vector<std::string> BoundArguments::order() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : values) {
    if (!value.is_null()) names.push_back(name);
  }
  return names;
}

std::optional<json> typed_value(const ActionArgument& argument, const json& value) {
  switch (argument.type) {
    case ArgumentType::string:
      return value.is_string() ? std::optional(value) : std::nullopt;
    case ArgumentType::integer:
      return whole(value);
    case ArgumentType::number:
      return value.is_number() && std::isfinite(value.get<double>()) ? std::optional(value) : std::nullopt;
    case ArgumentType::boolean:
      return value.is_boolean() ? std::optional(value) : std::nullopt;
    case ArgumentType::list:
      return value.is_array() && std::all_of(value.begin(), value.end(),
                                             [](const json& item) { return item.is_string(); })
                 ? std::optional(value)
                 : std::nullopt;
    case ArgumentType::choice: {
      const auto* word = value.get_ptr<const std::string*>();
      const bool known = word != nullptr && std::find(argument.values.begin(), argument.values.end(),
                                                      *word) != argument.values.end();
      return known ? std::optional(value) : std::nullopt;
    }
  }
  return std::nullopt;
}

std::string expected_value(const ActionArgument& argument) {
  switch (argument.type) {
    case ArgumentType::string:
      return "text";
    case ArgumentType::integer:
      return "a whole number";
    case ArgumentType::number:
      return "a number";
    case ArgumentType::boolean:
      return "true or false";
    case ArgumentType::list:
      return "a list of texts";
    case ArgumentType::choice: {
      const std::vector<std::string_view> words(argument.values.begin(), argument.values.end());
      return "one of " + joined(words);
    }
  }
  return "?";
}

Result<BoundArguments> bind_arguments(const Action& action, const json& given) {
  std::vector<BindProblem> problems;
  if (!given.is_object() && !given.is_null()) {
    problems.push_back({"", "they must be an object of names to values, not " + shown(given), ""});
    return to_error(action, problems);
  }
  const auto names = names_of(action);
  for (const auto& [name, value] : given.items()) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::string_view nearest = nearest_name(name, names);
    const std::string known = names.empty() ? "it takes none" : "it takes: " + joined(names);
    problems.push_back(
        {name, "there is no argument " + in_quotes(name), nearest.empty() ? known : did_you_mean(nearest)});
  }
  BoundArguments bound;
  for (const ActionArgument& argument : action.arguments) {
    auto& [name, value] = bound.values.emplace_back(argument.name, nullptr);
    const bool is_given = given.contains(argument.name) && !given.at(argument.name).is_null();
    if (!is_given) {
      if (argument.fallback) value = *argument.fallback;
      if (argument.required) {
        problems.push_back(
            {name, in_quotes(name) + " is missing: " + expected_value(argument), argument.description});
      }
      continue;
    }
    if (auto typed = typed_value(argument, given.at(argument.name))) {
      value = *std::move(typed);
    } else {
      std::string hint;
      if (const auto* word = given.at(argument.name).get_ptr<const std::string*>()) {
        const std::vector<std::string_view> choices(argument.values.begin(), argument.values.end());
        const std::string_view nearest = nearest_name(*word, choices);
        if (!nearest.empty()) hint = did_you_mean(nearest);
      }
      problems.push_back({name,
                          in_quotes(name) + " must be " + expected_value(argument) + ", not " +
                              shown(given.at(argument.name)),
                          std::move(hint)});
    }
  }
  // A schema that speaks of values that are missing or wrong would say the same again.
  if (problems.empty()) check_inputs(action, bound, problems);
  if (!problems.empty()) return to_error(action, problems);
  return bound;
}

json arguments_from_text(const Action& action, const std::map<std::string, std::string>& given) {
  json result = json::object();
  for (const auto& [name, text] : given) {
    const auto argument =
        std::find_if(action.arguments.begin(), action.arguments.end(),
                     [&name = name](const ActionArgument& one) { return one.name == name; });
    result[name] = argument == action.arguments.end() ? json(text) : from_text(*argument, text);
  }
  return result;
}

Result<RenderedAction> render(const Action& action, const BoundArguments& arguments) {
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& [name, value] : arguments.values) values.emplace_back(name, text_of(value));
  const auto field = [&](std::string_view name, const std::string& text) -> Result<std::string> {
    auto rendered = render(text, values);
    if (!rendered.ok()) return with_context(rendered.error(), name);
    return rendered;
  };
  RenderedAction result;
  PLAND_TRY(result.description, field("description", action.description));
  PLAND_TRY(result.long_description, field("long_description", action.long_description));
  PLAND_TRY(result.definition_of_done, field("definition_of_done", action.definition_of_done));
  return result;
}

}  // namespace pland::engine
