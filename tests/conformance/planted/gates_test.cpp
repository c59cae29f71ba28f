// Every row of the table of features: the sample passes for a client that declares all, and is the one
// violation for a client that declares all but the row's capability.
#include <doctest/doctest.h>

#include "tests/conformance/capabilities.h"
#include "tests/conformance/feature_gates.h"
#include "tests/conformance/planted/script.h"
#include "tests/conformance/profiles.h"

using namespace pland::conformance;
using namespace pland::conformance::planted;

namespace {

// A message that uses the feature: the params of a notification or of a request of the server, or the result
// of a request of the client, whose params are `asked`.
struct Sample {
  std::string gate;  // structure.property
  std::string method;
  Json payload;
  Json asked = {};
};

const Json document = {{"textDocument", {{"uri", document_uri}}}};
const Json at_start = {{"textDocument", {{"uri", document_uri}}}, {"position", position(0, 0)}};

Json diagnostic_with(const std::string& key, const Json& value) {
  Json item = {{"range", range(0, 0, 3)}, {"message", "m"}};
  item[key] = value;
  return list(item);
}

// Both ways for a diagnostic to reach the client.
void add_diagnostic_samples(std::vector<Sample>& samples, const std::string& gate, const Json& items) {
  samples.push_back(
      {gate, "textDocument/publishDiagnostics", {{"uri", document_uri}, {"diagnostics", items}}});
  samples.push_back({gate, "textDocument/diagnostic", {{"kind", "full"}, {"items", items}}, document});
  const Json report = {{"kind", "full"}, {"items", items}, {"uri", document_uri}, {"version", nullptr}};
  samples.push_back(
      {gate, "workspace/diagnostic", {{"items", list(report)}}, {{"previousResultIds", Json::array()}}});
}

void add_edit_samples(std::vector<Sample>& samples) {
  auto apply = [&](const std::string& gate, const Json& edit, const Json& more = Json::object()) {
    Json params = {{"edit", edit}};
    params.update(more);
    samples.push_back({gate, "workspace/applyEdit", params});
  };
  const std::string file = "file:///w/new";
  apply("WorkspaceEdit.documentChanges", {{"documentChanges", Json::array()}});
  apply("WorkspaceEdit.changeAnnotations", {{"changeAnnotations", {{"a", {{"label", "l"}}}}}});
  apply("CreateFile.kind", {{"documentChanges", list(Json{{"kind", "create"}, {"uri", file}})}});
  apply("RenameFile.kind",
        {{"documentChanges", list(Json{{"kind", "rename"}, {"oldUri", file}, {"newUri", file}})}});
  apply("DeleteFile.kind", {{"documentChanges", list(Json{{"kind", "delete"}, {"uri", file}})}});
  const Json snippet = {{"range", range(0, 0, 0)}, {"snippet", {{"kind", "snippet"}, {"value", "$1"}}}};
  apply("SnippetTextEdit.",
        {{"documentChanges",
          list(Json{{"textDocument", {{"uri", document_uri}, {"version", 1}}}, {"edits", list(snippet)}})}});
  apply("ApplyWorkspaceEditParams.metadata", Json::object(), {{"metadata", {{"isRefactoring", true}}}});
}

void add_completion_samples(std::vector<Sample>& samples) {
  auto complete = [&](const std::string& gate, const std::string& key, const Json& value) {
    Json item = {{"label", "x"}};
    item[key] = value;
    samples.push_back({gate, "textDocument/completion", list(item), at_start});
  };
  complete("CompletionItem.insertTextFormat", "insertTextFormat", 2);
  complete("CompletionItem.tags", "tags", list(1));
  complete("CompletionItem.deprecated", "deprecated", true);
  complete("CompletionItem.preselect", "preselect", true);
  complete("CompletionItem.commitCharacters", "commitCharacters", list(";"));
  complete("CompletionItem.labelDetails", "labelDetails", {{"detail", "d"}});
  complete("CompletionItem.insertTextMode", "insertTextMode", 1);
  complete("CompletionItem.kind", "kind", 25);
  complete("InsertReplaceEdit.", "textEdit",
           {{"newText", "n"}, {"insert", range(0, 0, 0)}, {"replace", range(0, 0, 1)}});
  const Json markdown = {{"kind", "markdown"}, {"value", "*m*"}};
  complete("MarkupContent.kind", "documentation", markdown);
  samples.push_back({"MarkupContent.kind",
                     "completionItem/resolve",
                     {{"label", "x"}, {"documentation", markdown}},
                     {{"label", "x"}}});
  const Json with_defaults = {
      {"isIncomplete", false}, {"items", Json::array()}, {"itemDefaults", {{"insertTextFormat", 1}}}};
  samples.push_back({"CompletionList.itemDefaults", "textDocument/completion", with_defaults, at_start});
  const Json with_kind = {{"isIncomplete", false}, {"items", Json::array()}, {"applyKind", {{"data", 1}}}};
  samples.push_back({"CompletionList.applyKind", "textDocument/completion", with_kind, at_start});
}

void add_symbol_samples(std::vector<Sample>& samples) {
  const Json symbol = {
      {"name", "n"}, {"kind", 1}, {"range", range(0, 0, 3)}, {"selectionRange", range(0, 0, 3)}};
  samples.push_back({"DocumentSymbol.", "textDocument/documentSymbol", list(symbol), document});
  Json newer = symbol, tagged = symbol;
  newer["kind"] = 26;
  tagged["tags"] = list(1);
  samples.push_back({"DocumentSymbol.kind", "textDocument/documentSymbol", list(newer), document});
  samples.push_back({"DocumentSymbol.tags", "textDocument/documentSymbol", list(tagged), document});

  const Json full = {{"uri", document_uri}, {"range", range(0, 0, 0)}}, lazy = {{"uri", document_uri}};
  const Json query = {{"query", ""}};
  auto found = [&](const std::string& gate, Json item) {
    item["name"] = "n";
    samples.push_back({gate, "workspace/symbol", list(item), query});
  };
  found("SymbolInformation.kind", {{"kind", 26}, {"location", full}});
  found("SymbolInformation.tags", {{"kind", 1}, {"location", full}, {"tags", list(1)}});
  // `data` tells the new form from the old one.
  found("WorkspaceSymbol.kind", {{"kind", 26}, {"location", full}, {"data", 1}});
  found("WorkspaceSymbol.tags", {{"kind", 1}, {"location", full}, {"tags", list(1)}, {"data", 1}});
  found("LocationUriOnly.", {{"kind", 1}, {"location", lazy}});
}

std::vector<Sample> make_samples() {
  std::vector<Sample> samples;
  const Json related = {{"location", {{"uri", "file:///w/b"}, {"range", range(9, 9, 9)}}}, {"message", "m"}};
  const Json markdown = {{"kind", "markdown"}, {"value", "*m*"}};
  add_diagnostic_samples(samples, "Diagnostic.relatedInformation",
                         diagnostic_with("relatedInformation", list(related)));
  add_diagnostic_samples(samples, "Diagnostic.codeDescription",
                         diagnostic_with("codeDescription", {{"href", "https://example.org"}}));
  add_diagnostic_samples(samples, "Diagnostic.data", diagnostic_with("data", 1));
  add_diagnostic_samples(samples, "Diagnostic.tags", diagnostic_with("tags", list(1)));
  add_diagnostic_samples(samples, "MarkupContent.", diagnostic_with("message", markdown));
  samples.push_back({"PublishDiagnosticsParams.version",
                     "textDocument/publishDiagnostics",
                     {{"uri", document_uri}, {"diagnostics", Json::array()}, {"version", 1}}});
  const Json others = {{"file:///w/b", {{"kind", "full"}, {"items", Json::array()}}}};
  samples.push_back({"RelatedFullDocumentDiagnosticReport.relatedDocuments",
                     "textDocument/diagnostic",
                     {{"kind", "full"}, {"items", Json::array()}, {"relatedDocuments", others}},
                     document});
  samples.push_back({"RelatedUnchangedDocumentDiagnosticReport.relatedDocuments",
                     "textDocument/diagnostic",
                     {{"kind", "unchanged"}, {"resultId", "1"}, {"relatedDocuments", others}},
                     document});

  const Json context = {{"diagnostics", Json::array()}};
  const Json asked = {
      {"textDocument", {{"uri", document_uri}}}, {"range", range(0, 0, 0)}, {"context", context}};
  auto action = [&](const std::string& gate, const Json& more) {
    Json item = {{"title", "t"}, {"command", {{"title", "t"}, {"command", "pland.spawn"}}}};
    item.update(more);
    samples.push_back({gate, "textDocument/codeAction", list(item), asked});
  };
  action("CodeAction.", Json::object());
  action("CodeAction.isPreferred", {{"isPreferred", true}});
  action("CodeAction.disabled", {{"disabled", {{"reason", "r"}}}});
  action("CodeAction.data", {{"data", 1}});
  action("CodeAction.tags", {{"tags", list(1)}});
  const Json documented = {{"kind", "quickfix"}, {"command", {{"title", "t"}, {"command", "pland.spawn"}}}};
  samples.push_back({"CodeActionOptions.documentation", "initialize", {{"documentation", list(documented)}}});

  add_edit_samples(samples);
  add_completion_samples(samples);
  add_symbol_samples(samples);
  samples.push_back({"MarkupContent.kind", "textDocument/hover", {{"contents", markdown}}, at_start});
  const Json link = {
      {"targetUri", document_uri}, {"targetRange", range(0, 0, 3)}, {"targetSelectionRange", range(0, 0, 1)}};
  for (const char* method : {"definition", "declaration", "typeDefinition", "implementation"}) {
    samples.push_back({"LocationLink.", std::string("textDocument/") + method, list(link), at_start});
  }
  samples.push_back({"FoldingRange.collapsedText", "textDocument/foldingRange",
                     list(Json{{"startLine", 0}, {"endLine", 1}, {"collapsedText", "..."}}), document});
  const Json watcher = {{"globPattern", {{"baseUri", "file:///w"}, {"pattern", "*"}}}};
  const Json watch = {{"id", "w"},
                      {"method", "workspace/didChangeWatchedFiles"},
                      {"registerOptions", {{"watchers", list(watcher)}}}};
  samples.push_back({"RelativePattern.", "client/registerCapability", {{"registrations", list(watch)}}});
  return samples;
}

Script session_with(const Sample& sample, const Json& capabilities) {
  std::vector<Entry> entries;
  const Method* method = lsp_shapes().method(sample.method);
  if (sample.method == "initialize") {
    Script script = short_session(capabilities, {});
    script.at("initialize-reply")["result"]["capabilities"]["codeActionProvider"] = sample.payload;
    return script;
  }
  if (method->client_sends) {
    entries = {client("", call(50, sample.method, sample.asked)), server("", result(50, sample.payload))};
  } else if (method->is_request) {
    const Json answer = sample.method == "workspace/applyEdit" ? Json{{"applied", true}} : Json();
    entries = {server("", call(50, sample.method, sample.payload)), client("", result(50, answer))};
  } else {
    entries = {server("", note(sample.method, sample.payload))};
  }
  return short_session(capabilities, entries);
}

// The capability that the sample needs, when the gate is about its method.
std::string capability_for(const FeatureGate& gate, const std::string& method) {
  const std::string stand_in = "{diagnostics}";
  if (gate.capability.find(stand_in) != 0) return gate.capability;
  const bool pushed = method == "textDocument/publishDiagnostics";
  return std::string("textDocument.") + (pushed ? "publishDiagnostics" : "diagnostic") +
         gate.capability.substr(stand_in.size());
}

Json without(Json capabilities, const std::string& path) {
  const std::size_t dot = path.rfind('.');
  Json* parent = const_cast<Json*>(at_path(capabilities, path.substr(0, dot)));
  REQUIRE(parent != nullptr);
  REQUIRE(parent->erase(path.substr(dot + 1)) == 1);
  return capabilities;
}

}  // namespace

TEST_CASE("each gated feature is let through when declared, and found when not") {
  const Json full = client_profile("full").at("capabilities");
  const auto samples = make_samples();
  for (const FeatureGate& gate : feature_gates()) {
    const std::string name = gate.structure + "." + gate.property;
    INFO(name << " " << gate.method);
    bool sampled = false;
    for (const Sample& sample : samples) {
      if (sample.gate != name || (!gate.method.empty() && gate.method != sample.method)) continue;
      sampled = true;
      INFO(sample.method << " " << sample.payload.dump());
      const Run declared = play(session_with(sample, full));
      CHECK(to_string(declared.server) == "");
      CHECK(to_string(declared.client) == "");

      const Json less = without(full, capability_for(gate, sample.method));
      const Run undeclared = play(session_with(sample, less));
      const std::string lines = to_string(undeclared.server);
      CHECK_MESSAGE(undeclared.server.size() == 1, lines);
      CHECK_MESSAGE(lines.find("undeclared feature: " + gate.structure) != std::string::npos, lines);
    }
    CHECK_MESSAGE(sampled, "no sample uses this feature");
  }
}

TEST_CASE("a client that declares nothing gets plain texts without leave") {
  const Json plain = {{"contents", {{"kind", "plaintext"}, {"value", "m"}}}};
  const Run run = play(session_with({"", "textDocument/hover", plain, at_start}, Json::object()));
  CHECK(to_string(run.server) == "");
}
