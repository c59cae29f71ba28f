#include "engine/planfile/key_table.h"

#include <array>

namespace pland::engine::planfile {
namespace {

constexpr std::array<std::string_view, 2> kModes{"sequential", "parallel"};
constexpr std::array<std::string_view, 4> kMerges{"git_three_way", "sequential_apply", "fail_on_conflict",
                                                  "last_wins"};
using enum Section;
using enum ValueType;

// One row a key; `help` is what hover shows and the schema describes.
constexpr std::array kKeys{
    KeyInfo{plan, "plan", namespaced_name, true, "", "Name of the plan: [[server:]namespace/]name."},
    KeyInfo{plan, "goal", text, false, "", "What the plan is to achieve, in words."},
    KeyInfo{plan, "done", text, false, "", "Definition of done: how a person sees that the goal is reached."},
    KeyInfo{plan, "profile", ValueType::profile_name, false,
            "that of the project or the machine, else supervised",
            "Automation profile: which steps run without a human."},
    KeyInfo{plan,
            "invariants",
            ValueType::invariant_list,
            false,
            "[]",
            "What must stay true, in words or as `{text, check}`; each becomes a decision.",
            {},
            0,
            0,
            false,
            invariant},
    KeyInfo{plan, "projects", folder_map, false, "{root: <the repository of this file>}",
            "Alias to folder, relative to this file."},
    KeyInfo{plan,
            "subplan_defaults",
            mapping,
            false,
            "{}",
            "How the subplans are scheduled, merged and retried.",
            {},
            0,
            0,
            false,
            subplan_defaults},
    KeyInfo{plan, "setup", text_list, false, "[]",
            "Shell commands run once in every sandbox, before the first attempt."},
    KeyInfo{plan,
            "subplans",
            subplan_list,
            true,
            "",
            "The subplans: each works in its own isolated copy.",
            {},
            0,
            0,
            false,
            subplan},

    KeyInfo{plan, "regenerate", command_map, false, "{}",
            "Globs of lockfiles to the shell command that makes them anew where results differ."},
    KeyInfo{plan, "opaque", path_list, false, "[]",
            "Globs of files that cannot be merged: subplans whose scopes share one take turns."},
    KeyInfo{plan,
            "max_child_depth",
            integer,
            false,
            "5",
            "Levels of plans, this one included; 1: no children at all.",
            {},
            1,
            20},

    KeyInfo{repair, "run", text, true, "",
            "Shell command that mends the sandbox of a failed attempt; it gets the failure in PLAND_* "
            "variables."},
    KeyInfo{repair, "max_tries", integer, false, "1", "How often it may mend one subplan.", {}, 1, 20},

    KeyInfo{subplan_defaults, "mode", choice, false, "parallel", "Whether subplans may run at the same time.",
            kModes},
    KeyInfo{subplan_defaults,
            "max_parallel",
            integer,
            false,
            "5",
            "How many subplans run at once, at most.",
            {},
            1,
            50},
    KeyInfo{subplan_defaults, "merge", choice, false, "git_three_way", "How results are put together.",
            kMerges},
    KeyInfo{subplan_defaults, "fail_fast", boolean, false, "false",
            "Cancel the others as soon as one subplan has failed."},
    KeyInfo{subplan_defaults, "timeout", duration, false, "",
            "Wall-clock limit of a subplan's work; no limit when absent."},
    KeyInfo{subplan_defaults, "idle_timeout", duration, false, "",
            "Limit without any output; no limit when absent."},
    KeyInfo{subplan_defaults, "retry_failed", boolean, false, "true", "Try a failed subplan again."},
    KeyInfo{
        subplan_defaults,
        "max_retries",
        integer,
        false,
        "2",
        "Attempts in all: a failed attempt with this number is the last one; 0 and 1 mean a single attempt.",
        {},
        0,
        100},

    KeyInfo{subplan, "name", plain_name, true, "", "Name of the subplan, unique in this plan."},
    KeyInfo{subplan, "goal", text, false, "", "What this subplan is to achieve; its definition of done."},
    KeyInfo{subplan, "scope", path_list, false, "[]",
            "Globs of the paths it means to write; a write outside is reported."},
    KeyInfo{subplan, "after", name_list, false, "[]",
            "Subplans that must have succeeded before this one starts."},
    KeyInfo{subplan, "run", text, false, "", "The work: a shell command, run at the top of the sandbox."},
    KeyInfo{subplan, "check", text, false, "",
            "Validation: the subplan succeeds only if this shell command passes."},
    KeyInfo{subplan, "tools", tool_list, false, "[]", "The work: built-in tools called one after another."},
    KeyInfo{subplan, "env", environment, false, "{}", "Environment variables added for the commands."},
    KeyInfo{subplan, "timeout", duration, false, "",
            "Wall-clock limit of this subplan; overrides the default."},
    KeyInfo{subplan, "idle_timeout", duration, false, "", "Limit without any output; overrides the default."},
    KeyInfo{
        subplan, "max_retries", integer, false, "", "Attempts in all; overrides the default.", {}, 0, 100},
    KeyInfo{subplan,
            "repair",
            mapping,
            false,
            "",
            "Who mends a failed attempt: `{run: <command>, max_tries: 1}`.",
            {},
            0,
            0,
            false,
            repair},
    KeyInfo{subplan,
            "subplans",
            subplan_list,
            false,
            "[]",
            "The work: subplans of its own. Their merged result is its result.",
            {},
            0,
            0,
            false,
            subplan},
    KeyInfo{subplan,
            "subplan_defaults",
            mapping,
            false,
            "",
            "How its own subplans are scheduled; without it as those beside it.",
            {},
            0,
            0,
            false,
            subplan_defaults},
    KeyInfo{subplan, "agent", text, false, "", "An agent that does the work.", {}, 0, 0, true},
};

struct SectionRow {
  Section section;
  std::string_view name;
  std::string_view place;
};
constexpr std::array kSections{
    SectionRow{plan, "plan", "the plan itself"},
    SectionRow{subplan_defaults, "subplan_defaults", "`subplan_defaults`"},
    SectionRow{subplan, "subplan", "a subplan"},
    SectionRow{action, "action", "the action itself"},
    SectionRow{argument, "argument", "an argument"},
    SectionRow{invariant, "invariant", "an invariant"},
    SectionRow{repair, "repair", "`repair`"},
    SectionRow{safety, "safety", "the safety part"},
    SectionRow{Section::profile, "profile", "the profile itself"},
    SectionRow{thresholds, "thresholds", "`thresholds`"},
    SectionRow{guards, "guards", "`guards`"},
};

const SectionRow& row(Section section) {
  return kSections[static_cast<std::size_t>(section)];
}

std::vector<KeyInfo> all_keys() {
  std::vector<KeyInfo> keys(kKeys.begin(), kKeys.end());
  for (const auto more : {action_keys(), profile_keys()}) keys.insert(keys.end(), more.begin(), more.end());
  return keys;
}

}  // namespace

std::string_view to_string(Section section) {
  return row(section).name;
}

std::string_view place_in_words(Section section) {
  return row(section).place;
}

std::optional<Section> parse_section(std::string_view name) {
  for (const SectionRow& row : kSections) {
    if (row.name == name) return row.section;
  }
  return std::nullopt;
}

std::span<const Section> sections(FileKind kind) {
  static constexpr std::array kPlan{plan, subplan_defaults, subplan, invariant, repair};
  static constexpr std::array kAction{action, argument, invariant, safety};
  static constexpr std::array kProfile{Section::profile, thresholds, safety, guards};
  switch (kind) {
    case FileKind::plan:
      return kPlan;
    case FileKind::action:
      return kAction;
    case FileKind::profile:
      return kProfile;
  }
  return {};
}

std::string_view name_key(FileKind kind) {
  return kind == FileKind::plan ? "plan" : "name";
}

std::string_view to_string(ValueType type) {
  switch (type) {
    case text:
      return "text";
    case namespaced_name:
      return "a name";
    case plain_name:
      return "a name";
    case choice:
      return "a word";
    case boolean:
      return "true or false";
    case integer:
      return "a whole number";
    case duration:
      return "a duration such as 10m, 1h30m, 500ms or 90 (seconds)";
    case text_list:
      return "a list of texts";
    case name_list:
      return "a list of subplan names";
    case path_list:
      return "a list of globs";
    case folder_map:
      return "a mapping of alias to folder";
    case environment:
      return "a mapping of variable to text";
    case mapping:
      return "a mapping";
    case subplan_list:
      return "a list of subplans";
    case tool_list:
      return "a list of tool calls";
    case full_name:
      return "a name with its namespace";
    case reference:
      return "a name";
    case profile_name:
      return "a profile's name";
    case fraction:
      return "a number from 0 to 1";
    case amount:
      return "a number greater than 0";
    case any:
      return "a value";
    case argument_list:
      return "a list of arguments";
    case command_map:
      return "a mapping of glob to shell command";
    case invariant_list:
      return "a list of invariants";
    case schema:
      return "a JSON Schema";
  }
  return "?";
}

std::span<const KeyInfo> key_table() {
  static const std::vector<KeyInfo> keys = all_keys();
  return keys;
}

const KeyInfo* find_key(Section section, std::string_view name) {
  for (const KeyInfo& key : key_table()) {
    if (key.section == section && key.name == name) return &key;
  }
  return nullptr;
}

std::vector<std::string_view> key_names(Section section) {
  std::vector<std::string_view> names;
  for (const KeyInfo& key : key_table()) {
    if (key.section == section && !key.reserved) names.push_back(key.name);
  }
  return names;
}

}  // namespace pland::engine::planfile
