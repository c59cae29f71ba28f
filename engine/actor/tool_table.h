// The built-in tools as values: what they are called, what they take, what they may do. One table for the
// actor that runs them, for the plan-file checker, and for the schema. No I/O, any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pland::engine {

enum class ParameterType {
  text,
  path,  ///< text: a path relative to the sandbox that stays inside it
  glob,  ///< text: a pattern of engine/base/glob.h
  boolean,
  count,  ///< an integer from 1
  list,   ///< texts
};
/// "text", "path", "glob", "true or false", "a whole number from 1", "a list of texts".
std::string_view to_string(ParameterType type);

struct ToolParameter {
  std::string_view name;
  ParameterType type;
  bool required;
  std::string_view description;
};

struct ToolDescription {
  std::string_view name;  ///< "builtin/write_file"
  std::string_view description;
  bool read_only;  ///< changes nothing
  bool writes;     ///< changes files of the sandbox
  std::span<const ToolParameter> parameters;
};

/// Every built-in tool, in the order in which they are shown.
std::span<const ToolDescription> tool_table();

/// Null when there is none of that name.
const ToolDescription* find_tool(std::string_view name);

struct ArgumentProblem {
  std::string argument;  ///< its name; that of the missing one, too
  bool missing = false;
  std::string message;  ///< "builtin/edit_file needs 'old_text': ..."
};

/// Everything that is wrong with the arguments: unknown, missing, or of the wrong type. `arguments` must be
/// an object.
std::vector<ArgumentProblem> check_arguments(const ToolDescription& tool, const nlohmann::json& arguments);

/// The tool's input as a JSON Schema (draft 2020-12).
nlohmann::json input_schema(const ToolDescription& tool);

}  // namespace pland::engine
