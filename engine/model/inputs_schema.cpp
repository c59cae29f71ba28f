#include "engine/model/inputs_schema.h"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <set>
#include <string_view>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "engine/base/nearest_name.h"
#include "engine/base/words.h"

namespace pland::engine {
namespace {

using nlohmann::json;
using Path = std::vector<std::string>;

/// What stands behind a keyword.
enum class Holds {
  anything,
  text,
  boolean,
  number,
  positive_number,
  count,
  pattern,
  types,
  values,  ///< of enum
  names,   ///< distinct texts
  schema,
  schema_list,
  schema_or_list,
  schema_map,
  pattern_map,   ///< regular expression to schema
  dependencies,  ///< name to names, or to a schema
};

struct Keyword {
  std::string_view name;
  Holds holds;
};

// JSON Schema draft 7, "Validation" 6 to 10 and "Core" 8 and 9, without $ref.
constexpr std::array<Keyword, 44> kKeywords{{
    {"$schema", Holds::text},
    {"$id", Holds::text},
    {"$comment", Holds::text},
    {"title", Holds::text},
    {"description", Holds::text},
    {"default", Holds::anything},
    {"examples", Holds::anything},
    {"readOnly", Holds::boolean},
    {"writeOnly", Holds::boolean},
    {"definitions", Holds::schema_map},
    {"type", Holds::types},
    {"enum", Holds::values},
    {"const", Holds::anything},
    {"multipleOf", Holds::positive_number},
    {"maximum", Holds::number},
    {"exclusiveMaximum", Holds::number},
    {"minimum", Holds::number},
    {"exclusiveMinimum", Holds::number},
    {"maxLength", Holds::count},
    {"minLength", Holds::count},
    {"pattern", Holds::pattern},
    {"format", Holds::text},
    {"items", Holds::schema_or_list},
    {"additionalItems", Holds::schema},
    {"maxItems", Holds::count},
    {"minItems", Holds::count},
    {"uniqueItems", Holds::boolean},
    {"contains", Holds::schema},
    {"maxProperties", Holds::count},
    {"minProperties", Holds::count},
    {"required", Holds::names},
    {"properties", Holds::schema_map},
    {"patternProperties", Holds::pattern_map},
    {"additionalProperties", Holds::schema},
    {"dependencies", Holds::dependencies},
    {"propertyNames", Holds::schema},
    {"if", Holds::schema},
    {"then", Holds::schema},
    {"else", Holds::schema},
    {"allOf", Holds::schema_list},
    {"anyOf", Holds::schema_list},
    {"oneOf", Holds::schema_list},
    {"not", Holds::schema},
    {"contentMediaType", Holds::text},
}};
constexpr std::array<std::string_view, 7> kTypes{"null",   "boolean", "object", "array",
                                                 "number", "string",  "integer"};
constexpr std::size_t kLongestPattern = 256;
constexpr std::size_t kDeepest = 32;

class Checker {
 public:
  std::vector<SchemaProblem> check(const json& schema) {
    check_one(schema, {});
    return std::move(problems_);
  }

 private:
  void complain(Path path, std::string message, std::string hint = {}) {
    problems_.push_back({std::move(path), false, std::move(message), std::move(hint), {}});
  }

  static Path below(Path path, std::string step) {
    path.push_back(std::move(step));
    return path;
  }

  void check_one(const json& schema, const Path& path) {
    if (schema.is_boolean()) return;
    if (!schema.is_object()) {
      complain(path, "a schema is a mapping, or true or false", "write `{type: string}`");
      return;
    }
    if (path.size() > kDeepest) {
      complain(path, "schemas are nested deeper than " + std::to_string(kDeepest));
      return;
    }
    for (const auto& [name, value] : schema.items()) check_keyword(name, value, below(path, name));
  }

  void check_keyword(const std::string& name, const json& value, const Path& path) {
    for (const Keyword& keyword : kKeywords) {
      if (keyword.name == name) return check_value(keyword, value, path);
    }
    SchemaProblem problem{path, true, in_quotes(name) + " is no keyword of JSON Schema (draft 7)", "", ""};
    if (name == "$ref") {
      problem.message = "references are not supported";
      problem.hint = "write the schema out where it is used";
    } else {
      std::vector<std::string_view> names;
      for (const Keyword& keyword : kKeywords) names.push_back(keyword.name);
      problem.nearest = nearest_name(name, names);
      problem.hint =
          problem.nearest.empty() ? "arguments go into `properties`" : did_you_mean(problem.nearest);
    }
    problems_.push_back(std::move(problem));
  }

  void check_value(const Keyword& keyword, const json& value, const Path& path) {
    const auto demand = [&](bool good, std::string_view expected) {
      if (!good) complain(path, in_quotes(keyword.name) + " must be " + std::string(expected));
      return good;
    };
    switch (keyword.holds) {
      case Holds::anything:
        return;
      case Holds::text:
        demand(value.is_string(), "text");
        return;
      case Holds::boolean:
        demand(value.is_boolean(), "true or false");
        return;
      case Holds::number:
        demand(value.is_number(), "a number");
        return;
      case Holds::positive_number:
        demand(value.is_number() && value.get<double>() > 0, "a number greater than 0");
        return;
      case Holds::count:
        demand(value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() >= 0),
               "a whole number from 0");
        return;
      case Holds::pattern:
        if (demand(value.is_string(), "text")) check_pattern(value.get<std::string>(), path);
        return;
      case Holds::types:
        return check_types(value, path);
      case Holds::values:
        demand(value.is_array() && !value.empty(), "a list with at least one value");
        return;
      case Holds::names:
        demand(is_names(value), "a list of different names");
        return;
      case Holds::schema:
        return check_one(value, path);
      case Holds::schema_or_list:
        return value.is_array() ? check_list(value, path) : check_one(value, path);
      case Holds::schema_list:
        if (demand(value.is_array() && !value.empty(), "a list of schemas")) check_list(value, path);
        return;
      case Holds::schema_map:
      case Holds::pattern_map:
      case Holds::dependencies:
        if (demand(value.is_object(), "a mapping")) check_map(keyword.holds, value, path);
        return;
    }
  }

  void check_list(const json& list, const Path& path) {
    for (std::size_t i = 0; i < list.size(); ++i) check_one(list[i], below(path, std::to_string(i)));
  }

  void check_map(Holds holds, const json& map, const Path& path) {
    for (const auto& [name, value] : map.items()) {
      const Path here = below(path, name);
      if (holds == Holds::pattern_map) check_pattern(name, here);
      if (holds == Holds::dependencies && value.is_array()) {
        if (!is_names(value)) complain(here, "what " + in_quotes(name) + " needs is a list of names");
        continue;
      }
      check_one(value, here);
    }
  }

  void check_pattern(const std::string& pattern, const Path& path) {
    if (pattern.size() > kLongestPattern) {
      complain(path, "the regular expression is longer than " + std::to_string(kLongestPattern) + " bytes");
      return;
    }
    try {
      const std::regex compiled(pattern);
    } catch (const std::regex_error&) {
      complain(path, in_quotes(pattern) + " is no regular expression",
               "ECMAScript's grammar is the one used");
    }
  }

  void check_types(const json& value, const Path& path) {
    if (value.is_array() && !value.empty()) {
      for (std::size_t i = 0; i < value.size(); ++i) check_type(value[i], below(path, std::to_string(i)));
    } else {
      check_type(value, path);
    }
  }

  void check_type(const json& value, const Path& path) {
    const auto* name = value.get_ptr<const std::string*>();
    if (name != nullptr && std::find(kTypes.begin(), kTypes.end(), *name) != kTypes.end()) return;
    const std::string_view nearest = name != nullptr ? nearest_name(*name, kTypes) : std::string_view();
    problems_.push_back({path, false, "'type' must be one of " + joined(kTypes),
                         nearest.empty() ? "" : did_you_mean(nearest), std::string(nearest)});
  }

  static bool is_names(const json& value) {
    if (!value.is_array()) return false;
    std::set<std::string> seen;
    for (const json& name : value) {
      if (!name.is_string() || !seen.insert(name.get<std::string>()).second) return false;
    }
    return true;
  }

  std::vector<SchemaProblem> problems_;
};

/// The first text that is too long for a regular expression.
std::optional<SchemaViolation> too_long(const json& value, const std::string& path) {
  if (const auto* text = value.get_ptr<const std::string*>();
      text != nullptr && text->size() > longest_schema_text) {
    return SchemaViolation{path, "longer than " + std::to_string(longest_schema_text) +
                                     " bytes, which inputs_schema cannot check"};
  }
  for (const auto& [key, inner] : value.items()) {
    if (!inner.is_structured() && !inner.is_string()) continue;
    const std::string here = value.is_array() ? path + "[" + key + "]"
                             : path.empty()   ? key
                                              : path + "." + key;
    if (inner.is_string() ? inner.get_ref<const std::string&>().size() > longest_schema_text : true) {
      if (auto found = too_long(inner, here)) return found;
    }
  }
  return std::nullopt;
}

/// "<root>[files][2]" as "files[2]".
std::string path_of(const std::vector<std::string>& context) {
  std::string path;
  for (std::size_t i = 1; i < context.size(); ++i) {
    std::string_view step = context[i];
    if (step.starts_with('[') && step.ends_with(']')) step = step.substr(1, step.size() - 2);
    const bool index = !step.empty() && step.find_first_not_of("0123456789") == std::string_view::npos;
    if (index) {
      path += "[" + std::string(step) + "]";
    } else {
      path += (path.empty() ? "" : ".") + std::string(step);
    }
  }
  return path;
}

}  // namespace

std::vector<SchemaProblem> check_schema(const json& schema) {
  return Checker().check(schema);
}

std::vector<SchemaViolation> schema_violations(const json& schema, const json& value) {
  if (auto found = too_long(value, "")) return {*std::move(found)};
  try {
    valijson::Schema parsed;
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(schema), parsed);
    valijson::Validator validator;
    valijson::ValidationResults results;
    const bool good = validator.validate(parsed, valijson::adapters::NlohmannJsonAdapter(value), &results);
    std::vector<SchemaViolation> violations;
    for (const auto& error : results) violations.push_back({path_of(error.context), error.description});
    // Of `propertyNames` valijson 1.0 says no, but not why.
    if (!good && violations.empty()) violations.push_back({"", "it does not keep to inputs_schema"});
    return violations;
  } catch (const std::exception& problem) {  // of valijson and of <regex>: what check_schema did not foresee
    return {{"", std::string("inputs_schema cannot be used: ") + problem.what()}};
  }
}

}  // namespace pland::engine
