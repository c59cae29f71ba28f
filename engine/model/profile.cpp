#include "engine/model/profile.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace pland::engine {
namespace {

struct StepRow {
  Step step;
  std::string_view name;
  std::string_view threshold;
  std::string_view help;
};

constexpr std::array<StepRow, step_count> kSteps{{
    {Step::start_strategize, "start_strategize", "decompose_task",
     "start Strategize as soon as the plan is made"},
    {Step::start_execute, "start_execute", "create_tool", "start Execute when Strategize is complete"},
    {Step::start_apply, "start_apply", "select_tool", "start Apply when Execute is complete"},
    {Step::decide_in_strategize, "decide_in_strategize", "edit_code", "take decisions in Strategize"},
    {Step::decide_in_execute, "decide_in_execute", "execute_command", "take decisions in Execute"},
    {Step::fix_validation, "fix_validation", "create_file", "mend what a failed validation shows"},
    {Step::revise_strategy, "revise_strategy", "delete_content", "go back from Execute to Strategize"},
    {Step::revert_from_apply, "revert_from_apply", "access_network", "go back from Apply to Strategize"},
    {Step::start_child_plans, "start_child_plans", "install_dependency", "start child plans"},
    {Step::retry_transient, "retry_transient", "modify_config",
     "try again after an error that may pass by itself"},
    {Step::restore_checkpoint, "restore_checkpoint", "approve_plan", "restore a checkpoint"},
}};

constexpr std::array<Step, step_count> steps_in_order() {
  std::array<Step, step_count> steps{};
  for (std::size_t i = 0; i < step_count; ++i) steps[i] = kSteps[i].step;
  return steps;
}
constexpr auto kStepOrder = steps_in_order();

const StepRow& row(Step step) {
  return kSteps[static_cast<std::size_t>(step)];
}

// Columns in the order of Step. The sources give `manual` (#4012), `full-auto` (#2091), the row of `trusted`
// (#2960), and that `cautious` has fractions on most (#2091); the rest is ours, so that each one-line meaning
// comes true (docs/profiles.md says how).
//                                       phases: strategize, execute, apply
//                                       decisions: strategize, execute
//                                       validation, revision, reversion, children, retry, restore
constexpr std::array<double, step_count> kManual{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
constexpr std::array<double, step_count> kReview{0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 1};
constexpr std::array<double, step_count> kSupervised{0, 1, 1, 0, 1, 1, 1, 1, 0, 0, 1};
constexpr std::array<double, step_count> kCautious{0.3, 0.7, 1, 0.5, 0.7, 0.7, 0.8, 0.9, 0.6, 0.4, 0.9};
constexpr std::array<double, step_count> kTrusted{0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1};
constexpr std::array<double, step_count> kAuto{0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};
constexpr std::array<double, step_count> kAll{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

std::vector<AutomationProfile> make_built_ins() {
  const auto profile = [](std::string name, std::string meaning, const std::array<double, step_count>& row) {
    AutomationProfile made;
    made.name = std::move(name);
    made.meaning = std::move(meaning);
    made.thresholds = Thresholds(row);
    return made;
  };
  AutomationProfile manual = profile("manual", "Human-driven", kManual);
  manual.safety.require_human_approval = true;  // 1 is "in effect never": a perfect confidence would meet it
  manual.guards.require_approval_for_writes = true;
  manual.guards.require_approval_for_apply = true;
  AutomationProfile review = profile("review", "Auto-phase, manual decisions", kReview);
  review.guards.require_approval_for_apply = true;  // the phase begins by itself, its writes do not
  AutomationProfile ci = profile("ci", "Full auto, safe CI/CD", kAll);
  ci.safety.max_retries_per_step = 1;  // nobody watches: a run ends, and says so, rather than goes on
  ci.guards.max_tool_calls_per_step = 200;
  AutomationProfile full_auto = profile("full-auto", "Complete automation", kAll);
  full_auto.safety.require_sandbox = false;
  full_auto.safety.require_checkpoints = false;
  full_auto.safety.allow_unsafe_tools = true;
  return {std::move(manual),
          std::move(review),
          profile("supervised", "Auto-plan, manual exec", kSupervised),
          profile("cautious", "Confidence-gated automation", kCautious),
          profile("trusted", "Auto-exec, manual apply", kTrusted),
          profile("auto", "Full auto except apply", kAuto),
          std::move(ci),
          std::move(full_auto)};
}

template <typename T>
nlohmann::json or_null(const std::optional<T>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}

template <typename T>
std::optional<T> optional_at(const nlohmann::json& json, const char* key) {
  const nlohmann::json& value = json.at(key);
  return value.is_null() ? std::nullopt : std::optional<T>(value.get<T>());
}

std::optional<double> lower(std::optional<double> a, std::optional<double> b) {
  if (!a) return b;
  return b ? std::min(*a, *b) : a;
}

using Names = std::optional<std::vector<std::string>>;

/// What both lists allow.
Names both_allow(const Names& a, const Names& b) {
  if (!a || !b) return a ? a : b;
  std::vector<std::string> common;
  for (const std::string& one : *a) {
    if (std::find(b->begin(), b->end(), one) != b->end()) common.push_back(one);
  }
  return common;
}

}  // namespace

std::span<const Step> all_steps() {
  return kStepOrder;
}
std::string_view to_string(Step step) {
  return row(step).name;
}
std::string_view threshold_name(Step step) {
  return row(step).threshold;
}
std::string_view step_help(Step step) {
  return row(step).help;
}

void to_json(nlohmann::json& json, const Thresholds& thresholds) {
  json = nlohmann::json::object();
  for (const Step step : all_steps()) json[std::string(threshold_name(step))] = thresholds[step];
}

void from_json(const nlohmann::json& json, Thresholds& thresholds) {
  for (const Step step : all_steps()) {
    thresholds[step] = json.at(std::string(threshold_name(step))).get<double>();
  }
}

void to_json(nlohmann::json& json, const SafetyRules& safety) {
  json = {{"require_sandbox", safety.require_sandbox},
          {"require_checkpoints", safety.require_checkpoints},
          {"allow_unsafe_tools", safety.allow_unsafe_tools},
          {"require_human_approval", safety.require_human_approval},
          {"allowed_skill_categories", or_null(safety.allowed_skill_categories)},
          {"max_cost_per_plan", or_null(safety.max_cost_per_plan)},
          {"max_retries_per_step", safety.max_retries_per_step},
          {"max_total_cost", or_null(safety.max_total_cost)}};
}

void from_json(const nlohmann::json& json, SafetyRules& safety) {
  json.at("require_sandbox").get_to(safety.require_sandbox);
  json.at("require_checkpoints").get_to(safety.require_checkpoints);
  json.at("allow_unsafe_tools").get_to(safety.allow_unsafe_tools);
  json.at("require_human_approval").get_to(safety.require_human_approval);
  safety.allowed_skill_categories = optional_at<std::vector<std::string>>(json, "allowed_skill_categories");
  safety.max_cost_per_plan = optional_at<double>(json, "max_cost_per_plan");
  json.at("max_retries_per_step").get_to(safety.max_retries_per_step);
  safety.max_total_cost = optional_at<double>(json, "max_total_cost");
}

void to_json(nlohmann::json& json, const GuardRules& guards) {
  json = {{"tool_denylist", guards.tool_denylist},
          {"tool_allowlist", or_null(guards.tool_allowlist)},
          {"max_tool_calls_per_step", or_null(guards.max_tool_calls_per_step)},
          {"max_total_cost", or_null(guards.max_total_cost)},
          {"require_approval_for_writes", guards.require_approval_for_writes},
          {"require_approval_for_apply", guards.require_approval_for_apply}};
}

void from_json(const nlohmann::json& json, GuardRules& guards) {
  json.at("tool_denylist").get_to(guards.tool_denylist);
  guards.tool_allowlist = optional_at<std::vector<std::string>>(json, "tool_allowlist");
  guards.max_tool_calls_per_step = optional_at<int>(json, "max_tool_calls_per_step");
  guards.max_total_cost = optional_at<double>(json, "max_total_cost");
  json.at("require_approval_for_writes").get_to(guards.require_approval_for_writes);
  json.at("require_approval_for_apply").get_to(guards.require_approval_for_apply);
}

void to_json(nlohmann::json& json, const AutomationProfile& profile) {
  json = {{"name", profile.name},
          {"meaning", profile.meaning},
          {"thresholds", profile.thresholds},
          {"safety", profile.safety},
          {"guards", profile.guards}};
}

void from_json(const nlohmann::json& json, AutomationProfile& profile) {
  json.at("name").get_to(profile.name);
  json.at("meaning").get_to(profile.meaning);
  json.at("thresholds").get_to(profile.thresholds);
  json.at("safety").get_to(profile.safety);
  json.at("guards").get_to(profile.guards);
}

std::span<const AutomationProfile> built_in_profiles() {
  static const std::vector<AutomationProfile> profiles = make_built_ins();
  return profiles;
}

const AutomationProfile* find_built_in_profile(std::string_view name) {
  for (const AutomationProfile& profile : built_in_profiles()) {
    if (profile.name == name) return &profile;
  }
  return nullptr;
}

SafetyRules stricter(const SafetyRules& a, const SafetyRules& b) {
  SafetyRules rules;
  rules.require_sandbox = a.require_sandbox || b.require_sandbox;
  rules.require_checkpoints = a.require_checkpoints || b.require_checkpoints;
  rules.allow_unsafe_tools = a.allow_unsafe_tools && b.allow_unsafe_tools;
  rules.require_human_approval = a.require_human_approval || b.require_human_approval;
  rules.allowed_skill_categories = both_allow(a.allowed_skill_categories, b.allowed_skill_categories);
  rules.max_cost_per_plan = lower(a.max_cost_per_plan, b.max_cost_per_plan);
  rules.max_retries_per_step = std::min(a.max_retries_per_step, b.max_retries_per_step);
  rules.max_total_cost = lower(a.max_total_cost, b.max_total_cost);
  return rules;
}

}  // namespace pland::engine
