// What a profile says to one tool call, asked before every call (requirements 1.1, #5619, #3372, #9301,
// #5086). Pure, any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "engine/model/profile.h"

namespace pland::engine {

/// In the order in which they are checked: the six of requirements 1.1 in theirs, and what nobody can approve
/// before what a person is asked for.
enum class Guard {
  tool_denylist,
  tool_allowlist,
  max_tool_calls_per_step,
  max_total_cost,      ///< budget: of everything under the root plan
  max_cost_per_plan,   ///< budget: of this plan alone
  allow_unsafe_tools,  ///< from here four of the safety part
  allowed_skill_categories,
  require_sandbox,
  require_checkpoints,
  require_approval_for_writes,
  require_approval_for_apply,
};
std::string_view to_string(Guard guard);
Result<Guard> parse_guard(std::string_view text);

/// A call that is about to be made, and what is so far.
struct ToolUse {
  std::string tool;  ///< "builtin/write_file"
  bool writes = false;
  bool unsafe = false;
  std::string skill_category;  ///< of the skill that brought the tool; empty: none
  bool in_apply = false;       ///< the plan is in Apply

  int calls_in_step = 0;     ///< made already in this step
  double plan_cost = 0;      ///< spent by this plan alone
  double total_cost = 0;     ///< spent by the root plan and all below it
  double expected_cost = 0;  ///< of this call; 0 when unknown
  bool sandboxed = false;
  bool has_checkpoints = false;  ///< a checkpoint service is at hand

  bool write_approved = false;  ///< by a person, for this call or this step
  bool apply_approved = false;
};

/// Why a call was not made. The step stops with it.
struct GuardViolation {
  Guard guard = Guard::tool_denylist;
  std::string tool;
  std::string why;     ///< one line, with the numbers or names
  std::string remedy;  ///< one line: what a person can do
  bool operator==(const GuardViolation&) const = default;
};
void to_json(nlohmann::json& json, const GuardViolation& violation);
void from_json(const nlohmann::json& json, GuardViolation& violation);

/// The first guard that forbids the call; nothing when none does.
std::optional<GuardViolation> check_tool_use(const AutomationProfile& profile, const ToolUse& use);

/// `refused`, the message from why and remedy, the violation in context["guard_violation"].
Error to_error(const GuardViolation& violation);

}  // namespace pland::engine
