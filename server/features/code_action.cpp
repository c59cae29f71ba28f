#include "server/features/code_action.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/merge/resolution.h"
#include "server/wording.h"

namespace pland::server {
namespace {

using engine::Resolution;
using jsonrpc::Json;
using Actions = std::vector<std::variant<lsp::Command, lsp::CodeAction>>;

bool touches(const lsp::Range& a, const lsp::Range& b) {
  return a.start <= b.end && b.start <= a.end;
}

std::string code_of(const lsp::Diagnostic& diagnostic) {
  const auto* code = diagnostic.code ? std::get_if<std::string>(&*diagnostic.code) : nullptr;
  return code != nullptr && diagnostic.source == "pland" ? *code : std::string();
}

std::string text_at(const Json& json, const char* key) {
  return json.is_object() ? json.value(key, std::string()) : std::string();
}

const engine::Conflict* find_conflict(const Workspace& workspace, const std::string& id,
                                      Workspace::Found& found) {
  found = workspace.find(id);
  if (found.plan == nullptr) return nullptr;
  for (const engine::Conflict& conflict : found.plan->conflicts) {
    if (conflict.conflict_id == id) return &conflict;
  }
  return nullptr;
}

bool is_open_hunk(const engine::Conflict& conflict, const Json& data) {
  if (conflict.resolution) return false;
  const auto hunk = data.find("hunk");
  if (hunk == data.end() || !hunk->is_number_unsigned()) return engine::is_open(conflict);
  const auto index = hunk->get<std::size_t>();
  return index < conflict.hunks.size() && !conflict.hunks[index].resolution;
}

std::string title_of(Resolution resolution, const engine::Conflict& conflict, const engine::LivePlan& plan) {
  // At apply, ours is what the person wrote.
  const std::string ours = conflict.subplan_id.empty() ? "your text" : ours_name(conflict);
  const std::string theirs = theirs_name(conflict, plan);
  switch (resolution) {
    case Resolution::ours:
      return "Take " + ours + " (ours)";
    case Resolution::theirs:
      return "Take " + theirs + " (theirs)";
    case Resolution::both:
      return "Take both: " + ours + ", then " + theirs;
    case Resolution::base:
      return "Take base: neither " + ours + " nor " + theirs;
    case Resolution::manual:
      break;
  }
  return "Edit by hand";
}

class Builder {
 public:
  Builder(const lsp::ClientCapabilities& client, std::optional<std::int32_t> version, std::string uri)
      : client_(client),
        lazy_(client.code_action_data &&
              std::find(client.code_action_resolve.begin(), client.code_action_resolve.end(), "command") !=
                  client.code_action_resolve.end()),
        version_(version),
        uri_(std::move(uri)) {}

  /// `argument` is the command's one argument; `why_not` a reason to show the action as disabled.
  void add(const lsp::Diagnostic& diagnostic, std::string title, const char* command, const Json& argument,
           std::string_view why_not) {
    if (!why_not.empty() && !(client_.code_action_literals && client_.code_action_disabled)) return;
    lsp::Command call{title, command, std::vector<Json>{argument}};
    if (!client_.code_action_literals) {
      actions_.emplace_back(std::move(call));
      return;
    }
    lsp::CodeAction action;
    action.title = std::move(title);
    action.kind = lsp::code_action_kind::quick_fix;
    action.diagnostics = std::vector<lsp::Diagnostic>{diagnostic};
    if (!why_not.empty()) action.disabled = lsp::CodeActionDisabled{std::string(why_not)};
    if (client_.code_action_data) {
      action.data = argument;
      (*action.data)["command"] = command;
      (*action.data)["uri"] = uri_;
      if (version_) (*action.data)["version"] = *version_;
    }
    if (why_not.empty() && !lazy_) action.command = std::move(call);
    actions_.emplace_back(std::move(action));
  }

  Actions take() { return std::move(actions_); }

 private:
  const lsp::ClientCapabilities& client_;
  bool lazy_;
  std::optional<std::int32_t> version_;
  std::string uri_;
  Actions actions_;
};

void add_conflict_actions(Builder& builder, const lsp::Diagnostic& diagnostic, const Workspace& workspace) {
  const Json& data = *diagnostic.data;
  Workspace::Found found;
  const engine::Conflict* conflict = find_conflict(workspace, text_at(data, "conflictId"), found);
  if (conflict == nullptr || !is_open_hunk(*conflict, data)) return;
  for (const auto& choice : engine::merge::allowed_resolutions(*conflict)) {
    if (choice.resolution == Resolution::manual) continue;
    Json argument{{"conflictId", conflict->conflict_id},
                  {"resolution", engine::to_string(choice.resolution)}};
    if (data.contains("hunk")) argument["hunk"] = data["hunk"];
    builder.add(diagnostic, title_of(choice.resolution, *conflict, *found.plan), "pland.resolve", argument,
                choice.why_not);
  }
}

void add_failure_actions(Builder& builder, const lsp::Diagnostic& diagnostic) {
  const std::string subplan = text_at(*diagnostic.data, "subplanId");
  builder.add(diagnostic, "Retry", "pland.retry", Json{{"subplanId", subplan}}, {});
  builder.add(diagnostic, "Show log", "pland.log", Json{{"subplanId", subplan}, {"show", true}}, {});
}

}  // namespace

Actions code_actions(const lsp::CodeActionParams& params, const std::vector<lsp::Diagnostic>& shown,
                     std::optional<std::int32_t> version, const Workspace& workspace,
                     const lsp::ClientCapabilities& client) {
  Builder builder(client, version, params.text_document.uri);
  if (!lsp::is_wanted_kind(params.context.only, lsp::code_action_kind::quick_fix)) return {};
  for (const lsp::Diagnostic& diagnostic : shown) {
    if (!diagnostic.data || !touches(diagnostic.range, params.range)) continue;
    const std::string code = code_of(diagnostic);
    if (code == "merge-conflict") add_conflict_actions(builder, diagnostic, workspace);
    if (code == "subplan-failed") add_failure_actions(builder, diagnostic);
  }
  return builder.take();
}

jsonrpc::Outcome<lsp::CodeAction> resolve_code_action(lsp::CodeAction action, const OpenDocuments& documents,
                                                      const Workspace& workspace) {
  using jsonrpc::ErrorCode;
  using jsonrpc::ResponseError;
  if (action.disabled || action.command) return action;
  const std::string command = action.data ? text_at(*action.data, "command") : std::string();
  if (command.empty()) {
    return ResponseError(ErrorCode::invalid_params,
                         "params.data: expected what textDocument/codeAction gave");
  }
  Json argument = *action.data;
  const auto version = argument.find("version");
  const auto now = documents.version(documents.key_of(text_at(argument, "uri")));
  if (version != argument.end() && (!now || *version != *now)) {
    return ResponseError(ErrorCode::content_modified,
                         "the document was edited meanwhile; ask for the actions again");
  }
  if (command == "pland.resolve") {
    Workspace::Found found;
    const engine::Conflict* conflict = find_conflict(workspace, text_at(argument, "conflictId"), found);
    if (conflict == nullptr || !is_open_hunk(*conflict, argument)) {
      return ResponseError(ErrorCode::content_modified, "the conflict is no longer open");
    }
  }
  for (const char* ours : {"command", "uri", "version"}) argument.erase(ours);
  action.command = lsp::Command{action.title, command, std::vector<Json>{std::move(argument)}};
  return action;
}

}  // namespace pland::server
