// The eight built-in profiles: each one-line meaning as behaviour, and the numbers that the sources give.
#include "engine/model/profile.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "engine/model/escalation.h"

using namespace pland::engine;
using nlohmann::json;

namespace {

/// Everything went well so far, known code, hardly a risk: a confidence of 0.95.
constexpr ConfidenceFactors kSure{0.95, 0.95, 0.05, 0.05};
constexpr ConfidenceFactors kHalfSure{0.65, 0.65, 0.35, 0.35};  // 0.65
constexpr ConfidenceFactors kUnsure{0, 0, 1, 1};                // 0

const AutomationProfile& built_in(std::string_view name) {
  const AutomationProfile* profile = find_built_in_profile(name);
  REQUIRE(profile != nullptr);
  return *profile;
}

std::set<std::string_view> by_themselves(std::string_view name, const ConfidenceFactors& factors) {
  std::set<std::string_view> steps;
  for (const Step step : all_steps()) {
    if (escalate(built_in(name), step, factors).proceed) steps.insert(to_string(step));
  }
  return steps;
}

std::set<std::string_view> all_but(std::set<std::string_view> left_out) {
  std::set<std::string_view> steps;
  for (const Step step : all_steps()) {
    if (!left_out.contains(to_string(step))) steps.insert(to_string(step));
  }
  return steps;
}

/// The same steps, however sure one is.
void always(std::string_view profile, const std::set<std::string_view>& steps) {
  CAPTURE(profile);
  for (const ConfidenceFactors& factors : {kSure, kHalfSure, kUnsure}) {
    CHECK(by_themselves(profile, factors) == steps);
  }
}

}  // namespace

TEST_CASE("profile: eight built-ins, from the least to the most automatic (#4695)") {
  std::string names;
  for (const AutomationProfile& profile : built_in_profiles()) names += profile.name + " ";
  CHECK(names == "manual review supervised cautious trusted auto ci full-auto ");
  CHECK(find_built_in_profile("balanced") == nullptr);  // #2379
  CHECK(find_built_in_profile(fallback_profile) != nullptr);
}

TEST_CASE("profile: manual, human-driven: nothing runs by itself, no write without approval") {
  always("manual", {});
  const ConfidenceFactors certain{1, 1, 0, 0};
  CHECK(confidence(certain) == 1.0);
  CHECK(by_themselves("manual", certain).empty());
  CHECK(built_in("manual").guards.require_approval_for_writes);
  CHECK(built_in("manual").guards.require_approval_for_apply);
  for (const Step step : all_steps()) CHECK(built_in("manual").thresholds[step] == 1.0);  // #4012
}

TEST_CASE("profile: review, auto-phase, manual decisions") {
  always("review",
         {"start_strategize", "start_execute", "start_apply", "start_child_plans", "retry_transient"});
  CHECK(built_in("review").guards.require_approval_for_apply);
}

TEST_CASE("profile: supervised, auto-plan, manual exec") {
  always("supervised", {"start_strategize", "decide_in_strategize", "start_child_plans", "retry_transient"});
}

TEST_CASE("profile: cautious, confidence-gated") {
  CHECK(by_themselves("cautious", kSure) == all_but({"start_apply"}));
  CHECK(by_themselves("cautious", kHalfSure) ==
        std::set<std::string_view>{"start_strategize", "decide_in_strategize", "start_child_plans",
                                   "retry_transient"});
  CHECK(by_themselves("cautious", kUnsure).empty());
  int fractions = 0;
  for (const Step step : all_steps()) {
    const double threshold = built_in("cautious").thresholds[step];
    if (threshold > 0 && threshold < 1) ++fractions;
  }
  CHECK(fractions > static_cast<int>(step_count) / 2);  // "fractional on most" (#2091)
}

TEST_CASE("profile: trusted, auto-exec, manual apply, with the numbers of #2960") {
  always("trusted", all_but({"start_apply", "revise_strategy", "revert_from_apply", "restore_checkpoint"}));
  const json expected = {{"decompose_task", 0.0}, {"create_tool", 0.0},     {"select_tool", 1.0},
                         {"edit_code", 0.0},      {"execute_command", 0.0}, {"create_file", 0.0},
                         {"delete_content", 1.0}, {"access_network", 1.0},  {"install_dependency", 0.0},
                         {"modify_config", 0.0},  {"approve_plan", 1.0}};
  CHECK(json(built_in("trusted").thresholds) == expected);
  CHECK(built_in("trusted").safety.require_sandbox);
  CHECK(built_in("trusted").safety.require_checkpoints);
  CHECK_FALSE(built_in("trusted").safety.allow_unsafe_tools);
}

TEST_CASE("profile: auto, everything except apply") {
  always("auto", all_but({"start_apply"}));
}

TEST_CASE("profile: ci, full auto and safe") {
  always("ci", all_but({}));
  const AutomationProfile& ci = built_in("ci");
  CHECK(ci.safety.require_sandbox);
  CHECK(ci.safety.require_checkpoints);
  CHECK_FALSE(ci.safety.allow_unsafe_tools);
  CHECK(ci.guards.max_tool_calls_per_step.has_value());
  CHECK(ci.safety.max_retries_per_step < SafetyRules().max_retries_per_step);
}

TEST_CASE("profile: full-auto, complete automation: no gates, no sandbox, no checkpoints (#2091)") {
  always("full-auto", all_but({}));
  const AutomationProfile& full = built_in("full-auto");
  CHECK_FALSE(full.safety.require_sandbox);
  CHECK_FALSE(full.safety.require_checkpoints);
  CHECK(full.safety.allow_unsafe_tools);
  CHECK(full.guards == GuardRules());
}

TEST_CASE("profile: what each threshold gates (#902)") {
  const json gates = {{"decompose_task", "start_strategize"},
                      {"create_tool", "start_execute"},
                      {"select_tool", "start_apply"},
                      {"edit_code", "decide_in_strategize"},
                      {"execute_command", "decide_in_execute"},
                      {"create_file", "fix_validation"},
                      {"delete_content", "revise_strategy"},
                      {"access_network", "revert_from_apply"},
                      {"install_dependency", "start_child_plans"},
                      {"modify_config", "retry_transient"},
                      {"approve_plan", "restore_checkpoint"}};
  REQUIRE(all_steps().size() == gates.size());
  for (const Step step : all_steps()) {
    CAPTURE(to_string(step));
    CHECK(gates.at(std::string(threshold_name(step))) == to_string(step));
    CHECK_FALSE(step_help(step).empty());
    // Raising one threshold stops that step and no other.
    AutomationProfile profile = built_in("auto");
    profile.thresholds = Thresholds(std::array<double, step_count>{});
    profile.thresholds[step] = 1.0;
    for (const Step other : all_steps()) {
      CHECK(escalate(profile, other, kSure).proceed == (other != step));
    }
  }
}

TEST_CASE("profile: every field survives being stored") {
  AutomationProfile profile;
  profile.name = "team/careful";
  profile.meaning = "Ours";
  double value = 0.05;
  for (const Step step : all_steps()) profile.thresholds[step] = value += 0.07;
  profile.safety = {.require_sandbox = false,
                    .require_checkpoints = false,
                    .allow_unsafe_tools = true,
                    .require_human_approval = true,
                    .allowed_skill_categories = std::vector<std::string>{"code"},
                    .max_cost_per_plan = 1.5,
                    .max_retries_per_step = 7,
                    .max_total_cost = 9.25};
  profile.guards = {.tool_denylist = {"builtin/delete_file"},
                    .tool_allowlist = std::vector<std::string>{"builtin/*"},
                    .max_tool_calls_per_step = 12,
                    .max_total_cost = 8.5,
                    .require_approval_for_writes = true,
                    .require_approval_for_apply = true};
  const json stored = profile;
  CHECK(stored.at("thresholds").size() == 11);
  CHECK(stored.at("safety").size() == 8);
  CHECK(stored.at("guards").size() == 6);
  CHECK(json::parse(stored.dump()).get<AutomationProfile>() == profile);
  for (const AutomationProfile& built : built_in_profiles()) {
    CHECK(json::parse(json(built).dump()).get<AutomationProfile>() == built);
  }
  // A missing field is an error, not a default: nothing is lost in silence.
  for (const char* part : {"thresholds", "safety", "guards"}) {
    for (const auto& [key, ignored] : stored.at(part).items()) {
      CAPTURE(key);
      json without = stored;
      without[part].erase(key);
      CHECK_THROWS_AS(without.get<AutomationProfile>(), json::exception);
    }
  }
}

TEST_CASE("profile: defaults of the safety part (#3370, #4040)") {
  const SafetyRules rules;
  CHECK(rules.require_checkpoints);
  CHECK(rules.max_retries_per_step == 3);
  CHECK(most_retries_per_step == 100);
}

TEST_CASE("profile: the stricter of two safety rules, field by field") {
  SafetyRules loose;
  loose.require_sandbox = loose.require_checkpoints = false;
  loose.allow_unsafe_tools = true;
  loose.max_retries_per_step = 100;
  SafetyRules tight;
  tight.require_human_approval = true;
  tight.allowed_skill_categories = std::vector<std::string>{"code", "docs"};
  tight.max_cost_per_plan = 1;
  tight.max_retries_per_step = 0;
  tight.max_total_cost = 2;
  CHECK(stricter(loose, tight) == tight);
  CHECK(stricter(tight, loose) == tight);
  CHECK(stricter(loose, loose) == loose);
  SafetyRules other = tight;
  other.allowed_skill_categories = std::vector<std::string>{"network", "docs"};
  other.max_total_cost = 1;
  CHECK(stricter(tight, other).allowed_skill_categories == std::vector<std::string>{"docs"});
  CHECK(stricter(tight, other).max_total_cost == 1.0);
  other.allowed_skill_categories = std::vector<std::string>{"network"};
  CHECK(stricter(tight, other).allowed_skill_categories == std::vector<std::string>{});
}
