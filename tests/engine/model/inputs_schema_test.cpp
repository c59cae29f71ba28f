#include "engine/model/inputs_schema.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace pland::engine;
using nlohmann::json;

namespace {

struct Case {
  std::string schema;
  std::string path;     ///< joined with '/'
  std::string message;  ///< a part of it
  std::string nearest;
};

std::string joined_path(const SchemaProblem& problem) {
  std::string path;
  for (const std::string& step : problem.path) path += "/" + step;
  return path;
}

}  // namespace

TEST_CASE("inputs schema: what is wrong with a schema, and where") {
  const std::vector<Case> cases{
      {R"(3)", "", "a schema is a mapping", ""},
      {R"({"propertis": {}})", "/propertis", "no keyword", "properties"},
      {R"({"properties": {"a": {"typ": "string"}}})", "/properties/a/typ", "no keyword", "type"},
      {R"({"properties": {"a": {"type": "strng"}}})", "/properties/a/type", "must be one of", "string"},
      {R"({"type": ["string", "nul"]})", "/type/1", "must be one of", "null"},
      {R"({"properties": []})", "/properties", "must be a mapping", ""},
      {R"({"properties": {"a": "string"}})", "/properties/a", "a schema is a mapping", ""},
      {R"({"required": "a"})", "/required", "list of different names", ""},
      {R"({"required": ["a", "a"]})", "/required", "list of different names", ""},
      {R"({"required": [1]})", "/required", "list of different names", ""},
      {R"({"minimum": "1"})", "/minimum", "must be a number", ""},
      {R"({"multipleOf": 0})", "/multipleOf", "greater than 0", ""},
      {R"({"minLength": -1})", "/minLength", "from 0", ""},
      {R"({"maxItems": 1.5})", "/maxItems", "from 0", ""},
      {R"({"pattern": "("})", "/pattern", "no regular expression", ""},
      {R"({"patternProperties": {"[": {}}})", "/patternProperties/[", "no regular expression", ""},
      {R"({"enum": []})", "/enum", "at least one", ""},
      {R"({"allOf": []})", "/allOf", "list of schemas", ""},
      {R"({"allOf": [{"not": 1}]})", "/allOf/0/not", "a schema is a mapping", ""},
      {R"({"items": [{}, 1]})", "/items/1", "a schema is a mapping", ""},
      {R"({"uniqueItems": "yes"})", "/uniqueItems", "true or false", ""},
      {R"({"dependencies": {"a": [1]}})", "/dependencies/a", "list of names", ""},
      {R"({"$ref": "#"})", "/$ref", "references are not supported", ""},
      {R"({"properties": {"a": {"$ref": "http://x/y"}}})", "/properties/a/$ref", "not supported", ""},
      {R"({"title": 1})", "/title", "must be text", ""},
  };
  for (const Case& example : cases) {
    CAPTURE(example.schema);
    const auto problems = check_schema(json::parse(example.schema));
    REQUIRE(problems.size() == 1);
    CAPTURE(problems[0].message);
    CHECK(joined_path(problems[0]) == example.path);
    CHECK(problems[0].message.find(example.message) != std::string::npos);
    CHECK(problems[0].nearest == example.nearest);
  }
  CHECK(check_schema(json::parse(R"({"a": 1, "type": 2, "not": []})")).size() == 3);
  json deep = json::object();
  for (int i = 0; i < 5000; ++i) deep = json{{"not", deep}};
  CHECK(check_schema(deep).size() == 1);
  CHECK(check_schema({{"pattern", std::string(5000, '(')}}).size() == 1);
}

TEST_CASE("inputs schema: every keyword is known to the validator, and obeyed") {
  struct Kept {
    std::string schema;
    std::string good;
    std::string bad;
    std::string path;
  };
  const std::vector<Kept> cases{
      {R"({"type": "object"})", "{}", "1", ""},
      {R"({"type": ["null", "integer"]})", "1", "1.5", ""},
      {R"({"enum": [1, "a"]})", "\"a\"", "\"b\"", ""},
      {R"({"const": {"a": 1}})", R"({"a": 1})", R"({"a": 2})", ""},
      {R"({"multipleOf": 3})", "9", "10", ""},
      {R"({"maximum": 3})", "3", "4", ""},
      {R"({"exclusiveMaximum": 3})", "2", "3", ""},
      {R"({"minimum": 3})", "3", "2", ""},
      {R"({"exclusiveMinimum": 3})", "4", "3", ""},
      {R"({"properties": {"a": {"maxLength": 2}}})", R"({"a": "ab"})", R"({"a": "abc"})", "a"},
      {R"({"properties": {"a": {"minLength": 2}}})", R"({"a": "ab"})", R"({"a": "a"})", "a"},
      {R"({"properties": {"a": {"pattern": "^x"}}})", R"({"a": "xa"})", R"({"a": "ax"})", "a"},
      {R"({"properties": {"a": {"items": {"type": "string"}}}})", R"({"a": ["x"]})", R"({"a": ["x", 1]})",
       "a[1]"},
      {R"({"items": [{"type": "string"}], "additionalItems": false})", R"(["x"])", R"(["x", 1])", ""},
      {R"({"maxItems": 1})", "[1]", "[1, 2]", ""},
      {R"({"minItems": 1})", "[1]", "[]", ""},
      {R"({"uniqueItems": true})", "[1, 2]", "[1, 1]", ""},
      {R"({"contains": {"const": 1}})", "[2, 1]", "[2]", ""},
      {R"({"maxProperties": 1})", R"({"a": 1})", R"({"a": 1, "b": 1})", ""},
      {R"({"minProperties": 1})", R"({"a": 1})", "{}", ""},
      {R"({"required": ["a"]})", R"({"a": 1})", "{}", ""},
      {R"({"patternProperties": {"^a": {"type": "string"}}})", R"({"ab": ""})", R"({"ab": 1})", "ab"},
      {R"({"properties": {"a": {}}, "additionalProperties": false})", R"({"a": 1})", R"({"b": 1})", ""},
      {R"({"dependencies": {"a": ["b"]}})", R"({"a": 1, "b": 1})", R"({"a": 1})", ""},
      {R"({"propertyNames": {"maxLength": 1}})", R"({"a": 1})", R"({"ab": 1})", ""},
      {R"({"if": {"required": ["a"]}, "then": {"required": ["b"]}})", "{}", R"({"a": 1})", ""},
      {R"({"if": {"required": ["a"]}, "else": {"required": ["b"]}})", R"({"a": 1})", "{}", ""},
      {R"({"allOf": [{"minimum": 1}, {"maximum": 2}]})", "1", "3", ""},
      {R"({"anyOf": [{"maximum": 1}, {"minimum": 3}]})", "3", "2", ""},
      {R"({"oneOf": [{"maximum": 2}, {"minimum": 2}]})", "1", "2", ""},
      {R"({"not": {"const": 1}})", "2", "1", ""},
      {"false", "null", "null", "-"},
  };
  for (const Kept& example : cases) {
    CAPTURE(example.schema);
    const json schema = json::parse(example.schema);
    CHECK(check_schema(schema).empty());
    if (example.path != "-") CHECK(schema_violations(schema, json::parse(example.good)).empty());
    const auto violations = schema_violations(schema, json::parse(example.bad));
    REQUIRE_FALSE(violations.empty());
    CHECK_FALSE(violations.front().message.empty());
    if (example.path == "-") continue;
    CHECK(std::any_of(violations.begin(), violations.end(),
                      [&](const SchemaViolation& one) { return one.path == example.path; }));
  }
}
