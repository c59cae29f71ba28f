#include "protocol/lsp/code_action.h"

#include <algorithm>

#include "protocol/jsonrpc/fields.h"

namespace pland::lsp {

bool is_wanted_kind(const std::optional<std::vector<std::string>>& only, std::string_view kind) {
  if (!only) return true;
  return std::any_of(only->begin(), only->end(), [kind](std::string_view wanted) {
    return wanted.empty() || kind == wanted ||
           (kind.starts_with(wanted) && kind.size() > wanted.size() && kind[wanted.size()] == '.');
  });
}

bool read_json(jsonrpc::Reader in, CodeActionContext& out) {
  if (!in.is_object()) return in.expected("an object");
  const auto diagnostics = in.member("diagnostics");
  if (!diagnostics) return in.missing_member("diagnostics");
  if (!diagnostics->is_array()) return diagnostics->expected("an array");
  for (std::size_t i = 0; i < diagnostics->size(); ++i) {
    jsonrpc::ReadProblems passed_over;
    Diagnostic diagnostic;
    if (read_json(diagnostics->element(i).with_problems(passed_over), diagnostic)) {
      out.diagnostics.push_back(std::move(diagnostic));
    }
  }
  bool ok = true;
  if (const auto only = in.member("only")) ok = read_json(*only, out.only);
  if (const auto kind = in.member("triggerKind")) ok = read_json(*kind, out.trigger_kind) && ok;
  return ok;
}
void write_json(jsonrpc::Writer out, const CodeActionContext& value) {
  out.make_object();
  write_json(out.member("diagnostics"), value.diagnostics);
  if (value.only) write_json(out.member("only"), *value.only);
  if (value.trigger_kind) write_json(out.member("triggerKind"), *value.trigger_kind);
}
std::vector<jsonrpc::FieldDescription> describe_json(const CodeActionContext*) {
  using jsonrpc::Presence;
  return {
      {"diagnostics", Presence::required}, {"only", Presence::optional}, {"triggerKind", Presence::optional}};
}

PLAND_JSON_FIELDS(CodeActionParams, required("textDocument", &CodeActionParams::text_document),
                  required("range", &CodeActionParams::range),
                  required("context", &CodeActionParams::context))
PLAND_JSON_FIELDS(CodeActionDisabled, required("reason", &CodeActionDisabled::reason))
PLAND_JSON_FIELDS(CodeAction, required("title", &CodeAction::title), optional("kind", &CodeAction::kind),
                  optional("diagnostics", &CodeAction::diagnostics),
                  optional("isPreferred", &CodeAction::is_preferred),
                  optional("disabled", &CodeAction::disabled), optional("edit", &CodeAction::edit),
                  optional("command", &CodeAction::command), optional("data", &CodeAction::data))

}  // namespace pland::lsp
