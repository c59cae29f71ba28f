// A subplan that an actor asks for while it works: the tool `builtin/plan-subplan` (requirements 2.8, #198).
// The engine makes it a child plan once the actor's own work is done. Values only, any thread.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/plan_spec.h"

namespace pland::engine {

struct SubplanProposal {
  SubplanSpec spec;  ///< name, goal, run, check, scope, after, project
  bool parallel = false;
  std::optional<int> max_parallel;
  std::optional<MergeStrategy> merge;
  std::string rationale;  ///< for people: why, and with what
};

/// Errors: invalid_argument that lists everything that is wrong (a SpawnValidationError).
Result<SubplanProposal> read_proposal(const nlohmann::json& arguments);

/// The tool calls that a command wrote into the file PLAND_CALLS names: one JSON object a line, `{"tool":
/// ..., "arguments": {...}}`. No file: none. Errors: invalid_argument with the line; io.
Result<std::vector<ToolCall>> read_calls(const std::filesystem::path& path);

}  // namespace pland::engine
