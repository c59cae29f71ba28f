#include "protocol/lsp/initialize.h"

#include "protocol/jsonrpc/fields.h"

namespace pland::lsp {

PLAND_JSON_FIELDS(ClientInfo, required("name", &ClientInfo::name), optional("version", &ClientInfo::version))
PLAND_JSON_FIELDS(InitializeParams, nullable("processId", &InitializeParams::process_id),
                  lenient("clientInfo", &InitializeParams::client_info),
                  lenient("locale", &InitializeParams::locale),
                  lenient("rootPath", &InitializeParams::root_path),
                  nullable("rootUri", &InitializeParams::root_uri),
                  defaulted("capabilities", &InitializeParams::capabilities),
                  optional("initializationOptions", &InitializeParams::initialization_options),
                  lenient("trace", &InitializeParams::trace),
                  optional("workspaceFolders", &InitializeParams::workspace_folders))
PLAND_JSON_FIELDS(SaveOptions, optional("includeText", &SaveOptions::include_text))
PLAND_JSON_FIELDS(TextDocumentSyncOptions, optional("openClose", &TextDocumentSyncOptions::open_close),
                  optional("change", &TextDocumentSyncOptions::change),
                  optional("save", &TextDocumentSyncOptions::save))
PLAND_JSON_FIELDS(CodeActionOptions, optional("codeActionKinds", &CodeActionOptions::code_action_kinds),
                  optional("resolveProvider", &CodeActionOptions::resolve_provider))
PLAND_JSON_FIELDS(CodeLensOptions, optional("resolveProvider", &CodeLensOptions::resolve_provider))
PLAND_JSON_FIELDS(ExecuteCommandOptions, required("commands", &ExecuteCommandOptions::commands),
                  optional("workDoneProgress", &ExecuteCommandOptions::work_done_progress))
PLAND_JSON_FIELDS(WorkspaceFoldersServerCapabilities,
                  optional("supported", &WorkspaceFoldersServerCapabilities::supported),
                  optional("changeNotifications", &WorkspaceFoldersServerCapabilities::change_notifications))
PLAND_JSON_FIELDS(TextDocumentContentOptions, required("schemes", &TextDocumentContentOptions::schemes))
PLAND_JSON_FIELDS(WorkspaceOptions, optional("workspaceFolders", &WorkspaceOptions::workspace_folders),
                  optional("textDocumentContent", &WorkspaceOptions::text_document_content))
PLAND_JSON_FIELDS(ServerCapabilities, optional("positionEncoding", &ServerCapabilities::position_encoding),
                  optional("textDocumentSync", &ServerCapabilities::text_document_sync),
                  optional("hoverProvider", &ServerCapabilities::hover_provider),
                  optional("documentSymbolProvider", &ServerCapabilities::document_symbol_provider),
                  optional("codeActionProvider", &ServerCapabilities::code_action_provider),
                  optional("codeLensProvider", &ServerCapabilities::code_lens_provider),
                  optional("executeCommandProvider", &ServerCapabilities::execute_command_provider),
                  optional("workspace", &ServerCapabilities::workspace),
                  optional("experimental", &ServerCapabilities::experimental))
PLAND_JSON_FIELDS(ServerInfo, required("name", &ServerInfo::name), optional("version", &ServerInfo::version))
PLAND_JSON_FIELDS(InitializeResult, required("capabilities", &InitializeResult::capabilities),
                  optional("serverInfo", &InitializeResult::server_info))

}  // namespace pland::lsp
