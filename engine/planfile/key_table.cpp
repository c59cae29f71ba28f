#include "engine/planfile/key_table.h"

#include <array>

namespace pland::engine::planfile {
namespace {

constexpr std::array<std::string_view, 2> kModes{"sequential", "parallel"};
constexpr std::array<std::string_view, 4> kMerges{"git_three_way", "sequential_apply", "fail_on_conflict",
                                                  "last_wins"};
constexpr std::array<std::string_view, 8> kProfiles{"manual",  "review", "supervised", "cautious",
                                                    "trusted", "auto",   "ci",         "full-auto"};
using enum Section;
using enum ValueType;

// One row a key; `help` is what hover shows and the schema describes.
constexpr std::array kKeys{
    KeyInfo{plan, "plan", namespaced_name, true, "", "Name of the plan: [[server:]namespace/]name."},
    KeyInfo{plan, "goal", text, false, "", "What the plan is to achieve, in words."},
    KeyInfo{plan, "done", text, false, "", "Definition of done: how a person sees that the goal is reached."},
    KeyInfo{plan, "profile", choice, false, "that of the project or the machine, else supervised",
            "Automation profile: which steps run without a human.", kProfiles},
    KeyInfo{plan, "invariants", invariant_list, false, "[]",
            "What must stay true, in words or as `{text, check}`; each becomes a decision."},
    KeyInfo{plan, "projects", folder_map, false, "{root: <the repository of this file>}",
            "Alias to folder, relative to this file."},
    KeyInfo{plan, "subplan_defaults", mapping, false, "{}",
            "How the subplans are scheduled, merged and retried."},
    KeyInfo{plan, "setup", text_list, false, "[]",
            "Shell commands run once in every sandbox, before the first attempt."},
    KeyInfo{plan, "subplans", subplan_list, true, "", "The subplans: each works in its own isolated copy."},

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

    KeyInfo{invariant, "text", text, true, "", "What must stay true, in words."},
    KeyInfo{invariant, "check", text, false, "",
            "Shell command that must pass on the result before it is applied."},
    KeyInfo{invariant, "non_overridable", boolean, false, "false", "It wins over every narrower scope."},

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
    KeyInfo{subplan, "repair", mapping, false, "",
            "Who mends a failed attempt: `{run: <command>, max_tries: 1}`."},
    KeyInfo{subplan, "subplans", subplan_list, false, "[]",
            "The work: subplans of its own. Their merged result is its result."},
    KeyInfo{subplan, "subplan_defaults", mapping, false, "",
            "How its own subplans are scheduled; without it as those beside it."},
    KeyInfo{subplan, "agent", text, false, "", "An agent that does the work.", {}, 0, 0, true},
};

}  // namespace

std::span<const Section> sections() {
  static constexpr std::array kSections{plan, subplan_defaults, subplan, invariant, repair};
  return kSections;
}

std::string_view place_of(Section section) {
  switch (section) {
    case plan:
      return "the plan itself";
    case subplan_defaults:
      return "`subplan_defaults`";
    case subplan:
      return "a subplan";
    case invariant:
      return "an invariant";
    case repair:
      return "`repair`";
  }
  return "";
}

std::string_view to_string(Section section) {
  switch (section) {
    case plan:
      return "plan";
    case subplan_defaults:
      return "subplan_defaults";
    case subplan:
      return "subplan";
    case invariant:
      return "invariant";
    case repair:
      return "repair";
  }
  return "?";
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
    case command_map:
      return "a mapping of glob to shell command";
    case invariant_list:
      return "a list of texts, or of {text, check}";
    case subplan_list:
      return "a list of subplans";
    case tool_list:
      return "a list of tool calls";
  }
  return "?";
}

std::span<const KeyInfo> key_table() {
  return kKeys;
}

const KeyInfo* find_key(Section section, std::string_view name) {
  for (const KeyInfo& key : kKeys) {
    if (key.section == section && key.name == name) return &key;
  }
  return nullptr;
}

std::vector<std::string_view> key_names(Section section) {
  std::vector<std::string_view> names;
  for (const KeyInfo& key : kKeys) {
    if (key.section == section && !key.reserved) names.push_back(key.name);
  }
  return names;
}

}  // namespace pland::engine::planfile
