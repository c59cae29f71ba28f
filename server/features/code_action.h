// Quick fixes on our own diagnostics: take a side of a merge conflict, retry a failed subplan, show its log.
//
// Made from what the file shows (not from the client's copy of it, which may lack `data`). A client without
// code action literals gets plain commands. Where the client resolves actions lazily, the command comes with
// codeAction/resolve, which checks that the conflict is still open and the document's version the same. Loop
// thread only.
#pragma once

#include <optional>
#include <vector>

#include "protocol/lsp/client_capabilities.h"
#include "protocol/lsp/code_action.h"
#include "server/documents.h"
#include "server/workspace.h"

namespace pland::server {

std::vector<std::variant<lsp::Command, lsp::CodeAction>> code_actions(
    const lsp::CodeActionParams& params, const std::vector<lsp::Diagnostic>& shown,
    std::optional<std::int32_t> version, const Workspace& workspace, const lsp::ClientCapabilities& client);

/// Fills in what code_actions left out. Errors: ContentModified when the action no longer means anything.
jsonrpc::Outcome<lsp::CodeAction> resolve_code_action(lsp::CodeAction action, const OpenDocuments& documents,
                                                      const Workspace& workspace);

}  // namespace pland::server
