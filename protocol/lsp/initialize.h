// The handshake: what the client tells of itself, and what the server offers.
#pragma once

#include "protocol/lsp/client_capabilities.h"
#include "protocol/lsp/window.h"

namespace pland::lsp {

struct ClientInfo {
  std::string name;
  std::optional<std::string> version = {};
};
PLAND_JSON_STRUCT(ClientInfo);

struct InitializeParams {
  std::optional<std::int64_t> process_id = {};  ///< null: nobody's process to watch
  std::optional<ClientInfo> client_info = {};
  std::optional<std::string> locale = {};
  std::optional<std::string> root_path = {};  ///< deprecated, still all that some clients send
  std::optional<DocumentUri> root_uri = {};
  ClientCapabilities capabilities;
  std::optional<Json> initialization_options = {};
  TraceValue trace = TraceValue::off;
  std::optional<std::vector<WorkspaceFolder>> workspace_folders = {};
};
PLAND_JSON_STRUCT(InitializeParams);

enum class TextDocumentSyncKind { none = 0, full = 1, incremental = 2 };
constexpr jsonrpc::IntRange json_range(TextDocumentSyncKind) {
  return {0, 2};
}

struct SaveOptions {
  std::optional<bool> include_text = {};
};
PLAND_JSON_STRUCT(SaveOptions);

struct TextDocumentSyncOptions {
  std::optional<bool> open_close = {};
  std::optional<TextDocumentSyncKind> change = {};
  std::optional<SaveOptions> save = {};
};
PLAND_JSON_STRUCT(TextDocumentSyncOptions);

struct CodeActionOptions {
  std::optional<std::vector<std::string>> code_action_kinds = {};
  std::optional<bool> resolve_provider = {};
};
PLAND_JSON_STRUCT(CodeActionOptions);

struct CodeLensOptions {
  std::optional<bool> resolve_provider = {};
};
PLAND_JSON_STRUCT(CodeLensOptions);

struct ExecuteCommandOptions {
  std::vector<std::string> commands;
  std::optional<bool> work_done_progress = {};
};
PLAND_JSON_STRUCT(ExecuteCommandOptions);

struct WorkspaceFoldersServerCapabilities {
  std::optional<bool> supported = {};
  std::optional<bool> change_notifications = {};
};
PLAND_JSON_STRUCT(WorkspaceFoldersServerCapabilities);

struct TextDocumentContentOptions {
  std::vector<std::string> schemes;
};
PLAND_JSON_STRUCT(TextDocumentContentOptions);

struct WorkspaceOptions {
  std::optional<WorkspaceFoldersServerCapabilities> workspace_folders = {};
  std::optional<TextDocumentContentOptions> text_document_content = {};
};
PLAND_JSON_STRUCT(WorkspaceOptions);

struct ServerCapabilities {
  std::optional<PositionEncoding> position_encoding = {};
  std::optional<TextDocumentSyncOptions> text_document_sync = {};
  std::optional<bool> hover_provider = {};
  std::optional<bool> document_symbol_provider = {};
  std::optional<CodeActionOptions> code_action_provider = {};
  std::optional<CodeLensOptions> code_lens_provider = {};
  std::optional<ExecuteCommandOptions> execute_command_provider = {};
  std::optional<WorkspaceOptions> workspace = {};
  std::optional<Json> experimental = {};
};
PLAND_JSON_STRUCT(ServerCapabilities);

struct ServerInfo {
  std::string name;
  std::optional<std::string> version = {};
};
PLAND_JSON_STRUCT(ServerInfo);

struct InitializeResult {
  ServerCapabilities capabilities;
  std::optional<ServerInfo> server_info = {};
};
PLAND_JSON_STRUCT(InitializeResult);

}  // namespace pland::lsp
