// Code actions: request, answer, and lazy resolution.
#pragma once

#include <variant>

#include "protocol/lsp/diagnostic.h"
#include "protocol/lsp/edit.h"

namespace pland::lsp {

/// Kinds are open, hierarchical strings; these are the ones of the specification that we use.
namespace code_action_kind {
inline constexpr const char* quick_fix = "quickfix";
inline constexpr const char* refactor = "refactor";
inline constexpr const char* source = "source";
}  // namespace code_action_kind

/// Whether an action of `kind` was asked for: the same kind or one above it ("refactor" asks for
/// "refactor.inline"); no filter asks for all.
bool is_wanted_kind(const std::optional<std::vector<std::string>>& only, std::string_view kind);

enum class CodeActionTriggerKind { invoked = 1, automatic = 2 };
constexpr jsonrpc::IntRange json_range(CodeActionTriggerKind) {
  return {1, 2};
}

/// Diagnostics of other servers in shapes that we cannot read are left out.
struct CodeActionContext {
  std::vector<Diagnostic> diagnostics;
  std::optional<std::vector<std::string>> only = {};
  std::optional<CodeActionTriggerKind> trigger_kind = {};
};
PLAND_JSON_STRUCT(CodeActionContext);

struct CodeActionParams {
  TextDocumentIdentifier text_document;
  Range range;
  CodeActionContext context;
};
PLAND_JSON_STRUCT(CodeActionParams);

/// Why an action is shown but cannot be taken.
struct CodeActionDisabled {
  std::string reason;
};
PLAND_JSON_STRUCT(CodeActionDisabled);

/// With both, the client applies `edit` first and then runs `command`.
struct CodeAction {
  std::string title;
  std::optional<std::string> kind = {};
  std::optional<std::vector<Diagnostic>> diagnostics = {};  ///< what it resolves
  std::optional<bool> is_preferred = {};
  std::optional<CodeActionDisabled> disabled = {};
  std::optional<WorkspaceEdit> edit = {};
  std::optional<Command> command = {};
  std::optional<Json> data = {};  ///< kept between textDocument/codeAction and codeAction/resolve
};
PLAND_JSON_STRUCT(CodeAction);

/// Commands are for clients without codeActionLiteralSupport.
using CodeActionResult = std::optional<std::vector<std::variant<Command, CodeAction>>>;

}  // namespace pland::lsp
