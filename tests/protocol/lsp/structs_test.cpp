// The structs against the specification: member names, which may be absent, which may be null, and how they
// look on the wire. The specification's side comes from the shapes of tests/conformance.
#include <doctest/doctest.h>

#include <algorithm>

#include "protocol/jsonrpc/fields.h"
#include "protocol/jsonrpc/json.h"
#include "protocol/lsp/code_action.h"
#include "protocol/lsp/document_sync.h"
#include "protocol/lsp/initialize.h"
#include "protocol/lsp/language_features.h"
#include "protocol/lsp/methods.h"
#include "protocol/lsp/window.h"
#include "protocol/lsp/workspace.h"
#include "tests/conformance/shapes.h"

using namespace pland::lsp;
using pland::jsonrpc::Presence;
using pland::jsonrpc::Reader;
using pland::jsonrpc::ReadProblems;
using pland::jsonrpc::Writer;

namespace {

using pland::conformance::lsp_shapes;
using pland::conformance::Shapes;

bool may_be_null(const pland::conformance::Type& type) {
  return std::any_of(type.items.begin(), type.items.end(),
                     [](const auto& item) { return item.name == "null"; });
}

/// Nothing, or what contradicts the specification in the table of T.
template <typename T>
std::string contradiction(const char* name) {
  const auto* structure = lsp_shapes().structure(name);
  if (!structure) return "no such structure";
  const auto table = describe_json(static_cast<const T*>(nullptr));
  for (const auto& field : table) {
    const std::string key(field.key);
    const auto member = structure->properties.find(key);
    if (member == structure->properties.end()) return key + " is no member of it";
    const bool optional = member->second.optional;
    const bool may_be_absent = field.presence == Presence::optional || field.presence == Presence::lenient;
    if (may_be_absent && !optional) return key + " is written only when present, but must be always";
    if (field.presence == Presence::required && optional) return key + " is optional";
    if (field.presence == Presence::nullable && !may_be_null(member->second.type))
      return key + " may not be null";
    const bool literal = member->second.type.kind == pland::conformance::Type::Kind::literal;
    if ((field.presence == Presence::constant) != literal) return key + " is a constant in one place only";
  }
  for (const auto& [key, property] : structure->properties) {
    const bool known =
        std::any_of(table.begin(), table.end(), [&k = key](const auto& f) { return f.key == k; });
    if (!known && !property.optional) return key + " is missing";
  }
  return "";
}

template <typename T>
Json written(const T& value) {
  Json out;
  write_json(Writer(out), value);
  return out;
}

template <typename T>
T read(const Json& json) {
  ReadProblems problems;
  T value{};
  read_json(Reader(json, "value", problems), value);
  CHECK(problems.to_string() == "");
  return value;
}

template <typename T>
std::string problems_of(const Json& json) {
  ReadProblems problems;
  T value{};
  read_json(Reader(json, "params", problems), value);
  return problems.to_string();
}

/// Reads the text and writes it again: nothing may be lost, and the outcome is what the specification says.
template <typename T>
void survives(const char* type, const char* text) {
  const Json json = Json::parse(text);
  const Json again = written(read<T>(json));
  CHECK(again == json);
  for (const auto& problem : lsp_shapes().check(Shapes::named(type), again, type, true)) {
    FAIL_CHECK(problem.path << ": " << problem.text);
  }
}

}  // namespace

#define LIKE_SPECIFICATION(Type) CHECK_MESSAGE(contradiction<Type>(#Type) == "", #Type)

TEST_CASE("structs: every table agrees with the specification") {
  LIKE_SPECIFICATION(Position);
  LIKE_SPECIFICATION(Range);
  LIKE_SPECIFICATION(Location);
  LIKE_SPECIFICATION(TextDocumentIdentifier);
  LIKE_SPECIFICATION(VersionedTextDocumentIdentifier);
  LIKE_SPECIFICATION(OptionalVersionedTextDocumentIdentifier);
  LIKE_SPECIFICATION(TextDocumentItem);
  LIKE_SPECIFICATION(Command);
  LIKE_SPECIFICATION(MarkupContent);
  LIKE_SPECIFICATION(WorkspaceFolder);
  LIKE_SPECIFICATION(DidOpenTextDocumentParams);
  LIKE_SPECIFICATION(DidChangeTextDocumentParams);
  LIKE_SPECIFICATION(DidSaveTextDocumentParams);
  LIKE_SPECIFICATION(DidCloseTextDocumentParams);
  LIKE_SPECIFICATION(FileEvent);
  LIKE_SPECIFICATION(DidChangeWatchedFilesParams);
  LIKE_SPECIFICATION(TextDocumentContentParams);
  LIKE_SPECIFICATION(TextDocumentContentResult);
  LIKE_SPECIFICATION(TextDocumentContentRefreshParams);
  LIKE_SPECIFICATION(CodeDescription);
  LIKE_SPECIFICATION(DiagnosticRelatedInformation);
  LIKE_SPECIFICATION(Diagnostic);
  LIKE_SPECIFICATION(PublishDiagnosticsParams);
  LIKE_SPECIFICATION(TextEdit);
  LIKE_SPECIFICATION(TextDocumentEdit);
  LIKE_SPECIFICATION(CreateFileOptions);
  LIKE_SPECIFICATION(CreateFile);
  LIKE_SPECIFICATION(RenameFileOptions);
  LIKE_SPECIFICATION(RenameFile);
  LIKE_SPECIFICATION(DeleteFileOptions);
  LIKE_SPECIFICATION(DeleteFile);
  LIKE_SPECIFICATION(WorkspaceEdit);
  LIKE_SPECIFICATION(ApplyWorkspaceEditParams);
  LIKE_SPECIFICATION(ApplyWorkspaceEditResult);
  LIKE_SPECIFICATION(CodeActionContext);
  LIKE_SPECIFICATION(CodeActionParams);
  LIKE_SPECIFICATION(CodeActionDisabled);
  LIKE_SPECIFICATION(CodeAction);
  LIKE_SPECIFICATION(CodeLensParams);
  LIKE_SPECIFICATION(CodeLens);
  LIKE_SPECIFICATION(HoverParams);
  LIKE_SPECIFICATION(Hover);
  LIKE_SPECIFICATION(DocumentSymbolParams);
  LIKE_SPECIFICATION(DocumentSymbol);
  LIKE_SPECIFICATION(ShowMessageParams);
  LIKE_SPECIFICATION(LogMessageParams);
  LIKE_SPECIFICATION(MessageActionItem);
  LIKE_SPECIFICATION(ShowMessageRequestParams);
  LIKE_SPECIFICATION(ShowDocumentParams);
  LIKE_SPECIFICATION(ShowDocumentResult);
  LIKE_SPECIFICATION(SetTraceParams);
  LIKE_SPECIFICATION(LogTraceParams);
  LIKE_SPECIFICATION(WorkDoneProgressCreateParams);
  LIKE_SPECIFICATION(WorkDoneProgressCancelParams);
  LIKE_SPECIFICATION(WorkDoneProgressBegin);
  LIKE_SPECIFICATION(WorkDoneProgressReport);
  LIKE_SPECIFICATION(WorkDoneProgressEnd);
  LIKE_SPECIFICATION(ProgressParams);
  LIKE_SPECIFICATION(ExecuteCommandParams);
  LIKE_SPECIFICATION(ConfigurationItem);
  LIKE_SPECIFICATION(ConfigurationParams);
  LIKE_SPECIFICATION(DidChangeConfigurationParams);
  LIKE_SPECIFICATION(WorkspaceFoldersChangeEvent);
  LIKE_SPECIFICATION(DidChangeWorkspaceFoldersParams);
  LIKE_SPECIFICATION(Registration);
  LIKE_SPECIFICATION(RegistrationParams);
  LIKE_SPECIFICATION(Unregistration);
  LIKE_SPECIFICATION(UnregistrationParams);
  LIKE_SPECIFICATION(FileSystemWatcher);
  LIKE_SPECIFICATION(DidChangeWatchedFilesRegistrationOptions);
  LIKE_SPECIFICATION(ClientInfo);
  LIKE_SPECIFICATION(InitializeParams);
  LIKE_SPECIFICATION(SaveOptions);
  LIKE_SPECIFICATION(TextDocumentSyncOptions);
  LIKE_SPECIFICATION(CodeActionOptions);
  LIKE_SPECIFICATION(CodeLensOptions);
  LIKE_SPECIFICATION(ExecuteCommandOptions);
  LIKE_SPECIFICATION(WorkspaceFoldersServerCapabilities);
  LIKE_SPECIFICATION(TextDocumentContentOptions);
  LIKE_SPECIFICATION(WorkspaceOptions);
  LIKE_SPECIFICATION(ServerCapabilities);
  LIKE_SPECIFICATION(ServerInfo);
  LIKE_SPECIFICATION(InitializeResult);
}

namespace {
struct Planted {
  std::optional<std::string> uri;
};
PLAND_JSON_STRUCT(Planted);
PLAND_JSON_FIELDS(Planted, optional("uri", &Planted::uri))
}  // namespace

TEST_CASE("structs: the comparison finds planted faults") {
  CHECK(contradiction<Planted>("TextDocumentIdentifier") ==
        "uri is written only when present, but must be always");
  CHECK(contradiction<Planted>("Position") == "uri is no member of it");
  CHECK(contradiction<TextDocumentIdentifier>("Location") == "range is missing");
  CHECK(contradiction<OptionalVersionedTextDocumentIdentifier>("VersionedTextDocumentIdentifier") ==
        "version may not be null");
  CHECK(contradiction<WorkDoneProgressEnd>("WorkDoneProgressCreateParams") == "kind is no member of it");
}

TEST_CASE("structs: method names are the specification's, with their kind and direction") {
  const auto is = [&](bool request, bool client_sends, bool server_sends,
                      std::initializer_list<const char*> names) {
    for (const char* name : names) {
      CAPTURE(name);
      const auto* method = lsp_shapes().method(name);
      REQUIRE(method);
      CHECK(method->is_request == request);
      CHECK(method->client_sends == client_sends);
      CHECK(method->server_sends == server_sends);
    }
  };
  is(true, true, false,
     {method::initialize, method::shutdown, method::code_action, method::code_action_resolve,
      method::code_lens, method::code_lens_resolve, method::hover, method::document_symbol,
      method::execute_command, method::text_document_content});
  is(true, false, true,
     {method::register_capability, method::unregister_capability, method::apply_edit, method::configuration,
      method::workspace_folders, method::code_lens_refresh, method::diagnostic_refresh,
      method::text_document_content_refresh, method::show_message_request, method::show_document,
      method::work_done_progress_create});
  is(false, true, false,
     {method::initialized, method::exit, method::set_trace, method::did_open, method::did_change,
      method::did_save, method::did_close, method::did_change_configuration,
      method::did_change_workspace_folders, method::did_change_watched_files,
      method::work_done_progress_cancel});
  is(false, false, true,
     {method::log_trace, method::publish_diagnostics, method::show_message, method::log_message});
  is(false, true, true, {method::cancel_request, method::progress});
}

TEST_CASE("structs: full values survive reading and writing") {
  survives<Diagnostic>(
      "Diagnostic",
      R"({"range":{"start":{"line":1,"character":2},"end":{"line":3,"character":4}},"severity":2,
    "code":"merge-conflict","codeDescription":{"href":"https://e.org"},"source":"pland","message":"m","tags":[1],
    "relatedInformation":[{"location":{"uri":"file:///a","range":{"start":{"line":0,"character":0},
    "end":{"line":0,"character":1}}},"message":"theirs"}],"data":{"conflictId":"x","n":[null,1.5]}})");
  survives<Diagnostic>("Diagnostic",
                       R"({"range":{"start":{"line":1,"character":2},"end":{"line":3,"character":4}},"code":7,
    "message":"m"})");
  survives<WorkspaceEdit>("WorkspaceEdit", R"({"documentChanges":[
    {"textDocument":{"uri":"file:///a","version":null},"edits":[{"range":{"start":{"line":0,"character":0},
     "end":{"line":0,"character":0}},"newText":"x"}]},
    {"kind":"create","uri":"file:///b","options":{"overwrite":true}},
    {"kind":"rename","oldUri":"file:///b","newUri":"file:///c"},
    {"kind":"delete","uri":"file:///c","options":{"recursive":true,"ignoreIfNotExists":true}}]})");
  survives<WorkspaceEdit>("WorkspaceEdit", R"({"changes":{"file:///a":[]}})");
  survives<CodeAction>(
      "CodeAction",
      R"({"title":"Take theirs","kind":"quickfix","isPreferred":true,"disabled":{"reason":"busy"},
    "command":{"title":"t","command":"pland.resolve","arguments":[{"conflictId":"x"}]},"data":1,"edit":{},
    "diagnostics":[]})");
  survives<ProgressParams>(
      "ProgressParams",
      R"({"token":"t","value":{"kind":"begin","title":"Plan","cancellable":true,"percentage":0}})");
  survives<ProgressParams>("ProgressParams",
                           R"({"token":7,"value":{"kind":"report","message":"net","percentage":50}})");
  survives<ProgressParams>("ProgressParams", R"({"token":7,"value":{"kind":"end"}})");
  survives<DocumentSymbol>("DocumentSymbol",
                           R"({"name":"plan","kind":19,"range":{"start":{"line":0,"character":0},
    "end":{"line":9,"character":0}},"selectionRange":{"start":{"line":0,"character":0},"end":{"line":0,"character":4}},
    "children":[{"name":"net","kind":6,"range":{"start":{"line":1,"character":0},"end":{"line":2,"character":0}},
    "selectionRange":{"start":{"line":1,"character":0},"end":{"line":1,"character":3}}}]})");
  survives<InitializeResult>(
      "InitializeResult", R"({"capabilities":{"positionEncoding":"utf-8","textDocumentSync":{"openClose":true,
    "change":2,"save":{"includeText":false}},"hoverProvider":true,"documentSymbolProvider":true,
    "codeActionProvider":{"codeActionKinds":["quickfix"],"resolveProvider":true},
    "codeLensProvider":{"resolveProvider":false},"executeCommandProvider":{"commands":["pland.spawn"]},
    "workspace":{"workspaceFolders":{"supported":true,"changeNotifications":true},
    "textDocumentContent":{"schemes":["pland"]}},"experimental":{"pland":{"version":1}}},
    "serverInfo":{"name":"pland","version":"0.1.0"}})");
}

TEST_CASE("structs: what is empty is left out, or null where the specification says null") {
  CHECK(written(CodeAction{.title = "t"}).dump() == R"({"title":"t"})");
  CHECK(written(PublishDiagnosticsParams{"file:///a", std::nullopt, {}}).dump() ==
        R"({"diagnostics":[],"uri":"file:///a"})");
  CHECK(written(OptionalVersionedTextDocumentIdentifier{"u", std::nullopt}).dump() ==
        R"({"uri":"u","version":null})");
  CHECK(written(ServerCapabilities{}).dump() == "{}");
  CHECK(written(HoverResult{}).dump() == "null");
  CHECK(written(CodeActionResult{std::vector<std::variant<Command, CodeAction>>{}}).dump() == "[]");
}

TEST_CASE("structs: progress values are told apart by their kind") {
  const auto progress =
      read<ProgressParams>({{"token", 1}, {"value", {{"kind", "report"}, {"title", "odd"}}}});
  CHECK(std::holds_alternative<WorkDoneProgressReport>(progress.value));
  CHECK(problems_of<ProgressParams>({{"token", 1}, {"value", {{"kind", "pause"}}}})
            .find("none of the accepted") != std::string::npos);
}

TEST_CASE("structs: positions of any size are saturated, wrong ones have a path") {
  const auto range = read<Range>(Json::parse(
      R"({"start":{"line":0,"character":0},"end":{"line":1.7976931348623157e308,"character":9007199254740991}})"));
  CHECK(range.end == Position{2147483647, 2147483647});
  CHECK(problems_of<Range>(Json::parse(R"({"start":{"line":-1,"character":"x"},"end":{"line":0}})")) ==
        "params.start.line: expected a natural number, found -1; params.start.character: expected a natural "
        "number, "
        "found string; params.end.character: is required but missing");
  CHECK(problems_of<HoverParams>(
            Json::parse(R"({"textDocument":{"uri":5},"position":{"line":0,"character":0}})")) ==
        "params.textDocument.uri: expected a string, found number");
}

TEST_CASE("structs: other servers' diagnostics in shapes unknown to us do not spoil a code action request") {
  const auto params = read<CodeActionParams>(Json::parse(R"({"textDocument":{"uri":"file:///a"},
    "range":{"start":{"line":0,"character":0},"end":{"line":0,"character":0}},
    "context":{"diagnostics":[{"message":{"kind":"markdown","value":"new"},
                               "range":{"start":{"line":0,"character":0},"end":{"line":0,"character":0}}},
                              {"message":"ours","range":{"start":{"line":0,"character":0},
                               "end":{"line":0,"character":0}}}],"triggerKind":2}})"));
  REQUIRE(params.context.diagnostics.size() == 1);
  CHECK(params.context.diagnostics[0].message == "ours");
  CHECK(params.context.trigger_kind == CodeActionTriggerKind::automatic);
}

TEST_CASE("structs: code action kinds are hierarchical") {
  using Only = std::optional<std::vector<std::string>>;
  CHECK(is_wanted_kind(std::nullopt, "quickfix"));
  CHECK(is_wanted_kind(Only({"refactor", "quickfix"}), "quickfix"));
  CHECK(is_wanted_kind(Only({"quickfix"}), "quickfix.theirs"));
  CHECK(is_wanted_kind(Only({""}), "quickfix"));
  CHECK_FALSE(is_wanted_kind(Only({"quick"}), "quickfix"));
  CHECK_FALSE(is_wanted_kind(Only({"quickfix.theirs"}), "quickfix"));
  CHECK_FALSE(is_wanted_kind(Only(std::vector<std::string>{}), "quickfix"));
}
