#include "tests/support/session/expectations.h"

#include <algorithm>

namespace pland::session {
namespace {

bool matches(const FakeEditor& editor, const std::string& path, const Json& item, const std::string& code,
             const DiagnosticWords& words) {
  if (item.value("code", Json()) != code) return false;
  const Json message = item.value("message", Json());
  if (!words.saying.empty() &&
      message.dump().find(Json(words.saying).dump().substr(1, words.saying.size())) == std::string::npos) {
    return false;
  }
  return words.on.empty() || editor.text_in(path, item.at("range")) == words.on;
}

}  // namespace

Expectation diagnostic(const std::string& path, const std::string& code, const DiagnosticWords& words) {
  std::string description = "diagnostic " + code + " in " + path;
  if (!words.on.empty()) description += " on \"" + words.on + "\"";
  if (!words.saying.empty()) description += " saying \"" + words.saying + "\"";
  return {description, [=](const FakeEditor& editor) {
            const Json& items = editor.diagnostics(path).items;
            return std::any_of(items.begin(), items.end(),
                               [&](const Json& item) { return matches(editor, path, item, code, words); });
          }};
}

Expectation no_diagnostic(const std::string& path, const std::string& code) {
  const Expectation there = diagnostic(path, code);
  return {"no " + there.description, [there](const FakeEditor& editor) { return !there.met(editor); }};
}

Expectation no_diagnostics(const std::string& path) {
  return {"no diagnostics in " + path,
          [=](const FakeEditor& editor) { return editor.diagnostics(path).items.empty(); }};
}

Expectation diagnostic_count(const std::string& path, std::size_t count) {
  return {std::to_string(count) + " diagnostics in " + path,
          [=](const FakeEditor& editor) { return editor.diagnostics(path).items.size() == count; }};
}

Expectation published(const std::string& path, int times) {
  return {"diagnostics of " + path + " published " + std::to_string(times) + " times",
          [=](const FakeEditor& editor) { return editor.diagnostics(path).times >= times; }};
}

Expectation progress_begun(const std::string& title) {
  return {"progress \"" + title + "\" begun", [=](const FakeEditor& editor) {
            return std::any_of(
                editor.progress().begin(), editor.progress().end(),
                [&](const SeenProgress& p) { return p.title.find(title) != std::string::npos; });
          }};
}

Expectation progress_ended(const std::string& title) {
  return {"progress \"" + title + "\" ended", [=](const FakeEditor& editor) {
            return std::any_of(
                editor.progress().begin(), editor.progress().end(),
                [&](const SeenProgress& p) { return p.ended && p.title.find(title) != std::string::npos; });
          }};
}

Expectation message_shown(const std::string& part) {
  return {"message with \"" + part + "\"", [=](const FakeEditor& editor) {
            return std::any_of(editor.messages().begin(), editor.messages().end(),
                               [&](const ShownMessage& m) { return m.text.find(part) != std::string::npos; });
          }};
}

Expectation notified(const std::string& method, std::function<bool(const Json&)> fits) {
  return {"notification " + method, [=](const FakeEditor& editor) {
            const auto all = editor.notifications(method);
            return std::any_of(all.begin(), all.end(),
                               [&](const Json& params) { return !fits || fits(params); });
          }};
}

Expectation plan_state(const std::string& state) {
  return {"plan in state " + state, [=](const FakeEditor& editor) {
            const auto all = editor.notifications("pland/planChanged");
            return !all.empty() && all.back().value("state", "") == state;
          }};
}

Expectation replied(const RequestHandle& handle) {
  return {"reply to " + handle.method,
          [=](const FakeEditor& editor) { return editor.reply(handle) != nullptr; }};
}

Expectation asked(const std::string& method, int times) {
  return {std::to_string(times) + " requests " + method,
          [=](const FakeEditor& editor) { return editor.requests_received(method) >= times; }};
}

Expectation edited(int times) {
  return {std::to_string(times) + " edits applied",
          [=](const FakeEditor& editor) { return editor.edits().size() >= static_cast<std::size_t>(times); }};
}

Expectation buffer_is(const std::string& path, const std::string& text) {
  return {path + " with the text \"" + text + "\"",
          [=](const FakeEditor& editor) { return editor.text(path) == text; }};
}

namespace {

std::string descriptions(const std::vector<Expectation>& expectations, const char* joined_by) {
  std::string text;
  for (const Expectation& each : expectations) text += (text.empty() ? "" : joined_by) + each.description;
  return text;
}

}  // namespace

Expectation all_of(std::vector<Expectation> expectations) {
  std::string description = descriptions(expectations, ", and ");
  return {std::move(description), [all = std::move(expectations)](const FakeEditor& editor) {
            return std::all_of(all.begin(), all.end(), [&](const Expectation& e) { return e.met(editor); });
          }};
}

Expectation any_of(std::vector<Expectation> expectations) {
  std::string description = descriptions(expectations, ", or ");
  return {std::move(description), [any = std::move(expectations)](const FakeEditor& editor) {
            return std::any_of(any.begin(), any.end(), [&](const Expectation& e) { return e.met(editor); });
          }};
}

}  // namespace pland::session
