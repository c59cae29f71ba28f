// The keys of profile files.
#include <array>

#include "engine/planfile/key_table.h"

namespace pland::engine::planfile {
namespace {

using enum Section;
using enum ValueType;

constexpr std::array kKeys{
    KeyInfo{Section::profile, "name", full_name, true, "",
            "Name of the profile, with its namespace: team/careful."},
    KeyInfo{Section::profile, "meaning", text, false, "", "What it means, in one line."},
    KeyInfo{Section::profile,
            "thresholds",
            mapping,
            false,
            "{}",
            "For each step how sure one must be for it to run by itself: 0 always, 1 never.",
            {},
            0,
            0,
            false,
            thresholds},
    KeyInfo{Section::profile,
            "safety",
            mapping,
            false,
            "{}",
            "What no step may do, however sure one is.",
            {},
            0,
            0,
            false,
            safety},
    KeyInfo{Section::profile,
            "guards",
            mapping,
            false,
            "{}",
            "What is checked before every tool call.",
            {},
            0,
            0,
            false,
            guards},

    KeyInfo{thresholds, "decompose_task", fraction, false, "1",
            "Start Strategize as soon as the plan is made."},
    KeyInfo{thresholds, "create_tool", fraction, false, "1", "Start Execute when Strategize is complete."},
    KeyInfo{thresholds, "select_tool", fraction, false, "1", "Start Apply when Execute is complete."},
    KeyInfo{thresholds, "edit_code", fraction, false, "1", "Take decisions in Strategize."},
    KeyInfo{thresholds, "execute_command", fraction, false, "1", "Take decisions in Execute."},
    KeyInfo{thresholds, "create_file", fraction, false, "1", "Mend what a failed validation shows."},
    KeyInfo{thresholds, "delete_content", fraction, false, "1", "Go back from Execute to Strategize."},
    KeyInfo{thresholds, "access_network", fraction, false, "1", "Go back from Apply to Strategize."},
    KeyInfo{thresholds, "install_dependency", fraction, false, "1", "Start child plans."},
    KeyInfo{thresholds, "modify_config", fraction, false, "1",
            "Try again after an error that may pass by itself."},
    KeyInfo{thresholds, "approve_plan", fraction, false, "1", "Restore a checkpoint."},

    KeyInfo{guards, "tool_denylist", text_list, false, "[]", "Tools that are never called: names or globs."},
    KeyInfo{guards, "tool_allowlist", text_list, false, "",
            "The only tools that are called; absent: all, an empty list: none."},
    KeyInfo{guards,
            "max_tool_calls_per_step",
            integer,
            false,
            "",
            "How many tool calls a step may make; no limit when absent.",
            {},
            0,
            1'000'000},
    KeyInfo{guards, "max_total_cost", amount, false, "",
            "As in the safety part; the lower of the two counts."},
    KeyInfo{guards, "require_approval_for_writes", boolean, false, "false",
            "A person approves every tool call that writes."},
    KeyInfo{guards, "require_approval_for_apply", boolean, false, "false",
            "A person approves what tools do in Apply."},
};

}  // namespace

std::span<const KeyInfo> profile_keys() {
  return kKeys;
}

}  // namespace pland::engine::planfile
