// The keys of action files, and of the safety part that profile files have too.
#include <array>

#include "engine/model/profile.h"
#include "engine/planfile/key_table.h"

namespace pland::engine::planfile {
namespace {

constexpr std::array<std::string_view, 2> kStates{"available", "archived"};
constexpr std::array<std::string_view, 6> kTypes{"string", "integer", "number", "boolean", "list", "choice"};
using enum Section;
using enum ValueType;

constexpr std::array kKeys{
    KeyInfo{action, "name", namespaced_name, true, "", "Name of the action: [[server:]namespace/]name."},
    KeyInfo{action, "description", text, false, "",
            "What a plan made from it does, in one line; may hold {{ argument }}."},
    KeyInfo{action, "long_description", text, false, "", "The same at length; may hold {{ argument }}."},
    KeyInfo{action, "strategy_actor", reference, true, "",
            "The actor that plans: it takes the decisions of Strategize."},
    KeyInfo{action, "execution_actor", reference, true, "",
            "The actor that works: it takes the decisions of Execute."},
    KeyInfo{action, "estimation_actor", reference, false, "", "The actor that estimates cost and time."},
    KeyInfo{action, "review_actor", reference, false, "", "The actor that reviews the result before Apply."},
    KeyInfo{action, "apply_actor", reference, false, "", "The actor that acts in Apply."},
    KeyInfo{action, "invariant_actor", reference, false, "", "The actor that reconciles the invariants."},
    KeyInfo{action, "repair_actor", reference, false, "",
            "The actor that gets a failure and a bounded number of tries."},
    KeyInfo{action, "definition_of_done", text, true, "",
            "How a person sees that the goal is reached; may hold {{ argument }}."},
    KeyInfo{action,
            "arguments",
            argument_list,
            false,
            "[]",
            "What a plan made from it must or may be given.",
            {},
            0,
            0,
            false,
            argument},
    KeyInfo{action,
            "invariants",
            invariant_list,
            false,
            "[]",
            "What must stay true: words, or a mapping with a check.",
            {},
            0,
            0,
            false,
            invariant},
    KeyInfo{action, "automation_profile", ValueType::profile_name, false, "",
            "Which steps run without a human, unless the plan says otherwise."},
    KeyInfo{action,
            "safety_profile",
            mapping,
            false,
            "",
            "Safety rules that tighten those of the automation profile.",
            {},
            0,
            0,
            false,
            safety},
    KeyInfo{action, "reusable", boolean, false, "true", "Whether more than one plan may be made from it."},
    KeyInfo{action, "read_only", boolean, false, "false", "Its plans change no file."},
    KeyInfo{action, "state", choice, false, "available",
            "Archived: kept for the plans made from it, and not used again.", kStates},
    KeyInfo{action, "inputs_schema", schema, false, "",
            "A JSON Schema (draft 7, without $ref) for the arguments as one object."},

    KeyInfo{argument, "name", plain_name, true, "", "Name of the argument, unique in this action."},
    KeyInfo{argument, "type", choice, true, "", "What values it takes; a list is one of texts.", kTypes},
    KeyInfo{argument, "required", boolean, false, "false", "A plan cannot be made without it."},
    KeyInfo{argument, "default", any, false, "", "What holds when it is not given; of its type."},
    KeyInfo{argument, "description", text, false, "", "What it means, for the person who gives it."},
    KeyInfo{argument, "values", text_list, false, "", "The words that a choice allows."},

    KeyInfo{invariant, "text", text, true, "", "What must stay true, in words."},
    KeyInfo{invariant, "check", text, false, "", "Shell command that must pass before Apply."},
    KeyInfo{invariant, "non_overridable", boolean, false, "false", "No narrower scope can lift it."},

    KeyInfo{safety, "require_sandbox", boolean, false, "true", "Tools that write run in a sandbox only."},
    KeyInfo{safety, "require_checkpoints", boolean, false, "true",
            "Tools that write are refused where no checkpoint can be made."},
    KeyInfo{safety, "allow_unsafe_tools", boolean, false, "false", "Tools marked unsafe may run."},
    KeyInfo{safety, "require_human_approval", boolean, false, "false",
            "No step runs by itself, whatever its threshold."},
    KeyInfo{safety, "allowed_skill_categories", text_list, false, "",
            "Of tools that come with a skill; absent: all, an empty list: none."},
    KeyInfo{safety, "max_cost_per_plan", amount, false, "",
            "What one plan may cost, without its children; no limit when absent."},
    KeyInfo{safety,
            "max_retries_per_step",
            integer,
            false,
            "3",
            "How often a step is tried again.",
            {},
            0,
            most_retries_per_step},
    KeyInfo{safety, "max_total_cost", amount, false, "",
            "What a plan may cost with all its children; no limit when absent."},
};

}  // namespace

std::span<const KeyInfo> action_keys() {
  return kKeys;
}

}  // namespace pland::engine::planfile
