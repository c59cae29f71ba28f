#include <nlohmann/json.hpp>

#include "engine/actor/tool_table.h"
#include "engine/model/profile.h"
#include "engine/planfile/key_table.h"

namespace pland::engine::planfile {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kName = "[a-zA-Z][a-zA-Z0-9_-]*";
constexpr std::string_view kDuration =
    R"(^([0-9]+(\.[0-9]+)?|([0-9]+(\.[0-9]+)?d)?([0-9]+(\.[0-9]+)?h)?([0-9]+(\.[0-9]+)?m)?)"
    R"(([0-9]+(\.[0-9]+)?s)?([0-9]+(\.[0-9]+)?ms)?)$)";
// Relative, and without a ".." between slashes.
constexpr std::string_view kInside = R"(^(?!/)(?!(.*/)?\.\.(/|$)).+$)";

Json scalar() {
  return {{"type", Json::array({"string", "number", "boolean"})}};
}
Json list_of(Json items) {
  return {{"type", Json::array({"array", "null"})}, {"items", std::move(items)}};
}
Json anchored(std::string_view pattern) {
  return {{"type", "string"}, {"pattern", "^" + std::string(pattern) + "$"}};
}

/// A name with a namespace before it, which `optional` ("?") may leave out.
std::string namespaced_pattern(std::string_view optional) {
  const std::string name(kName);
  return "((" + name + ":)?" + name + "/)" + std::string(optional) + name;
}

Json section_schema(Section section);

Json tool_call() {
  Json properties = Json::object();
  for (const ToolDescription& tool : tool_table()) {
    Json schema = input_schema(tool);
    schema["description"] = tool.description;
    properties[tool.name] = std::move(schema);
  }
  return {{"type", "object"},
          {"additionalProperties", false},
          {"minProperties", 1},
          {"maxProperties", 1},
          {"properties", std::move(properties)}};
}

Json type_schema(const KeyInfo& key) {
  switch (key.type) {
    case ValueType::text:
      return scalar();
    case ValueType::namespaced_name:
    case ValueType::reference:
      return anchored(namespaced_pattern("?"));
    case ValueType::full_name:
      return anchored(namespaced_pattern(""));
    case ValueType::profile_name: {
      Json words = Json::array();
      for (const AutomationProfile& profile : built_in_profiles()) words.push_back(profile.name);
      return {{"anyOf", Json::array({{{"enum", std::move(words)}}, anchored(namespaced_pattern(""))})}};
    }
    case ValueType::fraction:
      return {{"type", "number"}, {"minimum", 0}, {"maximum", 1}};
    case ValueType::amount:
      return {{"type", "number"}, {"exclusiveMinimum", 0}};
    case ValueType::any:
      return Json::object();
    case ValueType::argument_list:
      return list_of(section_schema(*key.inner));
    case ValueType::invariant_list:
      return list_of({{"anyOf", Json::array({scalar(), section_schema(*key.inner)})}});
    case ValueType::schema:
      return {{"type", Json::array({"object", "boolean"})}};
    case ValueType::plain_name:
      return anchored(kName);
    case ValueType::choice: {
      Json words = Json::array();
      for (const std::string_view word : key.choices) words.push_back(word);
      return {{"enum", std::move(words)}};
    }
    case ValueType::boolean:
      return {{"type", "boolean"}};
    case ValueType::integer:
      return {{"type", "integer"}, {"minimum", key.minimum}, {"maximum", key.maximum}};
    case ValueType::duration:
      return {{"oneOf", Json::array({{{"type", "number"}, {"exclusiveMinimum", 0}},
                                     {{"type", "string"}, {"pattern", kDuration}}})}};
    case ValueType::text_list:
      return list_of(scalar());
    case ValueType::name_list:
      return list_of(anchored(kName));
    case ValueType::path_list:
      return list_of({{"type", "string"}, {"pattern", kInside}});
    case ValueType::folder_map:
      return {{"type", Json::array({"object", "null"})},
              {"propertyNames", {{"pattern", "^" + std::string(kName) + "$"}}},
              {"additionalProperties", scalar()}};
    case ValueType::environment:
      return {{"type", Json::array({"object", "null"})},
              {"propertyNames", {{"pattern", "^[A-Za-z_][A-Za-z0-9_]*$"}}},
              {"additionalProperties", scalar()}};
    case ValueType::mapping:
      return section_schema(*key.inner);
    case ValueType::command_map:
      return {{"type", Json::array({"object", "null"})},
              {"propertyNames", {{"pattern", kInside}}},
              {"additionalProperties", {{"type", "string"}}}};
    case ValueType::subplan_list:
      return {{"type", "array"}, {"minItems", 1}, {"items", {{"$ref", "#/definitions/subplan"}}}};
    case ValueType::tool_list:
      return {{"type", "array"}, {"minItems", 1}, {"items", tool_call()}};
  }
  return Json::object();
}

Json section_schema(Section section) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const KeyInfo& key : key_table()) {
    if (key.section != section || key.reserved) continue;
    Json schema = type_schema(key);
    std::string help(key.help);
    if (!key.fallback.empty()) help += " Default: " + std::string(key.fallback);
    schema["description"] = std::move(help);
    properties[key.name] = std::move(schema);
    if (key.required) required.push_back(key.name);
  }
  Json result = {{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
  if (!required.empty()) result["required"] = std::move(required);
  return result;
}

}  // namespace

nlohmann::ordered_json json_schema(FileKind kind) {
  const std::string article = kind == FileKind::action ? "An " : "A ";
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"title", article + std::string(to_string(kind)) + " of pland"}};
  schema.update(section_schema(sections(kind).front()));
  if (kind == FileKind::plan) {
    Json entry = section_schema(Section::subplan);
    entry["oneOf"] =
        Json::array({{{"required", {"run"}}}, {{"required", {"tools"}}}, {{"required", {"subplans"}}}});
    schema["definitions"] = {{"subplan", std::move(entry)}};
  }
  return schema;
}

}  // namespace pland::engine::planfile
