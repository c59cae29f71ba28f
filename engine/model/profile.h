// Automation profiles: which steps of a plan may run without a person, and what holds them in
// (requirements 1.1). Plain values, any thread; no I/O.
//
// A step runs by itself when the confidence in it is at least the profile's threshold for it: 0 always, 1 in
// effect never. What a tool may do is checked call by call: engine/model/tool_guard.h.
#pragma once

#include <array>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace pland::engine {

/// What a threshold gates. The thresholds keep the names of requirements 1.1 (#902), which no longer say it.
enum class Step {
  start_strategize,      ///< decompose_task: Strategize begins as soon as the plan is made
  start_execute,         ///< create_tool: Execute begins when Strategize is complete
  start_apply,           ///< select_tool: Apply begins when Execute is complete
  decide_in_strategize,  ///< edit_code
  decide_in_execute,     ///< execute_command
  fix_validation,        ///< create_file: mending what a failed validation shows
  revise_strategy,       ///< delete_content: going back from Execute to Strategize
  revert_from_apply,     ///< access_network: going back from Apply to Strategize
  start_child_plans,     ///< install_dependency
  retry_transient,       ///< modify_config: trying again after an error that may pass by itself
  restore_checkpoint,    ///< approve_plan
};
inline constexpr std::size_t step_count = 11;

/// In the order of the enum.
std::span<const Step> all_steps();
/// "start_strategize" ...
std::string_view to_string(Step step);
/// "decompose_task" ...: the name of the threshold in files, on the wire and in the store.
std::string_view threshold_name(Step step);
/// One line for people: "start Strategize as soon as the plan is made".
std::string_view step_help(Step step);

class Thresholds {
 public:
  Thresholds() { values_.fill(1.0); }
  explicit Thresholds(const std::array<double, step_count>& values) : values_(values) {}
  double& operator[](Step step) { return values_[static_cast<std::size_t>(step)]; }
  double operator[](Step step) const { return values_[static_cast<std::size_t>(step)]; }
  bool operator==(const Thresholds&) const = default;

 private:
  std::array<double, step_count> values_;  ///< each 0 to 1
};

/// The safety part (#3370). Costs are in US dollars, or whatever unit the actors report theirs in.
struct SafetyRules {
  bool require_sandbox = true;          ///< tools that write run in a sandbox only
  bool require_checkpoints = true;      ///< tools that write need a checkpoint service (#5086)
  bool allow_unsafe_tools = false;      ///< tools marked unsafe
  bool require_human_approval = false;  ///< no step runs by itself, whatever its threshold
  /// Of a tool that comes with a skill; absent: all, an empty list: none.
  std::optional<std::vector<std::string>> allowed_skill_categories;
  std::optional<double> max_cost_per_plan;  ///< of one plan without its children; more than 0
  int max_retries_per_step = 3;             ///< 0 to 100 (#4040)
  std::optional<double> max_total_cost;     ///< of a root plan with all below it; more than 0
  bool operator==(const SafetyRules&) const = default;
};
inline constexpr int most_retries_per_step = 100;

/// The guard part (#5619). Tools are named as they are called, or by a glob (engine/base/glob.h).
struct GuardRules {
  std::vector<std::string> tool_denylist;
  std::optional<std::vector<std::string>> tool_allowlist;  ///< absent: all that are not denied; empty: none
  std::optional<int> max_tool_calls_per_step;
  std::optional<double> max_total_cost;  ///< as in SafetyRules; the lower of the two counts
  bool require_approval_for_writes = false;
  bool require_approval_for_apply = false;
  bool operator==(const GuardRules&) const = default;
};

struct AutomationProfile {
  std::string name;     ///< of a built-in as it stands ("ci"), of a custom one with its namespace
  std::string meaning;  ///< one line
  Thresholds thresholds;
  SafetyRules safety;
  GuardRules guards;
  bool operator==(const AutomationProfile&) const = default;
};

/// Every field, under its own name. `from_json` throws nlohmann::json::exception when one is missing or of
/// the wrong type: it reads what `to_json` wrote; what people write is read by engine/planfile.
void to_json(nlohmann::json& json, const Thresholds& thresholds);
void from_json(const nlohmann::json& json, Thresholds& thresholds);
void to_json(nlohmann::json& json, const SafetyRules& safety);
void from_json(const nlohmann::json& json, SafetyRules& safety);
void to_json(nlohmann::json& json, const GuardRules& guards);
void from_json(const nlohmann::json& json, GuardRules& guards);
void to_json(nlohmann::json& json, const AutomationProfile& profile);
void from_json(const nlohmann::json& json, AutomationProfile& profile);

/// The eight, from the least to the most automatic.
std::span<const AutomationProfile> built_in_profiles();
/// Null when it is none of the eight.
const AutomationProfile* find_built_in_profile(std::string_view name);
/// What holds when nobody names a profile (#4012, #2056).
inline constexpr std::string_view fallback_profile = "supervised";

/// Each rule as the stricter of the two has it: an action's safety profile can only tighten a profile.
SafetyRules stricter(const SafetyRules& a, const SafetyRules& b);

}  // namespace pland::engine
