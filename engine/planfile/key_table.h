// Every key that plan, action and profile files may have: one table for checking, hints, hover, completion
// and the JSON Schema.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/planfile/document.h"

namespace pland::engine::planfile {

enum class Section {
  plan,
  subplan_defaults,
  subplan,
  action,
  argument,
  invariant,  ///< of a plan or an action
  repair,
  safety,  ///< of an action or a profile
  profile,
  thresholds,
  guards,
};
std::string_view to_string(Section section);
/// Nothing when it is the name of none.
std::optional<Section> parse_section(std::string_view name);
/// Those of one kind of file, the file itself first.
std::span<const Section> sections(FileKind kind);
/// The key whose value names the plan, the action, the profile.
std::string_view name_key(FileKind kind);
/// Where its keys go, in words: "the plan itself", "`guards`".
std::string_view place_in_words(Section section);

enum class ValueType {
  text,
  namespaced_name,  ///< "[[server:]namespace/]name"
  plain_name,       ///< a subplan's name
  choice,           ///< one of KeyInfo::choices
  boolean,
  integer,   ///< KeyInfo::minimum to KeyInfo::maximum
  duration,  ///< "10m", "1h30m", "500ms" or plain seconds
  text_list,
  name_list,    ///< names of subplans
  path_list,    ///< globs inside the project
  folder_map,   ///< alias to folder
  environment,  ///< variable to text
  mapping,      ///< a section of its own
  command_map,  ///< glob to shell command
  subplan_list,
  tool_list,
  full_name,     ///< "[server:]namespace/name": a profile of one's own
  reference,     ///< the namespaced name of something that may be ours or a provider's
  profile_name,  ///< a built-in automation profile, or a custom one with its namespace
  fraction,      ///< 0 to 1
  amount,        ///< a number greater than 0
  any,           ///< whatever fits: an argument's default
  argument_list,
  invariant_list,
  schema,
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
  bool reserved = false;                        ///< known to the design, not supported in this version
  std::optional<Section> inner = std::nullopt;  ///< of a mapping, or of each item of a list
};

std::span<const KeyInfo> key_table();
/// Null when the section has no such key.
const KeyInfo* find_key(Section section, std::string_view name);
/// Names of the supported keys of a section, in table order.
std::vector<std::string_view> key_names(Section section);

/// The rows of action and profile files, for the table.
std::span<const KeyInfo> action_keys();
std::span<const KeyInfo> profile_keys();

/// JSON Schema (draft 7) of a kind of file, generated from the table.
nlohmann::ordered_json json_schema(FileKind kind);

}  // namespace pland::engine::planfile
