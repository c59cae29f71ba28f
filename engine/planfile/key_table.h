// Every key a plan file may have: one table for checking, hints, hover, completion and the JSON Schema.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>
#include <vector>

namespace pland::engine::planfile {

enum class Section { plan, subplan_defaults, subplan, invariant, repair };
std::span<const Section> sections();
std::string_view to_string(Section section);
/// Where a key of that section stands, for messages: "a subplan".
std::string_view place_of(Section section);

enum class ValueType {
  text,
  namespaced_name,  ///< "[[server:]namespace/]name"
  plain_name,       ///< a subplan's name
  choice,           ///< one of KeyInfo::choices
  boolean,
  integer,   ///< KeyInfo::minimum to KeyInfo::maximum
  duration,  ///< "10m", "1h30m", "500ms" or plain seconds
  text_list,
  name_list,       ///< names of subplans
  path_list,       ///< globs inside the project
  folder_map,      ///< alias to folder
  environment,     ///< variable to text
  mapping,         ///< the section of the same name
  command_map,     ///< glob to shell command
  invariant_list,  ///< texts, or mappings of the section `invariant`
  subplan_list,
  tool_list,
};
/// "a whole number", "a list of texts" ...: for messages and hover.
std::string_view to_string(ValueType type);

struct KeyInfo {
  Section section;
  std::string_view name;
  ValueType type;
  bool required;
  std::string_view fallback;  ///< what holds when it is absent, as one would write it; empty: nothing
  std::string_view help;      ///< one line
  std::span<const std::string_view> choices = {};
  int minimum = 0;
  int maximum = 0;
  bool reserved = false;  ///< known to the design, not supported in this version
};

std::span<const KeyInfo> key_table();
/// Null when the section has no such key.
const KeyInfo* find_key(Section section, std::string_view name);
/// Names of the supported keys of a section, in table order.
std::vector<std::string_view> key_names(Section section);

/// JSON Schema (draft 7) of a plan file, generated from the table.
nlohmann::ordered_json json_schema();

}  // namespace pland::engine::planfile
