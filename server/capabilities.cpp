#include "server/capabilities.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "protocol/lsp/code_action.h"
#include "protocol/lsp/initialize.h"
#include "server/verbs.h"
#include "server/version.h"

namespace pland::server {

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const Verb& verb : verbs()) names.push_back("pland." + std::string(verb.name));
  return names;
}

nlohmann::json initialize_result(const lsp::ClientCapabilities& client) {
  lsp::InitializeResult result;
  result.server_info = lsp::ServerInfo{"pland", version()};
  lsp::ServerCapabilities& offered = result.capabilities;
  offered.position_encoding = lsp::choose_position_encoding(client);

  lsp::TextDocumentSyncOptions sync;
  sync.open_close = true;
  sync.change = lsp::TextDocumentSyncKind::incremental;
  sync.save = lsp::SaveOptions{false};
  offered.text_document_sync = sync;

  offered.hover_provider = true;
  offered.code_lens_provider = lsp::CodeLensOptions{false};
  lsp::CodeActionOptions actions;
  actions.code_action_kinds = std::vector<std::string>{lsp::code_action_kind::quick_fix};
  const auto& lazy = client.code_action_resolve;
  if (client.code_action_data && std::find(lazy.begin(), lazy.end(), "command") != lazy.end()) {
    actions.resolve_provider = true;
  }
  offered.code_action_provider = actions;
  offered.execute_command_provider = lsp::ExecuteCommandOptions{command_names(), std::nullopt};
  lsp::WorkspaceOptions workspace;
  workspace.workspace_folders = lsp::WorkspaceFoldersServerCapabilities{true, true};
  offered.workspace = workspace;

  nlohmann::json names = nlohmann::json::array();
  for (const Verb& verb : verbs()) names.push_back(std::string(verb.name));
  offered.experimental = nlohmann::json{{"pland", {{"version", version()}, {"verbs", std::move(names)}}}};

  nlohmann::json json;
  write_json(jsonrpc::Writer(json), result);
  // The options are only for clients that know code action literals.
  if (!client.code_action_literals) json["capabilities"]["codeActionProvider"] = true;
  return json;
}

}  // namespace pland::server
