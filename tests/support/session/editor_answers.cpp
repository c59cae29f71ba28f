// How the editor answers the server's requests, and what a person does with its results.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/conformance/capabilities.h"
#include "tests/support/session/fake_editor.h"

namespace pland::session {

void FakeEditor::answer(const std::string& method, std::function<Reply(const Json&)> how) {
  answers_[method] = std::move(how);
}

void FakeEditor::refuse_edits(const std::string& reason) {
  refusal_ = reason;
}
void FakeEditor::choose(const std::string& action_title) {
  choices_.push_back(action_title);
}
void FakeEditor::hold(const std::string& method) {
  holding_.insert(method);
}

void FakeEditor::release(const std::string& method) {
  holding_.erase(method);
  std::deque<std::pair<Json, std::string>> waiting;
  std::swap(waiting, held_);
  for (auto& entry : waiting) {
    if (entry.second == method) {
      respond(entry.first);
    } else {
      held_.push_back(std::move(entry));
    }
  }
}

void FakeEditor::handle_request(const Json& message) {
  const std::string method = message.at("method");
  ++requests_received_[method];
  if (holding_.contains(method)) {
    held_.emplace_back(message, method);
  } else {
    respond(message);
  }
}

void FakeEditor::respond(const Json& message) {
  const Reply reply = answer_to(message.at("method"), message.value("params", Json()));
  Json answer = {{"jsonrpc", "2.0"}, {"id", message.at("id")}};
  if (reply.error.is_null()) {
    answer["result"] = reply.result;
  } else {
    answer["error"] = reply.error;
  }
  post(answer);
}

Reply FakeEditor::answer_to(const std::string& method, const Json& params) {
  if (const auto own = answers_.find(method); own != answers_.end()) return own->second(params);
  if (method == "workspace/applyEdit") return apply_edit(params);
  if (method == "window/showMessageRequest") return choose_action(params);
  if (method == "workspace/configuration") {
    Json values = Json::array();
    for (const Json& item : params.at("items")) {
      values.push_back(options_.configuration.value(item.value("section", ""), Json()));
    }
    return {values, nullptr};
  }
  if (method == "workspace/workspaceFolders") {
    if (options_.root.empty()) return {nullptr, nullptr};
    Json folders = Json::array();
    folders.push_back({{"uri", uri(".")}, {"name", options_.root.filename().string()}});
    return {folders, nullptr};
  }
  if (method == "client/registerCapability") {
    for (const Json& entry : params.at("registrations"))
      registrations_[entry.at("id").get<std::string>()] = entry;
    return {nullptr, nullptr};
  }
  if (method == "client/unregisterCapability") {
    for (const Json& entry : params.at("unregisterations"))
      registrations_.erase(entry.at("id").get<std::string>());
    return {nullptr, nullptr};
  }
  if (method == "window/showDocument") {
    shown_documents_.push_back(params);
    return {{{"success", true}}, nullptr};
  }
  const bool refresh = method.size() > 8 && method.compare(method.size() - 8, 8, "/refresh") == 0;
  if (refresh || method == "window/workDoneProgress/create") return {nullptr, nullptr};
  return {nullptr, {{"code", -32601}, {"message", "this editor has no " + method}}};
}

Reply FakeEditor::choose_action(const Json& params) {
  ShownMessage message{params.at("type").get<int>(), params.at("message").get<std::string>(), {}};
  Json chosen;
  for (const Json& action : params.value("actions", Json::array())) {
    message.actions.push_back(action.at("title"));
    if (!choices_.empty() && action.at("title") == choices_.front()) chosen = action;
  }
  if (!choices_.empty()) {
    if (chosen.is_null())
      complaints_ += "the question \"" + message.text + "\" has no answer " + choices_.front() + "\n";
    choices_.pop_front();
  }
  messages_.push_back(std::move(message));
  return {chosen, nullptr};
}

std::vector<Json> FakeEditor::code_actions(const std::string& path, const Json& range) {
  // As editors do, hand back the diagnostics that the range touches.
  Json context = {{"diagnostics", Json::array()}};
  auto line = [](const Json& r, const char* end) { return r.at(end).at("line").get<int>(); };
  for (const Json& item : diagnostics(path).items) {
    const Json& where = item.at("range");
    const bool touches =
        line(where, "start") <= line(range, "end") && line(range, "start") <= line(where, "end");
    if (touches) context["diagnostics"].push_back(item);
  }
  const Json result = ask("textDocument/codeAction",
                          {{"textDocument", {{"uri", uri(path)}}}, {"range", range}, {"context", context}});
  return result.is_null() ? std::vector<Json>() : result.get<std::vector<Json>>();
}

void FakeEditor::run(Json code_action) {
  if (code_action.value("command", Json()).is_string()) {
    execute(code_action);
    return;
  }
  if (code_action.contains("disabled")) FAIL("the action is disabled: " << code_action.dump());
  const bool resolves = conformance::declared(server_capabilities_, "codeActionProvider.resolveProvider");
  if (!code_action.contains("edit") && resolves) code_action = ask("codeAction/resolve", code_action);
  if (code_action.contains("edit")) {
    const Reply reply = apply_edit({{"edit", code_action.at("edit")}});
    if (reply.result.value("applied", false) == false)
      FAIL("its edit does not apply: " << reply.result.dump());
  }
  if (code_action.contains("command")) execute(code_action.at("command"));
}

std::vector<Json> FakeEditor::code_lenses(const std::string& path) {
  const Json result = ask("textDocument/codeLens", {{"textDocument", {{"uri", uri(path)}}}});
  if (result.is_null()) return {};
  std::vector<Json> lenses = result;
  for (Json& lens : lenses) {
    if (!lens.contains("command")) lens = ask("codeLens/resolve", lens);
  }
  return lenses;
}

Json FakeEditor::execute(const Json& command) {
  Json params = {{"command", command.at("command")}};
  if (command.contains("arguments")) params["arguments"] = command.at("arguments");
  return ask("workspace/executeCommand", params);
}

void FakeEditor::cancel_progress(const std::string& title) {
  for (const SeenProgress& seen : progress_) {
    if (seen.ended || seen.title.find(title) == std::string::npos) continue;
    return notify("window/workDoneProgress/cancel", {{"token", Json::parse(seen.token)}});
  }
  FAIL("no progress " << title << " is running\n" << dump());
}

}  // namespace pland::session
