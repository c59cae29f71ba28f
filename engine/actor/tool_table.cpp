#include "engine/actor/tool_table.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace pland::engine {

namespace {

constexpr std::array read_file = {
    ToolParameter{"path", ParameterType::path, true, "the file to read"},
    ToolParameter{"first_line", ParameterType::count, false,
                  "the first line to read, from 1; default: the first"},
    ToolParameter{"line_count", ParameterType::count, false, "how many lines to read; default: all"},
};
constexpr std::array write_file = {
    ToolParameter{"path", ParameterType::path, true,
                  "the file to create or replace; missing folders are made"},
    ToolParameter{"content", ParameterType::text, true, "the file's whole content"},
};
constexpr std::array edit_file = {
    ToolParameter{"path", ParameterType::path, true, "the file to change"},
    ToolParameter{"old_text", ParameterType::text, true, "the text to replace; it must occur exactly once"},
    ToolParameter{"new_text", ParameterType::text, true, "what to put in its place"},
    ToolParameter{"all", ParameterType::boolean, false, "replace every occurrence; default: false"},
};
constexpr std::array delete_file = {
    ToolParameter{"path", ParameterType::path, true, "the file to delete; of a symbolic link, the link"},
};
constexpr std::array list_files = {
    ToolParameter{"path", ParameterType::path, false,
                  "the folder to list, with everything below; default: all"},
    ToolParameter{"glob", ParameterType::glob, false, "list only paths that match, relative to the folder"},
    ToolParameter{"limit", ParameterType::count, false, "list at most so many; default: 1000"},
};
constexpr std::array search_files = {
    ToolParameter{"text", ParameterType::text, true, "the text to look for, within a line"},
    ToolParameter{"path", ParameterType::path, false,
                  "the folder to search, with everything below; default: all"},
    ToolParameter{"glob", ParameterType::glob, false, "search only files that match, relative to the folder"},
    ToolParameter{"ignore_case", ParameterType::boolean, false, "take a and A as the same; default: false"},
    ToolParameter{"limit", ParameterType::count, false, "find at most so many lines; default: 200"},
};

constexpr std::array plan_subplan = {
    ToolParameter{"name", ParameterType::text, true, "what to call it; unique among its siblings"},
    ToolParameter{"goal", ParameterType::text, true, "what it is to achieve: its definition of done"},
    ToolParameter{"run", ParameterType::text, true, "its work: a shell command"},
    ToolParameter{"check", ParameterType::text, false, "a shell command that must pass after it"},
    ToolParameter{"resource_scopes", ParameterType::list, false, "globs of the paths it means to write"},
    ToolParameter{"project_refs", ParameterType::list, false, "aliases of the projects it works on"},
    ToolParameter{"dependencies", ParameterType::list, false,
                  "names of proposed subplans that come before it"},
    ToolParameter{"parallel", ParameterType::boolean, false, "it may run beside the others; default: false"},
    ToolParameter{"max_parallel", ParameterType::count, false, "how many run at once, 1 to 50"},
    ToolParameter{"merge_strategy", ParameterType::text, false,
                  "git_three_way, sequential_apply, fail_on_conflict or last_wins"},
};

constexpr std::array<ToolDescription, 7> table = {{
    {"builtin/read_file", "Reads a text file, or some of its lines", true, false, read_file},
    {"builtin/write_file", "Creates or replaces a file", false, true, write_file},
    {"builtin/edit_file", "Replaces a piece of a file's text", false, true, edit_file},
    {"builtin/delete_file", "Deletes a file", false, true, delete_file},
    {"builtin/list_files", "Lists the files of a folder", true, false, list_files},
    {"builtin/search_files", "Finds the lines that contain a text", true, false, search_files},
    {"builtin/plan-subplan", "Asks for a child plan, which runs when this work is done", true, false,
     plan_subplan},
}};

bool wants_text(ParameterType type) {
  return type == ParameterType::text || type == ParameterType::path || type == ParameterType::glob;
}

bool fits(ParameterType type, const nlohmann::json& value) {
  switch (type) {
    case ParameterType::text:
    case ParameterType::path:
    case ParameterType::glob:
      return value.is_string();
    case ParameterType::boolean:
      return value.is_boolean();
    case ParameterType::count:
      return value.is_number_integer() && value.get<std::int64_t>() >= 1;
    case ParameterType::list:
      return value.is_array() && std::all_of(value.begin(), value.end(),
                                             [](const nlohmann::json& item) { return item.is_string(); });
  }
  return false;
}

}  // namespace

std::string_view to_string(ParameterType type) {
  switch (type) {
    case ParameterType::text:
      return "text";
    case ParameterType::path:
      return "a path";
    case ParameterType::glob:
      return "a glob";
    case ParameterType::boolean:
      return "true or false";
    case ParameterType::count:
      return "a whole number from 1";
    case ParameterType::list:
      return "a list of texts";
  }
  return "?";
}

std::span<const ToolDescription> tool_table() {
  return table;
}

const ToolDescription* find_tool(std::string_view name) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const auto& tool) { return tool.name == name; });
  return found == table.end() ? nullptr : &*found;
}

std::vector<ArgumentProblem> check_arguments(const ToolDescription& tool, const nlohmann::json& arguments) {
  std::vector<ArgumentProblem> problems;
  const std::string who(tool.name);
  for (const auto& [name, value] : arguments.items()) {
    const auto parameter = std::find_if(tool.parameters.begin(), tool.parameters.end(),
                                        [&key = name](const ToolParameter& one) { return one.name == key; });
    if (parameter == tool.parameters.end()) {
      std::string known;
      for (const ToolParameter& one : tool.parameters)
        known += (known.empty() ? "" : ", ") + std::string(one.name);
      problems.push_back({name, false, who + " takes no '" + name + "' (it takes: " + known + ")"});
    } else if (!fits(parameter->type, value)) {
      problems.push_back({name, false,
                          who + ": '" + name + "' must be " + std::string(to_string(parameter->type)) +
                              (value.is_primitive() && !value.is_string() && wants_text(parameter->type)
                                   ? "; put it in quotes"
                                   : "")});
    }
  }
  for (const ToolParameter& parameter : tool.parameters) {
    const std::string name(parameter.name);
    if (parameter.required && !arguments.contains(name)) {
      problems.push_back({name, true, who + " needs '" + name + "': " + std::string(parameter.description)});
    }
  }
  return problems;
}

nlohmann::json input_schema(const ToolDescription& tool) {
  nlohmann::json properties = nlohmann::json::object();
  nlohmann::json required = nlohmann::json::array();
  for (const ToolParameter& parameter : tool.parameters) {
    nlohmann::json property = {{"description", std::string(parameter.description)}};
    switch (parameter.type) {
      case ParameterType::boolean:
        property["type"] = "boolean";
        break;
      case ParameterType::count:
        property["type"] = "integer";
        property["minimum"] = 1;
        break;
      case ParameterType::list:
        property["type"] = "array";
        property["items"] = {{"type", "string"}};
        break;
      default:
        property["type"] = "string";
        break;
    }
    properties[std::string(parameter.name)] = std::move(property);
    if (parameter.required) required.push_back(std::string(parameter.name));
  }
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

}  // namespace pland::engine
