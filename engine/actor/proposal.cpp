#include "engine/actor/proposal.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/actor/tool_table.h"
#include "engine/base/names.h"

namespace pland::engine {
namespace {

std::vector<std::string> texts(const nlohmann::json& arguments, const char* name) {
  return arguments.value(name, std::vector<std::string>{});
}

}  // namespace

Result<SubplanProposal> read_proposal(const nlohmann::json& arguments) {
  std::string wrong;
  const auto problem = [&](const std::string& text) { wrong += (wrong.empty() ? "" : "; ") + text; };
  for (const ArgumentProblem& found : check_arguments(*find_tool("builtin/plan-subplan"), arguments)) {
    problem(found.message);
  }
  if (!wrong.empty()) return Error{ErrorCode::invalid_argument, wrong};

  SubplanProposal proposal;
  proposal.spec.name = arguments.at("name").get<std::string>();
  proposal.spec.goal = arguments.at("goal").get<std::string>();
  proposal.spec.run = arguments.at("run").get<std::string>();
  proposal.spec.check = arguments.value("check", std::string());
  proposal.spec.scope = texts(arguments, "resource_scopes");
  proposal.spec.after = texts(arguments, "dependencies");
  const std::vector<std::string> projects = texts(arguments, "project_refs");
  proposal.parallel = arguments.value("parallel", false);
  if (!is_name_part(proposal.spec.name)) {
    problem("'" + proposal.spec.name +
            "' is no name: it must start with a letter, and have letters, digits, '_' and '-'");
  }
  if (proposal.spec.scope.empty() && projects.empty()) {
    problem("at least one of `resource_scopes` and `project_refs` must be named: what does it work on?");
  }
  if (projects.size() > 1) problem("a subplan works on one project; propose one for each");
  if (!projects.empty()) proposal.spec.project = projects.front();
  if (arguments.contains("max_parallel")) {
    proposal.max_parallel = arguments.at("max_parallel").get<int>();
    if (*proposal.max_parallel > 50) problem("max_parallel must be from 1 to 50");
  }
  if (arguments.contains("merge_strategy")) {
    const auto merge = parse_merge_strategy(arguments.at("merge_strategy").get<std::string>());
    if (merge.ok()) {
      proposal.merge = *merge;
    } else {
      problem(merge.error().message);
    }
  }
  if (!wrong.empty()) return Error{ErrorCode::invalid_argument, "builtin/plan-subplan: " + wrong};
  proposal.rationale = fmt::format(
      "'{}' is to work on {} {}{}: {}", proposal.spec.name,
      fmt::join(proposal.spec.scope.empty() ? projects : proposal.spec.scope, ", "),
      proposal.parallel ? "beside others" : "one after the other",
      proposal.spec.after.empty() ? "" : fmt::format(", after {}", fmt::join(proposal.spec.after, ", ")),
      proposal.spec.goal);
  return proposal;
}

Result<std::vector<ToolCall>> read_calls(const std::filesystem::path& path) {
  std::vector<ToolCall> calls;
  std::error_code none;
  if (!std::filesystem::exists(path, none)) return calls;
  std::ifstream file(path, std::ios::binary);
  if (!file) return io_error("reading", path.native(), errno);
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto json = nlohmann::json::parse(line, nullptr, false);
    const bool whole = json.is_object() && json.contains("tool") && json["tool"].is_string() &&
                       (!json.contains("arguments") || json["arguments"].is_object());
    if (!whole) {
      return Error{ErrorCode::invalid_argument,
                   fmt::format("line {} of the tool calls (PLAND_CALLS) is not {{\"tool\": \"builtin/...\", "
                               "\"arguments\": {{...}}}}: {}",
                               number, line.substr(0, 200))};
    }
    calls.push_back({json["tool"].get<std::string>(), json.value("arguments", nlohmann::json::object())});
  }
  return calls;
}

}  // namespace pland::engine
