#include "engine/model/plan_spec.h"

#include <algorithm>
#include <unordered_map>

#include "engine/model/enum_names.h"

namespace pland::engine {
namespace {

constexpr EnumNames<ExecutionMode, 2> kModes{
    {{ExecutionMode::sequential, "sequential"}, {ExecutionMode::parallel, "parallel"}}};

constexpr EnumNames<MergeStrategy, 4> kStrategies{{{MergeStrategy::git_three_way, "git_three_way"},
                                                   {MergeStrategy::sequential_apply, "sequential_apply"},
                                                   {MergeStrategy::fail_on_conflict, "fail_on_conflict"},
                                                   {MergeStrategy::last_wins, "last_wins"}}};

template <typename T>
void put(nlohmann::json& json, const char* key, const std::optional<T>& value) {
  if (!value) return;
  if constexpr (std::is_same_v<T, std::chrono::milliseconds>) {
    json[key] = value->count();
  } else {
    json[key] = *value;
  }
}

template <typename T>
void get(const nlohmann::json& json, const char* key, std::optional<T>& value) {
  if (!json.contains(key)) return;
  if constexpr (std::is_same_v<T, std::chrono::milliseconds>) {
    value = std::chrono::milliseconds(json.at(key).get<std::int64_t>());
  } else {
    value = json.at(key).get<T>();
  }
}

}  // namespace

std::string_view to_string(ExecutionMode mode) {
  return enum_name(kModes, mode);
}
std::string_view to_string(MergeStrategy strategy) {
  return enum_name(kStrategies, strategy);
}
Result<ExecutionMode> parse_execution_mode(std::string_view text) {
  return parse_enum(kModes, "mode", text);
}
Result<MergeStrategy> parse_merge_strategy(std::string_view text) {
  return parse_enum(kStrategies, "merge strategy", text);
}

void to_json(nlohmann::json& json, const SubplanConfig& config) {
  json = {{"mode", to_string(config.mode)},      {"merge", to_string(config.merge)},
          {"max_parallel", config.max_parallel}, {"fail_fast", config.fail_fast},
          {"retry_failed", config.retry_failed}, {"max_retries", config.max_retries}};
  put(json, "timeout_ms", config.timeout);
  put(json, "idle_timeout_ms", config.idle_timeout);
}

void from_json(const nlohmann::json& json, SubplanConfig& config) {
  if (auto mode = parse_execution_mode(json.at("mode").get<std::string>()); mode.ok()) config.mode = *mode;
  if (auto merge = parse_merge_strategy(json.at("merge").get<std::string>()); merge.ok())
    config.merge = *merge;
  config.max_parallel = json.at("max_parallel").get<int>();
  config.fail_fast = json.at("fail_fast").get<bool>();
  config.retry_failed = json.at("retry_failed").get<bool>();
  config.max_retries = json.at("max_retries").get<int>();
  get(json, "timeout_ms", config.timeout);
  get(json, "idle_timeout_ms", config.idle_timeout);
}

void to_json(nlohmann::json& json, const ToolCall& call) {
  json = {{"tool", call.tool}, {"arguments", call.arguments}};
}

void from_json(const nlohmann::json& json, ToolCall& call) {
  call.tool = json.at("tool").get<std::string>();
  call.arguments = json.at("arguments");
}

void to_json(nlohmann::json& json, const Invariant& invariant) {
  json = {
      {"text", invariant.text}, {"check", invariant.check}, {"non_overridable", invariant.non_overridable}};
}

void from_json(const nlohmann::json& json, Invariant& invariant) {
  if (json.is_string()) {  // written before invariants had more than words
    invariant.text = json.get<std::string>();
    return;
  }
  invariant.text = json.at("text").get<std::string>();
  invariant.check = json.at("check").get<std::string>();
  invariant.non_overridable = json.at("non_overridable").get<bool>();
}

void to_json(nlohmann::json& json, const RepairSpec& repair) {
  json = {{"run", repair.run}, {"max_tries", repair.max_tries}};
}

void from_json(const nlohmann::json& json, RepairSpec& repair) {
  repair.run = json.at("run").get<std::string>();
  repair.max_tries = json.at("max_tries").get<int>();
}

void to_json(nlohmann::json& json, const SubplanSpec& spec) {
  json = {
      {"name", spec.name}, {"goal", spec.goal},   {"scope", spec.scope}, {"after", spec.after},
      {"run", spec.run},   {"tools", spec.tools}, {"check", spec.check}, {"environment", spec.environment}};
  if (!spec.project.empty()) json["project"] = spec.project;
  if (spec.repair != RepairSpec{}) json["repair"] = spec.repair;
  if (!spec.subplans.empty()) json["subplans"] = spec.subplans;
  put(json, "subplan_defaults", spec.subplan_defaults);
  put(json, "timeout_ms", spec.timeout);
  put(json, "idle_timeout_ms", spec.idle_timeout);
  put(json, "max_retries", spec.max_retries);
}

void from_json(const nlohmann::json& json, SubplanSpec& spec) {
  spec.name = json.at("name").get<std::string>();
  spec.goal = json.at("goal").get<std::string>();
  spec.scope = json.at("scope").get<std::vector<std::string>>();
  spec.after = json.at("after").get<std::vector<std::string>>();
  spec.run = json.at("run").get<std::string>();
  spec.tools = json.at("tools").get<std::vector<ToolCall>>();
  spec.check = json.at("check").get<std::string>();
  spec.environment = json.at("environment").get<std::map<std::string, std::string>>();
  spec.project = json.value("project", std::string());
  spec.repair = json.value("repair", RepairSpec{});
  spec.subplans = json.value("subplans", std::vector<SubplanSpec>{});
  get(json, "subplan_defaults", spec.subplan_defaults);
  get(json, "timeout_ms", spec.timeout);
  get(json, "idle_timeout_ms", spec.idle_timeout);
  get(json, "max_retries", spec.max_retries);
}

void to_json(nlohmann::json& json, const PlanSpec& spec) {
  json = {{"name", spec.name},
          {"goal", spec.goal},
          {"done", spec.done},
          {"profile", spec.profile},
          {"invariants", spec.invariants},
          {"projects", spec.projects},
          {"subplan_defaults", spec.subplan_defaults},
          {"setup", spec.setup},
          {"subplans", spec.subplans},
          {"regenerate", spec.regenerate},
          {"opaque", spec.opaque},
          {"max_child_depth", spec.max_child_depth}};
}

void from_json(const nlohmann::json& json, PlanSpec& spec) {
  spec.name = json.at("name").get<std::string>();
  spec.goal = json.at("goal").get<std::string>();
  spec.done = json.at("done").get<std::string>();
  spec.profile = json.at("profile").get<std::string>();
  spec.invariants = json.at("invariants").get<std::vector<Invariant>>();
  spec.projects = json.at("projects").get<std::map<std::string, std::string>>();
  spec.subplan_defaults = json.at("subplan_defaults").get<SubplanConfig>();
  spec.setup = json.at("setup").get<std::vector<std::string>>();
  spec.subplans = json.at("subplans").get<std::vector<SubplanSpec>>();
  spec.regenerate = json.value("regenerate", std::map<std::string, std::string>{});
  spec.opaque = json.value("opaque", std::vector<std::string>{});
  spec.max_child_depth = json.value("max_child_depth", PlanSpec{}.max_child_depth);
}

Result<std::vector<int>> waves(const PlanSpec& spec) {
  const std::size_t count = spec.subplans.size();
  std::unordered_map<std::string_view, std::size_t> index;
  for (std::size_t i = 0; i < count; ++i) index.emplace(spec.subplans[i].name, i);

  std::vector<std::size_t> waiting_for(count, 0);
  std::vector<std::vector<std::size_t>> dependents(count);
  for (std::size_t i = 0; i < count; ++i) {
    for (const auto& name : spec.subplans[i].after) {
      const auto found = index.find(name);
      if (found == index.end()) {
        return Error{
            ErrorCode::invalid_argument,
            "subplan '" + spec.subplans[i].name + "' is to run after '" + name + "', which does not exist"};
      }
      dependents[found->second].push_back(i);
      ++waiting_for[i];
    }
  }
  // Kahn's algorithm (A. B. Kahn, "Topological sorting of large networks", CACM 1962).
  std::vector<int> wave(count, 0);
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < count; ++i) {
    if (waiting_for[i] == 0) ready.push_back(i);
  }
  std::size_t done = 0;
  while (done < ready.size()) {
    const std::size_t current = ready[done++];
    for (const std::size_t next : dependents[current]) {
      wave[next] = std::max(wave[next], wave[current] + 1);
      if (--waiting_for[next] == 0) ready.push_back(next);
    }
  }
  if (done < count) {
    std::string names;
    for (std::size_t i = 0; i < count; ++i) {
      if (waiting_for[i] > 0) names += (names.empty() ? "" : ", ") + spec.subplans[i].name;
    }
    return Error{ErrorCode::invalid_argument, "these subplans wait for each other in a cycle: " + names};
  }
  if (spec.subplan_defaults.mode == ExecutionMode::sequential) {
    // One at a time, in dependency order; the file's order decides among those that are free.
    std::vector<std::size_t> order(count);
    for (std::size_t i = 0; i < count; ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return wave[a] < wave[b]; });
    for (std::size_t i = 0; i < count; ++i) wave[order[i]] = static_cast<int>(i);
  }
  return wave;
}

}  // namespace pland::engine
