#include "engine/planfile/profile_reader.h"

#include "engine/base/words.h"
#include "engine/planfile/name_check.h"

namespace pland::engine::planfile {
namespace {

template <typename T>
void set(T& target, std::optional<T> value) {
  if (value) target = *std::move(value);
}

/// Texts that name something: a blank one is reported and left out.
std::vector<std::string> words(Reading& reading, const Field& field) {
  std::vector<std::string> result;
  for (Item& item : reading.text_list(field)) {
    if (item.text.find_first_not_of(" \t\r\n") == std::string::npos) {
      reading.report().add("bad-value", item.place, "an empty item of " + in_quotes(field.key),
                           "write the name, or remove the item");
    } else {
      result.push_back(std::move(item.text));
    }
  }
  return result;
}

void read_name(Reading& reading, const Field& field, AutomationProfile& profile) {
  const auto name = reading.text(field);
  if (!name) return;
  if (name->find('/') == std::string::npos) {
    const bool built_in = find_built_in_profile(*name) != nullptr;
    reading.report().add("bad-name", field.value_place(),
                         built_in
                             ? in_quotes(*name) + " is a built-in profile, and cannot be another"
                             : "a profile's name needs a namespace, and " + in_quotes(*name) + " has none",
                         "write `local/" + (built_in ? "my-" + *name : *name) + "`");
    return;
  }
  profile.name = namespaced(*name, field.value_place(), reading.report());
}

void read_thresholds(Reading& reading, const Field& field, Thresholds& thresholds) {
  if (!reading.is_map(field, "`thresholds: {decompose_task: 0}`", true)) return;
  for (const Field& one : reading.section(Section::thresholds, field.value, field.key_place)) {
    for (const Step step : all_steps()) {
      if (one.key == threshold_name(step)) set(thresholds[step], reading.number(one));
    }
  }
}

GuardRules read_guards(Reading& reading, const Field& field) {
  GuardRules guards;
  if (!reading.is_map(field, "`guards: {max_tool_calls_per_step: 50}`", true)) return guards;
  for (const Field& one : reading.section(Section::guards, field.value, field.key_place)) {
    if (one.key == "tool_denylist") {
      guards.tool_denylist = words(reading, one);
    } else if (one.key == "tool_allowlist") {
      guards.tool_allowlist = words(reading, one);
    } else if (one.key == "max_tool_calls_per_step") {
      guards.max_tool_calls_per_step = reading.integer(one);
    } else if (one.key == "max_total_cost") {
      guards.max_total_cost = reading.number(one);
    } else if (one.key == "require_approval_for_writes") {
      set(guards.require_approval_for_writes, reading.boolean(one));
    } else if (one.key == "require_approval_for_apply") {
      set(guards.require_approval_for_apply, reading.boolean(one));
    }
  }
  return guards;
}

}  // namespace

SafetyRules read_safety(Reading& reading, const Field& field) {
  SafetyRules rules;
  if (!reading.is_map(field, "`" + field.key + ": {max_retries_per_step: 1}`", true)) return rules;
  for (const Field& one : reading.section(Section::safety, field.value, field.key_place)) {
    if (one.key == "require_sandbox") {
      set(rules.require_sandbox, reading.boolean(one));
    } else if (one.key == "require_checkpoints") {
      set(rules.require_checkpoints, reading.boolean(one));
    } else if (one.key == "allow_unsafe_tools") {
      set(rules.allow_unsafe_tools, reading.boolean(one));
    } else if (one.key == "require_human_approval") {
      set(rules.require_human_approval, reading.boolean(one));
    } else if (one.key == "allowed_skill_categories") {
      rules.allowed_skill_categories = words(reading, one);
    } else if (one.key == "max_cost_per_plan") {
      rules.max_cost_per_plan = reading.number(one);
    } else if (one.key == "max_retries_per_step") {
      set(rules.max_retries_per_step, reading.integer(one));
    } else if (one.key == "max_total_cost") {
      rules.max_total_cost = reading.number(one);
    }
  }
  return rules;
}

AutomationProfile read_profile(Reading& reading) {
  AutomationProfile profile;
  const View root = reading.root();
  for (const Field& field : reading.section(Section::profile, root, reading.first_line(root.place))) {
    if (field.key == "name") {
      read_name(reading, field, profile);
    } else if (field.key == "meaning") {
      profile.meaning = reading.text(field).value_or("");
    } else if (field.key == "thresholds") {
      read_thresholds(reading, field, profile.thresholds);
    } else if (field.key == "safety") {
      profile.safety = read_safety(reading, field);
    } else if (field.key == "guards") {
      profile.guards = read_guards(reading, field);
    }
  }
  return profile;
}

}  // namespace pland::engine::planfile
