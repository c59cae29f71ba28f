// What a plan file (or a spawn request) asks for, checked and with defaults filled in.
// Plain values; `engine/planfile` makes them from YAML, `to_json`/`from_json` store them.
#pragma once

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace pland::engine {

enum class ExecutionMode { sequential, parallel };
enum class MergeStrategy { git_three_way, sequential_apply, fail_on_conflict, last_wins };

std::string_view to_string(ExecutionMode mode);
std::string_view to_string(MergeStrategy strategy);
Result<ExecutionMode> parse_execution_mode(std::string_view text);
Result<MergeStrategy> parse_merge_strategy(std::string_view text);

/// The scheduling part of a plan (requirements 2.4).
struct SubplanConfig {
  ExecutionMode mode = ExecutionMode::parallel;
  MergeStrategy merge = MergeStrategy::git_three_way;
  int max_parallel = 5;  ///< 1 to 50: how many run at once; never compared with the number of subplans
  bool fail_fast = false;
  std::optional<std::chrono::milliseconds> timeout;       ///< wall clock, from the start of the work
  std::optional<std::chrono::milliseconds> idle_timeout;  ///< since the last byte of output
  bool retry_failed = true;
  int max_retries = 2;  ///< a failed attempt with number >= max_retries is the last one
  bool operator==(const SubplanConfig&) const = default;
};

/// One direct call of a built-in tool.
struct ToolCall {
  std::string tool;  ///< "builtin/write_file"
  nlohmann::json arguments = nlohmann::json::object();
  bool operator==(const ToolCall&) const = default;
};

/// What must stay true. Words are shown to the actor and the person; a `check` decides before apply.
struct Invariant {
  std::string text;
  std::string check;             ///< shell command that must pass on the result before apply; may be empty
  bool non_overridable = false;  ///< wins over every narrower scope (requirements 1, "Invariant")
  bool operator==(const Invariant&) const = default;
};

/// Who mends a failed attempt: a command that gets the failure and changes the sandbox before the next try.
struct RepairSpec {
  std::string run;    ///< shell command; empty: nobody
  int max_tries = 1;  ///< how often it may mend one subplan
  bool operator==(const RepairSpec&) const = default;
};

/// A subplan works in one of three ways: `run`, `tools`, or `subplans` of its own.
struct SubplanSpec {
  std::string name;
  std::string goal;
  std::vector<std::string> scope;  ///< globs of paths it means to write; empty: anywhere
  std::vector<std::string> after;  ///< names of subplans that must have succeeded
  std::string run;                 ///< shell command; empty when `tools` is the work
  std::vector<ToolCall> tools;
  std::string check;                                      ///< shell command that must pass; may be empty
  std::map<std::string, std::string> environment;         ///< `env:` added to the commands' environment
  std::optional<std::chrono::milliseconds> timeout;       ///< overrides the plan's
  std::optional<std::chrono::milliseconds> idle_timeout;  ///< overrides the plan's
  std::optional<int> max_retries;                         ///< overrides the plan's
  std::string project;                                    ///< alias; empty: the plan's own project
  RepairSpec repair;
  std::vector<SubplanSpec> subplans;              ///< its own children (requirements 3.1: nesting)
  std::optional<SubplanConfig> subplan_defaults;  ///< of its children; absent: those of its parent
  bool operator==(const SubplanSpec&) const = default;
};

struct PlanSpec {
  std::string name;  ///< with its namespace: "local/retire-old-logger"
  std::string goal;
  std::string done;     ///< definition of done
  std::string profile;  ///< automation profile; empty: the file names none
  std::vector<Invariant> invariants;
  std::map<std::string, std::string> projects;  ///< alias to folder, relative to the plan file
  SubplanConfig subplan_defaults;
  std::vector<std::string> setup;  ///< once per sandbox, before the first attempt
  std::vector<SubplanSpec> subplans;
  std::map<std::string, std::string> regenerate;  ///< glob of a lockfile to the command that makes it anew
  std::vector<std::string> opaque;                ///< globs of what cannot be merged: writers take turns
  int max_child_depth = 5;                        ///< levels of plans, the root's included; 1: no children
  bool operator==(const PlanSpec&) const = default;
};

void to_json(nlohmann::json& json, const SubplanConfig& config);
void from_json(const nlohmann::json& json, SubplanConfig& config);
void to_json(nlohmann::json& json, const ToolCall& call);
void from_json(const nlohmann::json& json, ToolCall& call);
void to_json(nlohmann::json& json, const Invariant& invariant);
void from_json(const nlohmann::json& json, Invariant& invariant);
void to_json(nlohmann::json& json, const RepairSpec& repair);
void from_json(const nlohmann::json& json, RepairSpec& repair);
void to_json(nlohmann::json& json, const SubplanSpec& spec);
void from_json(const nlohmann::json& json, SubplanSpec& spec);
void to_json(nlohmann::json& json, const PlanSpec& spec);
void from_json(const nlohmann::json& json, PlanSpec& spec);

/// For every subplan the wave it runs in, from 0: one more than the highest wave among its `after`.
/// Sequential mode gives every subplan its own wave. Errors: invalid_argument for an unknown name or a
/// cycle, with the names in the message.
Result<std::vector<int>> waves(const PlanSpec& spec);

}  // namespace pland::engine
