#include "tests/demo/screen.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <sstream>
#include <vector>

namespace pland::demo {
namespace {

using session::FakeEditor;
using session::Json;

bool colours() {
  static const bool on = ::isatty(1) == 1 && std::getenv("NO_COLOR") == nullptr;
  return on;
}

std::string paint(const char* code, const std::string& text) {
  return colours() ? "\x1b[" + std::string(code) + "m" + text + "\x1b[0m" : text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void draw_diagnostic(const Json& item, const std::string& line) {
  const auto from = item["range"]["start"]["character"].get<std::size_t>();
  const bool one_line = item["range"]["start"]["line"] == item["range"]["end"]["line"];
  const std::size_t to = one_line ? item["range"]["end"]["character"].get<std::size_t>() : line.size();
  std::cout << "     | " << std::string(from, ' ')
            << paint("31", std::string(std::max<std::size_t>(to - std::min(to, from), 1), '^')) << '\n';
  const std::string severity = item.value("severity", 1) == 1 ? "error" : "warning";
  std::string first = severity + "[" + item.value("code", "") + "] ";
  for (const auto& part : lines_of(item.value("message", ""))) {
    std::cout << "       " << paint("31", first) << part << '\n';
    first = std::string(first.size(), ' ');
  }
  for (const auto& related : item.value("relatedInformation", Json::array())) {
    std::cout << "         " << paint("36", related["location"].value("uri", "")) << ": "
              << related.value("message", "") << '\n';
  }
}

}  // namespace

void headline(const std::string& text) {
  std::cout << '\n' << paint("1", "== " + text) << '\n' << std::flush;
}

void say(const std::string& text) {
  std::cout << "   " << text << '\n' << std::flush;
}

void show_document(FakeEditor& editor, const std::string& path, std::size_t count) {
  std::map<std::size_t, std::vector<std::string>> lenses;
  const bool plan = path.find(".plan.") != std::string::npos;
  if (plan) {
    for (const auto& lens : editor.code_lenses(path)) {
      if (lens.contains("command"))
        lenses[lens["range"]["start"]["line"]].push_back(lens["command"].value("title", ""));
    }
  }
  const auto lines = lines_of(editor.text(path));
  for (std::size_t i = 0; i < std::min(count, lines.size()); ++i) {
    if (lenses.count(i) > 0) {
      std::string row;
      for (const auto& title : lenses[i]) row += (row.empty() ? "" : " | ") + title;
      std::cout << "       " << paint("36", row) << '\n';
    }
    std::string number = std::to_string(i + 1);
    number.insert(0, 4 - std::min<std::size_t>(number.size(), 4), ' ');
    std::cout << number << " | " << lines[i] << '\n';
  }
  if (lines.size() > count) std::cout << "     | ...\n";
  std::cout << std::flush;
}

void show_diagnostics(FakeEditor& editor, const std::string& path) {
  const auto lines = lines_of(editor.text(path));
  for (const auto& item : editor.diagnostics(path).items) {
    const auto row = item["range"]["start"]["line"].get<std::size_t>();
    const std::string line = row < lines.size() ? lines[row] : "";
    std::cout << "   " << path << ":" << row + 1 << '\n' << "     | " << line << '\n';
    draw_diagnostic(item, line);
  }
  std::cout << std::flush;
}

std::optional<Json> follow_run(FakeEditor& editor) {
  std::map<std::string, std::string> shown;
  std::size_t seen = 0;
  std::optional<Json> last;
  const auto settled = [&](const FakeEditor& e) {
    const auto notes = e.notifications("pland/planChanged");
    for (; seen < notes.size(); ++seen) {
      last = notes[seen];
      for (const auto& child : last->value("children", Json::array())) {
        const std::string name = child.value("name", "");
        const std::string state = child.value("state", "");
        if (std::exchange(shown[name], state) == state) continue;
        const char* colour = state == "complete" ? "32" : state == "errored" ? "31" : "33";
        say(name + std::string(14 - std::min<std::size_t>(13, name.size()), ' ') + paint(colour, state));
      }
    }
    if (!last) return false;
    const std::string state = last->value("state", "");
    return state != "queued" && state != "processing";
  };
  if (!editor.eventually({"the plan has settled", settled})) {
    say("the plan did not settle:\n" + editor.dump());
    return std::nullopt;
  }
  say("plan          " + last->value("state", ""));
  return last;
}

}  // namespace pland::demo
