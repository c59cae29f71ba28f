// The generated JSON Schema against texts and against `parse`: both must say the same of a file.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "engine/planfile/action_document.h"
#include "engine/planfile/key_table.h"
#include "engine/planfile/plan_document.h"
#include "engine/planfile/profile_document.h"

using namespace pland::engine::planfile;
using Json = nlohmann::ordered_json;

namespace {

bool has_type(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  return false;
}

bool matches(const std::string& text, const Json& pattern) {
  return std::regex_search(text, std::regex(pattern.get<std::string>(), std::regex::ECMAScript));
}

/// A validator of the words of JSON Schema (draft 7) that the generator uses; any other word is a failure.
std::string violation(const Json& schema, const Json& value, const std::string& path = "$") {
  for (const auto& [word, rule] : schema.items()) {
    if (word == "$schema" || word == "title" || word == "description" || word == "definitions") continue;
    if (word == "$ref") {
      const Json root = json_schema(FileKind::plan);
      const Json::json_pointer place(rule.get<std::string>().substr(1));
      if (const std::string inner = violation(root.at(place), value, path); !inner.empty()) return inner;
    } else if (word == "type") {
      const Json types = rule.is_array() ? rule : Json::array({rule});
      const bool any =
          std::any_of(types.begin(), types.end(), [&](const Json& type) { return has_type(value, type); });
      if (!any) return path + ": type";
    } else if (word == "enum") {
      if (std::find(rule.begin(), rule.end(), value) == rule.end()) return path + ": enum";
    } else if (word == "pattern") {
      if (value.is_string() && !matches(value, rule)) return path + ": pattern";
    } else if (word == "minimum") {
      if (value.is_number() && value < rule) return path + ": minimum";
    } else if (word == "maximum") {
      if (value.is_number() && value > rule) return path + ": maximum";
    } else if (word == "exclusiveMinimum") {
      if (value.is_number() && value <= rule) return path + ": exclusiveMinimum";
    } else if (word == "minItems") {
      if (value.is_array() && value.size() < rule.get<std::size_t>()) return path + ": minItems";
    } else if (word == "minProperties") {
      if (value.is_object() && value.size() < rule.get<std::size_t>()) return path + ": minProperties";
    } else if (word == "maxProperties") {
      if (value.is_object() && value.size() > rule.get<std::size_t>()) return path + ": maxProperties";
    } else if (word == "required") {
      for (const auto& key : rule) {
        if (value.is_object() && !value.contains(key)) return path + ": required " + key.get<std::string>();
      }
    } else if (word == "items") {
      for (std::size_t i = 0; value.is_array() && i < value.size(); ++i) {
        const auto inner = violation(rule, value[i], path + "[" + std::to_string(i) + "]");
        if (!inner.empty()) return inner;
      }
    } else if (word == "properties" || word == "additionalProperties" || word == "propertyNames") {
      if (!value.is_object()) continue;
      for (const auto& [key, child] : value.items()) {
        const bool known = schema.contains("properties") && schema["properties"].contains(key);
        if (word == "propertyNames" && !matches(key, rule["pattern"])) return path + ": name " + key;
        if (word == "additionalProperties" && !known && rule == false) return path + ": unknown " + key;
        const Json* inner_schema = nullptr;
        if (word == "properties" && known) inner_schema = &rule[key];
        if (word == "additionalProperties" && !known && rule.is_object()) inner_schema = &rule;
        if (inner_schema == nullptr) continue;
        const auto inner = violation(*inner_schema, child, path + "." + key);
        if (!inner.empty()) return inner;
      }
    } else if (word == "oneOf") {
      const auto good = std::count_if(rule.begin(), rule.end(),
                                      [&](const Json& one) { return violation(one, value, path).empty(); });
      if (good != 1) return path + ": oneOf";
    } else if (word == "anyOf") {
      const bool any = std::any_of(rule.begin(), rule.end(),
                                   [&](const Json& one) { return violation(one, value, path).empty(); });
      if (!any) return path + ": anyOf";
    } else {
      return "the validator does not know the word " + word;
    }
  }
  return "";
}

// The example of the documentation, as JSON.
Json example() {
  return Json::parse(R"({
    "plan": "local/retire-old-logger", "goal": "Replace old_log with spdlog everywhere",
    "done": "- the build passes\n- no file includes old_log.h\n", "profile": "trusted",
    "invariants": ["public headers keep their signatures"], "projects": {"core": ".", "api": "../api"},
    "subplan_defaults": {"mode": "parallel", "max_parallel": 4, "merge": "git_three_way", "fail_fast": false,
                         "timeout": "10m", "idle_timeout": "2m", "retry_failed": true, "max_retries": 2},
    "setup": ["cp -n .env.example .env"],
    "subplans": [
      {"name": "net", "goal": "Move src/net to spdlog", "scope": ["src/net/**"], "run": "./tools/migrate.sh src/net",
       "check": "make -C src/net"},
      {"name": "docs", "after": ["net"], "goal": "Describe the new logger",
       "tools": [{"builtin/write_file": {"path": "docs/logging.md", "content": "..."}}]}]})");
}

}  // namespace

TEST_CASE("planfile schema: the documented example is valid, for the schema and for parse") {
  CHECK(violation(json_schema(FileKind::plan), example()) == "");
  CHECK(parse(example().dump()).spec.has_value());
}

TEST_CASE("planfile schema: what parse refuses the schema refuses, at the same place") {
  struct Mistake {
    std::string pointer;
    Json value;
    std::string where;
  };
  const std::vector<Mistake> mistakes{
      {"/gaol", "x", "$: unknown gaol"},
      {"/plan", "1st", "$.plan: pattern"},
      {"/plan", "local/1st", "$.plan: pattern"},
      {"/profile", "trustd", "$.profile: anyOf"},
      {"/setup", "make", "$.setup: type"},
      {"/projects/0", ".", "$.projects: name 0"},
      {"/subplan_defaults/max_parallel", 51, "$.subplan_defaults.max_parallel: maximum"},
      {"/subplan_defaults/max_parallel", "4", "$.subplan_defaults.max_parallel: type"},
      {"/subplan_defaults/timeout", "ten", "$.subplan_defaults.timeout: oneOf"},
      {"/subplan_defaults/timeout", 0, "$.subplan_defaults.timeout: oneOf"},
      {"/subplan_defaults/fail_fast", "yes", "$.subplan_defaults.fail_fast: type"},
      {"/subplans", Json::array(), "$.subplans: minItems"},
      {"/subplans/0/name", "a b", "$.subplans[0].name: pattern"},
      {"/subplans/0/scope/0", "../x", "$.subplans[0].scope[0]: pattern"},
      {"/subplans/0/scope/0", "/x", "$.subplans[0].scope[0]: pattern"},
      {"/subplans/0/scope/0", "a/..", "$.subplans[0].scope[0]: pattern"},
      {"/subplans/0/env", {{"A-B", "x"}}, "$.subplans[0].env: name A-B"},
      {"/subplans/0/agent", "bob", "$.subplans[0]: unknown agent"},
      {"/subplans/0/tools", Json::array({{{"builtin/list_files", Json::object()}}}), "$.subplans[0]: oneOf"},
      {"/subplans/1/tools/0",
       {{"builtin/nothing", Json::object()}},
       "$.subplans[1].tools[0]: unknown builtin/nothing"},
      {"/subplans/1/tools/0",
       {{"builtin/write_file", {{"path", "a"}}}},
       "$.subplans[1].tools[0].builtin/write_file: required content"},
  };
  for (const Mistake& mistake : mistakes) {
    CAPTURE(mistake.pointer);
    Json plan = example();
    plan[Json::json_pointer(mistake.pointer)] = mistake.value;
    CAPTURE(plan.dump());
    CHECK(violation(json_schema(FileKind::plan), plan) == mistake.where);
    CHECK_FALSE(parse(plan.dump()).spec.has_value());
  }
  for (const std::string key : {"plan", "subplans"}) {
    Json plan = example();
    plan.erase(key);
    CHECK(violation(json_schema(FileKind::plan), plan) == "$: required " + key);
    CHECK_FALSE(parse(plan.dump()).spec.has_value());
  }
  Json plan = example();
  plan["subplans"][0].erase("run");
  CHECK(violation(json_schema(FileKind::plan), plan) == "$.subplans[0]: oneOf");
  for (const std::string good : {"a..b/c", "..a", "a/...", ".github/**"}) {
    plan = example();
    plan["subplans"][0]["scope"] = Json::array({good});
    CHECK(violation(json_schema(FileKind::plan), plan) == "");
    CHECK(parse(plan.dump()).spec.has_value());
  }
}

TEST_CASE("planfile schema: an action and a profile, for the schema and for their readers") {
  const Json action = Json::parse(R"({
    "name": "local/port-module", "description": "Port {{ module }}", "strategy_actor": "local/strategist",
    "execution_actor": "anthropic/claude", "definition_of_done": "- it builds",
    "arguments": [{"name": "module", "type": "string", "required": true},
                  {"name": "level", "type": "choice", "values": ["a", "b"], "default": "a"}],
    "invariants": ["no new warnings", {"text": "it builds", "check": "make", "non_overridable": true}],
    "automation_profile": "team/careful", "safety_profile": {"max_retries_per_step": 1, "max_total_cost": 2.5},
    "reusable": true, "read_only": false, "state": "available", "inputs_schema": {"required": ["module"]}})");
  const Json profile = Json::parse(R"({
    "name": "team/careful", "meaning": "Ours", "thresholds": {"decompose_task": 0, "select_tool": 0.95},
    "safety": {"allowed_skill_categories": ["code"]},
    "guards": {"tool_denylist": ["builtin/*"], "max_tool_calls_per_step": 5, "require_approval_for_apply": true}})");
  CHECK(violation(json_schema(FileKind::action), action) == "");
  CHECK(parse_action(action.dump()).action.has_value());
  CHECK(violation(json_schema(FileKind::profile), profile) == "");
  CHECK(parse_profile(profile.dump()).profile.has_value());

  struct Mistake {
    std::string pointer;
    Json value;
    std::string where;
  };
  const std::vector<Mistake> of_actions{
      {"/nmae", "x", "$: unknown nmae"},
      {"/name", "1st", "$.name: pattern"},
      {"/strategy_actor", "a b", "$.strategy_actor: pattern"},
      {"/automation_profile", "trustd", "$.automation_profile: anyOf"},
      {"/arguments/0/type", "text", "$.arguments[0].type: enum"},
      {"/arguments/0/name", "a b", "$.arguments[0].name: pattern"},
      {"/arguments/0/defualt", 1, "$.arguments[0]: unknown defualt"},
      {"/arguments/0", "module", "$.arguments[0]: type"},
      {"/invariants/0", {{"check", "make"}}, "$.invariants[0]: anyOf"},
      {"/safety_profile/max_retries_per_step", 101, "$.safety_profile.max_retries_per_step: maximum"},
      {"/safety_profile/max_total_cost", 0, "$.safety_profile.max_total_cost: exclusiveMinimum"},
      {"/reusable", "yes", "$.reusable: type"},
      {"/state", "gone", "$.state: enum"},
      {"/inputs_schema", "x", "$.inputs_schema: type"},
  };
  for (const Mistake& mistake : of_actions) {
    CAPTURE(mistake.pointer);
    Json wrong = action;
    wrong[Json::json_pointer(mistake.pointer)] = mistake.value;
    CHECK(violation(json_schema(FileKind::action), wrong) == mistake.where);
    CHECK_FALSE(parse_action(wrong.dump()).action.has_value());
  }
  const std::vector<Mistake> of_profiles{
      {"/thresholds/select_tool", 1.01, "$.thresholds.select_tool: maximum"},
      {"/thresholds/select_tool", -0.01, "$.thresholds.select_tool: minimum"},
      {"/thresholds/select_tool", "0.5", "$.thresholds.select_tool: type"},
      {"/thresholds/select_tols", 1, "$.thresholds: unknown select_tols"},
      {"/guards/max_tool_calls_per_step", -1, "$.guards.max_tool_calls_per_step: minimum"},
      {"/guards/tool_denylist", "x", "$.guards.tool_denylist: type"},
      {"/safety/require_sandbox", 1, "$.safety.require_sandbox: type"},
      {"/meaning", Json::object(), "$.meaning: type"},
      {"/name", "team/1", "$.name: pattern"},
      {"/name", "careful", "$.name: pattern"},
  };
  for (const Mistake& mistake : of_profiles) {
    CAPTURE(mistake.pointer);
    Json wrong = profile;
    wrong[Json::json_pointer(mistake.pointer)] = mistake.value;
    CHECK(violation(json_schema(FileKind::profile), wrong) == mistake.where);
    CHECK_FALSE(parse_profile(wrong.dump()).profile.has_value());
  }
}

TEST_CASE("planfile schema: the committed copies are the generated ones") {
  for (const FileKind kind : {FileKind::plan, FileKind::action, FileKind::profile}) {
    const std::string name(to_string(kind));
    CAPTURE(name);
    std::ifstream file(std::string(PLAND_SOURCE_DIR) + "/editors/" + name + ".schema.json");
    std::stringstream text;
    text << file.rdbuf();
    // To renew it: `pland schema --of plan > editors/plan.schema.json`.
    CHECK((text.str() == json_schema(kind).dump(2) + "\n"));
  }
}

TEST_CASE("planfile key table: every key has help, and is found by its name") {
  for (const KeyInfo& key : key_table()) {
    CAPTURE(key.name);
    CHECK_FALSE(key.help.empty());
    CHECK(find_key(key.section, key.name) == &key);
    CHECK((key.type == ValueType::choice) == !key.choices.empty());
    if (key.type == ValueType::integer) CHECK(key.minimum < key.maximum);
    if (key.type == ValueType::mapping) CHECK(key.inner.has_value());
    CHECK(parse_section(to_string(key.section)) == key.section);
  }
  CHECK(find_key(Section::plan, "run") == nullptr);
}
