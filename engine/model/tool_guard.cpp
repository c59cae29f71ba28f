#include "engine/model/tool_guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/glob.h"
#include "engine/model/enum_names.h"

namespace pland::engine {
namespace {

constexpr EnumNames<Guard, 11> kGuards{{{Guard::tool_denylist, "tool_denylist"},
                                        {Guard::tool_allowlist, "tool_allowlist"},
                                        {Guard::max_tool_calls_per_step, "max_tool_calls_per_step"},
                                        {Guard::max_total_cost, "max_total_cost"},
                                        {Guard::max_cost_per_plan, "max_cost_per_plan"},
                                        {Guard::allow_unsafe_tools, "allow_unsafe_tools"},
                                        {Guard::allowed_skill_categories, "allowed_skill_categories"},
                                        {Guard::require_sandbox, "require_sandbox"},
                                        {Guard::require_checkpoints, "require_checkpoints"},
                                        {Guard::require_approval_for_writes, "require_approval_for_writes"},
                                        {Guard::require_approval_for_apply, "require_approval_for_apply"}}};

struct Objection {
  std::string why;
  std::string remedy;
};
using Verdict = std::optional<Objection>;

bool names(const std::vector<std::string>& list, std::string_view tool) {
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& one) { return one == tool || glob_match(one, tool); });
}

std::string listed(const std::vector<std::string>& words) {
  return words.empty() ? "none" : fmt::format("{}", fmt::join(words, ", "));
}

/// A budget is spent when nothing is left of it, or when this call would go beyond it.
Verdict budget(std::optional<double> limit, double spent, double expected, std::string_view of,
               std::string_view key) {
  if (!limit || (spent < *limit && spent + expected <= *limit)) return std::nullopt;
  const std::string call = expected > 0 ? fmt::format(" and this call is to cost {:.4g}", expected) : "";
  return Objection{fmt::format("{} has cost {:.4g}{}; the limit is {:.4g}", of, spent, call, *limit),
                   fmt::format("raise {} in the profile, or finish the work by hand", key)};
}

std::optional<double> total_limit(const AutomationProfile& profile) {
  if (!profile.guards.max_total_cost) return profile.safety.max_total_cost;
  if (!profile.safety.max_total_cost) return profile.guards.max_total_cost;
  return std::min(*profile.guards.max_total_cost, *profile.safety.max_total_cost);
}

Verdict objection(Guard guard, const AutomationProfile& profile, const ToolUse& use) {
  const GuardRules& guards = profile.guards;
  const SafetyRules& safety = profile.safety;
  switch (guard) {
    case Guard::tool_denylist:
      if (!names(guards.tool_denylist, use.tool)) return std::nullopt;
      return Objection{"the profile denies this tool", "take it off tool_denylist, or do without it"};
    case Guard::tool_allowlist:
      if (!guards.tool_allowlist || names(*guards.tool_allowlist, use.tool)) return std::nullopt;
      return Objection{"the profile allows only " + listed(*guards.tool_allowlist),
                       "add it to tool_allowlist, or use one of those"};
    case Guard::max_tool_calls_per_step:
      if (!guards.max_tool_calls_per_step || use.calls_in_step < *guards.max_tool_calls_per_step) {
        return std::nullopt;
      }
      return Objection{fmt::format("this step has made {} tool calls; the limit is {}", use.calls_in_step,
                                   *guards.max_tool_calls_per_step),
                       "raise max_tool_calls_per_step, or split the work into smaller steps"};
    case Guard::max_total_cost:
      return budget(total_limit(profile), use.total_cost, use.expected_cost, "the plan with its children",
                    "max_total_cost");
    case Guard::max_cost_per_plan:
      return budget(safety.max_cost_per_plan, use.plan_cost, use.expected_cost, "this plan",
                    "max_cost_per_plan");
    case Guard::allow_unsafe_tools:
      if (!use.unsafe || safety.allow_unsafe_tools) return std::nullopt;
      return Objection{"the tool is marked unsafe",
                       "choose a profile with allow_unsafe_tools, or do it by hand"};
    case Guard::allowed_skill_categories:
      if (!safety.allowed_skill_categories || use.skill_category.empty() ||
          names(*safety.allowed_skill_categories, use.skill_category)) {
        return std::nullopt;
      }
      return Objection{fmt::format("its skill is of the category '{}'; the profile allows {}",
                                   use.skill_category, listed(*safety.allowed_skill_categories)),
                       "add the category to allowed_skill_categories"};
    case Guard::require_sandbox:
      if (!safety.require_sandbox || !use.writes || use.sandboxed) return std::nullopt;
      return Objection{"it writes, and there is no sandbox here",
                       "run the plan in a sandbox, or choose a profile without require_sandbox"};
    case Guard::require_checkpoints:
      if (!safety.require_checkpoints || !use.writes || use.has_checkpoints) return std::nullopt;
      return Objection{"it writes, and no checkpoints can be made here",
                       "mend what keeps checkpoints from being made (`pland doctor`), or choose a profile "
                       "without require_checkpoints"};
    case Guard::require_approval_for_writes:
      if (!guards.require_approval_for_writes || !use.writes || use.write_approved) return std::nullopt;
      return Objection{"it writes, and nobody has approved that", "approve the write"};
    case Guard::require_approval_for_apply:
      if (!guards.require_approval_for_apply || !use.in_apply || use.apply_approved) return std::nullopt;
      return Objection{"the plan is being applied, and nobody has approved that", "approve the apply"};
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Guard guard) {
  return enum_name(kGuards, guard);
}
Result<Guard> parse_guard(std::string_view text) {
  return parse_enum(kGuards, "guard", text);
}

void to_json(nlohmann::json& json, const GuardViolation& violation) {
  json = {{"guard", to_string(violation.guard)},
          {"tool", violation.tool},
          {"why", violation.why},
          {"remedy", violation.remedy}};
}

void from_json(const nlohmann::json& json, GuardViolation& violation) {
  if (auto guard = parse_guard(json.at("guard").get<std::string>()); guard.ok()) violation.guard = *guard;
  json.at("tool").get_to(violation.tool);
  json.at("why").get_to(violation.why);
  json.at("remedy").get_to(violation.remedy);
}

std::optional<GuardViolation> check_tool_use(const AutomationProfile& profile, const ToolUse& use) {
  for (const auto& [guard, name] : kGuards) {
    if (auto found = objection(guard, profile, use)) {
      return GuardViolation{guard, use.tool, std::move(found->why), std::move(found->remedy)};
    }
  }
  return std::nullopt;
}

Error to_error(const GuardViolation& violation) {
  return {ErrorCode::refused,
          "'" + violation.tool + "' was not called: " + violation.why + " (" +
              std::string(to_string(violation.guard)) + "). " + violation.remedy,
          {{"guard_violation", violation}}};
}

}  // namespace pland::engine
