#include "engine/planfile/tool_check.h"

#include <algorithm>
#include <charconv>

#include "engine/actor/tool_table.h"
#include "engine/base/nearest_name.h"
#include "engine/base/words.h"
#include "engine/planfile/name_check.h"

namespace pland::engine::planfile {
namespace {

std::vector<std::string_view> tool_names() {
  std::vector<std::string_view> names;
  for (const ToolDescription& tool : tool_table()) names.push_back(tool.name);
  return names;
}

std::vector<std::string_view> parameter_names(const ToolDescription& tool) {
  std::vector<std::string_view> names;
  for (const ToolParameter& parameter : tool.parameters) names.push_back(parameter.name);
  return names;
}

/// The argument as the parameter's type wants it; nothing when it is no such value.
std::optional<nlohmann::json> typed(const Node& node, ParameterType type) {
  if (node.kind != NodeKind::scalar) return std::nullopt;
  switch (type) {
    case ParameterType::text:
    case ParameterType::path:
    case ParameterType::glob:
      return node.text;
    case ParameterType::boolean:
      if (node.quoted || (node.text != "true" && node.text != "false")) return std::nullopt;
      return node.text == "true";
    case ParameterType::count: {
      std::int64_t number = 0;
      const char* const end = node.text.data() + node.text.size();
      const auto [stop, error] = std::from_chars(node.text.data(), end, number);
      if (node.quoted || error != std::errc() || stop != end || number < 1) return std::nullopt;
      return number;
    }
    case ParameterType::list:
      break;  // no scalar
  }
  return std::nullopt;
}

class ToolReader {
 public:
  explicit ToolReader(Reading& reading) : reading_(reading) {}

  std::optional<ToolCall> read(const View& item) {
    constexpr std::string_view kExample = "write `- builtin/write_file: {path: a.txt, content: text}`";
    if (item.node->kind != NodeKind::map) {
      report().add("bad-tool", item.place,
                   "a tool call is a mapping of one tool to its arguments, not " +
                       std::string(Reading::describe(*item.node)),
                   std::string(kExample));
      return std::nullopt;
    }
    const auto calls = reading_.fields(item);
    if (calls.empty()) {
      report().add("bad-tool", item.place, "this call names no tool", std::string(kExample));
      return std::nullopt;
    }
    for (std::size_t i = 1; i < calls.size(); ++i) {
      report().add("bad-tool", calls[i].key_place, "a second tool in one list item",
                   "start it with a dash of its own, or indent it to make it an argument");
    }
    return read_call(calls.front());
  }

 private:
  Report& report() { return reading_.report(); }

  std::optional<ToolCall> read_call(const Field& call) {
    const ToolDescription* tool = find_tool(call.key);
    if (tool == nullptr) {
      const auto names = tool_names();
      const auto nearest = nearest_name(call.key, names);
      Problem& problem =
          report().add("bad-tool", call.key_place, "there is no tool " + in_quotes(call.key),
                       nearest.empty() ? "known tools: " + joined(names) : did_you_mean(nearest));
      if (!nearest.empty()) problem.replacement = std::string(nearest);
      return std::nullopt;
    }
    const NodeKind kind = call.value.node->kind;
    if (kind != NodeKind::map && kind != NodeKind::null) {
      report().add("bad-tool", call.value_place(),
                   "the arguments are a mapping, not " + std::string(Reading::describe(*call.value.node)),
                   "write `{" + std::string(tool->parameters.front().name) + ": ...}`");
      return std::nullopt;
    }
    ToolCall result{call.key, nlohmann::json::object()};
    const auto arguments = kind == NodeKind::map ? reading_.fields(call.value) : std::vector<Field>();
    for (const Field& argument : arguments) read_argument(*tool, argument, result);
    for (const ToolParameter& parameter : tool->parameters) {
      if (!parameter.required || find(arguments, parameter.name) != nullptr) continue;
      report().add("bad-tool", call.key_place,
                   "'" + call.key + "' needs '" + std::string(parameter.name) +
                       "': " + std::string(parameter.description),
                   "add `" + std::string(parameter.name) + ": ...`");
    }
    return result;
  }

  void read_argument(const ToolDescription& tool, const Field& argument, ToolCall& call) {
    const auto parameter = std::find_if(tool.parameters.begin(), tool.parameters.end(),
                                        [&](const ToolParameter& one) { return one.name == argument.key; });
    if (parameter == tool.parameters.end()) {
      const auto names = parameter_names(tool);
      const auto nearest = nearest_name(argument.key, names);
      Problem& problem = report().add("bad-tool", argument.key_place,
                                      "'" + call.tool + "' takes no " + in_quotes(argument.key),
                                      nearest.empty() ? "it takes: " + joined(names) : did_you_mean(nearest));
      if (!nearest.empty()) problem.replacement = std::string(nearest);
      return;
    }
    if (parameter->type == ParameterType::list) {
      nlohmann::json list = nlohmann::json::array();
      for (Item& item : reading_.text_list(argument)) list.push_back(std::move(item.text));
      call.arguments[argument.key] = std::move(list);
      return;
    }
    auto value = typed(*argument.value.node, parameter->type);
    if (!value) {
      report().add("bad-tool", argument.value_place(),
                   "'" + argument.key + "' must be " + std::string(to_string(parameter->type)),
                   std::string(parameter->description));
      return;
    }
    if (parameter->type == ParameterType::path &&
        !check_path(argument.value.node->text, argument.key, argument.value_place(), report())) {
      return;
    }
    call.arguments[argument.key] = std::move(*value);
  }

  Reading& reading_;
};

}  // namespace

std::vector<ToolCall> read_tools(const Field& field, Reading& reading) {
  std::vector<ToolCall> calls;
  if (!reading.is_list(field, "`- builtin/write_file: {path: a.txt, content: text}`", true)) return calls;
  ToolReader reader(reading);
  for (const View& item : reading.items(field.value)) {
    if (auto call = reader.read(item)) calls.push_back(std::move(*call));
  }
  return calls;
}

}  // namespace pland::engine::planfile
