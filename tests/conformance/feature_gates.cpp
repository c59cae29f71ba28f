#include "tests/conformance/feature_gates.h"

#include <algorithm>

#include "tests/conformance/capabilities.h"

namespace pland::conformance {
namespace {

using How = FeatureGate::How;

Json first_integers(int count) {
  Json list = Json::array();
  for (int i = 1; i <= count; ++i) list.push_back(i);
  return list;
}

std::vector<FeatureGate> make_gates() {
  const std::string action = "textDocument.codeAction.", item = "textDocument.completion.completionItem.",
                    edit = "workspace.workspaceEdit.", symbol = "textDocument.documentSymbol.";
  const Json old_symbols = first_integers(18), old_items = first_integers(18), plain = {"plaintext"};
  std::vector<FeatureGate> gates = {
      {"Diagnostic", "relatedInformation", "{diagnostics}.relatedInformation"},
      {"Diagnostic", "codeDescription", "{diagnostics}.codeDescriptionSupport"},
      {"Diagnostic", "data", "{diagnostics}.dataSupport"},
      {"Diagnostic", "tags", "{diagnostics}.tagSupport.valueSet", How::each_listed},
      {"PublishDiagnosticsParams", "version", "textDocument.publishDiagnostics.versionSupport"},
      {"RelatedFullDocumentDiagnosticReport", "relatedDocuments",
       "textDocument.diagnostic.relatedDocumentSupport"},
      {"RelatedUnchangedDocumentDiagnosticReport", "relatedDocuments",
       "textDocument.diagnostic.relatedDocumentSupport"},

      {"CodeAction", "", action + "codeActionLiteralSupport"},
      {"CodeAction", "isPreferred", action + "isPreferredSupport"},
      {"CodeAction", "disabled", action + "disabledSupport"},
      {"CodeAction", "data", action + "dataSupport"},
      {"CodeAction", "tags", action + "tagSupport.valueSet", How::each_listed},
      {"CodeActionOptions", "documentation", action + "documentationSupport"},

      {"WorkspaceEdit", "documentChanges", edit + "documentChanges"},
      {"WorkspaceEdit", "changeAnnotations", edit + "changeAnnotationSupport"},
      {"CreateFile", "kind", edit + "resourceOperations", How::value_listed},
      {"RenameFile", "kind", edit + "resourceOperations", How::value_listed},
      {"DeleteFile", "kind", edit + "resourceOperations", How::value_listed},
      {"SnippetTextEdit", "", edit + "snippetEditSupport"},
      {"ApplyWorkspaceEditParams", "metadata", edit + "metadataSupport"},

      {"MarkupContent", "kind", "textDocument.hover.contentFormat", How::value_listed, "textDocument/hover",
       plain},

      {"CompletionItem", "insertTextFormat", item + "snippetSupport", How::flag, "", {}, 2},
      {"CompletionItem", "tags", item + "tagSupport.valueSet", How::each_listed},
      {"CompletionItem", "deprecated", item + "deprecatedSupport"},
      {"CompletionItem", "preselect", item + "preselectSupport"},
      {"CompletionItem", "commitCharacters", item + "commitCharactersSupport"},
      {"CompletionItem", "labelDetails", item + "labelDetailsSupport"},
      {"CompletionItem", "insertTextMode", item + "insertTextModeSupport.valueSet", How::value_listed},
      {"CompletionItem", "kind", "textDocument.completion.completionItemKind.valueSet", How::value_listed, "",
       old_items},
      {"InsertReplaceEdit", "", item + "insertReplaceSupport"},
      {"CompletionList", "itemDefaults", "textDocument.completion.completionList.itemDefaults",
       How::keys_listed},
      {"CompletionList", "applyKind", "textDocument.completion.completionList.applyKindSupport"},

      {"DocumentSymbol", "", symbol + "hierarchicalDocumentSymbolSupport"},
      {"DocumentSymbol", "kind", symbol + "symbolKind.valueSet", How::value_listed, "", old_symbols},
      {"DocumentSymbol", "tags", symbol + "tagSupport.valueSet", How::each_listed},
      {"LocationUriOnly", "", "workspace.symbol.resolveSupport"},
      {"FoldingRange", "collapsedText", "textDocument.foldingRange.foldingRange.collapsedText"},
      {"RelativePattern", "", "workspace.didChangeWatchedFiles.relativePatternSupport"},
  };
  for (const char* method :
       {"textDocument/publishDiagnostics", "textDocument/diagnostic", "workspace/diagnostic"}) {
    gates.push_back({"MarkupContent", "", "textDocument.diagnostic.markupMessageSupport", How::flag, method});
  }
  for (const char* method : {"textDocument/completion", "completionItem/resolve"}) {
    gates.push_back(
        {"MarkupContent", "kind", item + "documentationFormat", How::value_listed, method, plain});
  }
  for (const char* method : {"definition", "declaration", "typeDefinition", "implementation"}) {
    gates.push_back({"LocationLink", "", std::string("textDocument.") + method + ".linkSupport", How::flag,
                     std::string("textDocument/") + method});
  }
  // Both forms of an answer to workspace/symbol.
  for (const char* structure : {"SymbolInformation", "WorkspaceSymbol"}) {
    gates.push_back({structure, "kind", "workspace.symbol.symbolKind.valueSet", How::value_listed,
                     "workspace/symbol", old_symbols});
    gates.push_back(
        {structure, "tags", "workspace.symbol.tagSupport.valueSet", How::each_listed, "workspace/symbol"});
  }
  return gates;
}

std::string resolved_capability(const FeatureGate& gate, const std::string& method) {
  static const std::string stand_in = "{diagnostics}";
  if (gate.capability.compare(0, stand_in.size(), stand_in) != 0) return gate.capability;
  const bool pushed = method == "textDocument/publishDiagnostics";
  return (pushed ? "textDocument.publishDiagnostics" : "textDocument.diagnostic") +
         gate.capability.substr(stand_in.size());
}

bool listed(const Json* list, const Json& value) {
  return list != nullptr && list->is_array() && std::find(list->begin(), list->end(), value) != list->end();
}

}  // namespace

const std::vector<FeatureGate>& feature_gates() {
  static const std::vector<FeatureGate> gates = make_gates();
  return gates;
}

void check_features(const std::string& structure, const Json& value, const std::string& method,
                    const Json& client_capabilities,
                    const std::function<void(const std::string&, const std::string&)>& report) {
  for (const FeatureGate& gate : feature_gates()) {
    if (gate.structure != structure || (!gate.method.empty() && gate.method != method)) continue;
    if (!gate.property.empty() && !value.contains(gate.property)) continue;
    const Json& subject = gate.property.empty() ? value : value.at(gate.property);
    if (!gate.only_when.is_null() && subject != gate.only_when) continue;

    const std::string capability = resolved_capability(gate, method);
    const Json* list = at_path(client_capabilities, capability);
    if (list == nullptr && gate.unless_listed.is_array()) list = &gate.unless_listed;
    std::string refused;
    auto require = [&](const Json& each) {
      if (refused.empty() && !listed(list, each)) refused = each.dump() + " is not in the client's list ";
    };
    switch (gate.how) {
      case How::flag:
        if (!declared(client_capabilities, capability)) refused = "the client did not declare ";
        break;
      case How::value_listed:
        require(subject);
        break;
      case How::each_listed:
        for (const Json& each : subject) require(each);
        break;
      case How::keys_listed:
        for (const auto& [key, each] : subject.items()) require(Json(key));
        break;
    }
    if (!refused.empty()) report(gate.property, refused + capability);
  }
}

}  // namespace pland::conformance
