// The names of the LSP methods in use. `tests/protocol/lsp` holds them against the meta model.
#pragma once

namespace pland::lsp::method {

// Lifecycle.
inline constexpr const char* initialize = "initialize";
inline constexpr const char* initialized = "initialized";
inline constexpr const char* shutdown = "shutdown";
inline constexpr const char* exit = "exit";
inline constexpr const char* cancel_request = "$/cancelRequest";
inline constexpr const char* progress = "$/progress";
inline constexpr const char* set_trace = "$/setTrace";
inline constexpr const char* log_trace = "$/logTrace";
inline constexpr const char* register_capability = "client/registerCapability";
inline constexpr const char* unregister_capability = "client/unregisterCapability";

// Documents.
inline constexpr const char* did_open = "textDocument/didOpen";
inline constexpr const char* did_change = "textDocument/didChange";
inline constexpr const char* did_save = "textDocument/didSave";
inline constexpr const char* did_close = "textDocument/didClose";
inline constexpr const char* publish_diagnostics = "textDocument/publishDiagnostics";
inline constexpr const char* code_action = "textDocument/codeAction";
inline constexpr const char* code_action_resolve = "codeAction/resolve";
inline constexpr const char* code_lens = "textDocument/codeLens";
inline constexpr const char* code_lens_resolve = "codeLens/resolve";
inline constexpr const char* hover = "textDocument/hover";
inline constexpr const char* document_symbol = "textDocument/documentSymbol";

// Workspace.
inline constexpr const char* execute_command = "workspace/executeCommand";
inline constexpr const char* apply_edit = "workspace/applyEdit";
inline constexpr const char* configuration = "workspace/configuration";
inline constexpr const char* did_change_configuration = "workspace/didChangeConfiguration";
inline constexpr const char* workspace_folders = "workspace/workspaceFolders";
inline constexpr const char* did_change_workspace_folders = "workspace/didChangeWorkspaceFolders";
inline constexpr const char* did_change_watched_files = "workspace/didChangeWatchedFiles";
inline constexpr const char* code_lens_refresh = "workspace/codeLens/refresh";
inline constexpr const char* diagnostic_refresh = "workspace/diagnostic/refresh";
inline constexpr const char* text_document_content = "workspace/textDocumentContent";
inline constexpr const char* text_document_content_refresh = "workspace/textDocumentContent/refresh";

// Window.
inline constexpr const char* show_message = "window/showMessage";
inline constexpr const char* show_message_request = "window/showMessageRequest";
inline constexpr const char* log_message = "window/logMessage";
inline constexpr const char* show_document = "window/showDocument";
inline constexpr const char* work_done_progress_create = "window/workDoneProgress/create";
inline constexpr const char* work_done_progress_cancel = "window/workDoneProgress/cancel";

}  // namespace pland::lsp::method
