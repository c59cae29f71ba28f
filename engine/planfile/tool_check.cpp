#include "engine/planfile/tool_check.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/planfile/name_check.h"
#include "engine/planfile/nearest_name.h"

namespace pland::engine::planfile {
namespace {

constexpr std::array<std::string_view, 6> kTools{"builtin/read_file",  "builtin/write_file",
                                                 "builtin/edit_file",  "builtin/delete_file",
                                                 "builtin/list_files", "builtin/search_files"};

/// A scalar as YAML's core schema types it.
nlohmann::json typed(const Node& node) {
  if (!node.quoted) {
    if (node.text == "true" || node.text == "false") return node.text == "true";
    std::int64_t number = 0;
    const char* const end = node.text.data() + node.text.size();
    const auto [stop, error] = std::from_chars(node.text.data(), end, number);
    if (error == std::errc() && stop == end) return number;
  }
  return node.text;
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
    if (std::find(kTools.begin(), kTools.end(), call.key) == kTools.end()) {
      const auto nearest = nearest_name(call.key, kTools);
      Problem& problem =
          report().add("bad-tool", call.key_place, "there is no tool '" + call.key.substr(0, 60) + "'",
                       !nearest.empty() ? did_you_mean(nearest) : known_tools());
      if (!nearest.empty()) problem.replacement = std::string(nearest);
      return std::nullopt;
    }
    ToolCall result{call.key, nlohmann::json::object()};
    if (call.value.node->kind == NodeKind::null) return result;
    if (call.value.node->kind != NodeKind::map) {
      report().add("bad-tool", call.value_place(),
                   "the arguments are a mapping, not " + std::string(Reading::describe(*call.value.node)),
                   "write `{name: value}`");
      return std::nullopt;
    }
    for (const Field& argument : reading_.fields(call.value)) {
      if (argument.value.node->kind != NodeKind::scalar) {
        report().add("bad-tool", argument.value_place(), "'" + argument.key + "' must be text", "");
        continue;
      }
      if (argument.key == "path")
        check_path(argument.value.node->text, "path", argument.value_place(), report());
      result.arguments[argument.key] = typed(*argument.value.node);
    }
    return result;
  }

  static std::string known_tools() {
    std::string known = "known tools:";
    for (const std::string_view tool : kTools) known += " " + std::string(tool);
    return known;
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
