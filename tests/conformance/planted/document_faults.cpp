// Faults about the client's documents: positions in each encoding, edits, versions, URIs, and what results
// say.
#include "tests/conformance/planted/script.h"

namespace pland::conformance::planted {
namespace {

Json& published(Script& script) {
  return script.at("diagnostics")["params"]["diagnostics"][0];
}
Json& applied(Script& script) {
  return script.at("apply")["params"]["edit"]["documentChanges"][0];
}

Fault past_the_end(const char* name, Encoding encoding) {
  return {name,
          [encoding](Script& s) { published(s)["range"]["end"]["character"] = line_end(encoding) + 1; },
          Check::position_outside,
          "past the line's end",
          {},
          false,
          encoding};
}

Fault split(const char* name, Encoding encoding) {
  return {name,
          [](Script& s) { published(s)["range"]["start"]["character"] = 5; },
          Check::position_inside_character,
          "inside a character",
          {},
          false,
          encoding};
}

}  // namespace

std::vector<Fault> document_faults() {
  return {
      // positions
      past_the_end("position past the line's end, utf-8", Encoding::utf8),
      past_the_end("position past the line's end, utf-16", Encoding::utf16),
      past_the_end("position past the line's end, utf-32", Encoding::utf32),
      split("position inside a UTF-8 sequence", Encoding::utf8),
      split("position between the surrogates of a pair", Encoding::utf16),
      {"position past the last line",
       [](Script& s) { s.at("lenses-reply")["result"][0]["range"]["end"] = position(3, 0); },
       Check::position_outside,
       "result[0].range.end: position outside",
       {},
       false},
      {"position in a location elsewhere in the message",
       [](Script& s) {
         Json& location = published(s)["relatedInformation"][0]["location"];
         location = {{"uri", document_uri}, {"range", range(1, 6, 7)}};
       },
       Check::position_outside, "relatedInformation[0].location.range.end"},
      {"position that only an older text has",
       [](Script& s) {
         s.at("change")["params"]["contentChanges"] = list(Json{{"text", "short\n"}});
         s.at("apply")["params"]["edit"]["documentChanges"][0]["edits"][0]["range"] = range(1, 0, 6);
       },
       Check::position_outside, "past the line's end, it has 0"},
      {"diagnostics for a text that the server has read past",
       [](Script& s) {
         s.at("change")["params"]["contentChanges"] = list(Json{{"text", "short\n\n"}});
         applied(s)["edits"][0]["range"] = range(0, 0, 5);
         Json stale = s.at("diagnostics");
         stale["params"].erase("version");
         s.after("apply-reply", {server("", stale)});
       },
       Check::position_outside, "past the line's end, it has 5"},
      {"folding past the last line",
       [](Script& s) {
         s.after(
             "end",
             {client("", call(70, "textDocument/foldingRange", {{"textDocument", {{"uri", document_uri}}}})),
              server("", result(70, {{{"startLine", 0}, {"endLine", 3}}}))});
       },
       Check::position_outside, "result[0].endLine"},
      {"a range that ends before it starts",
       [](Script& s) { std::swap(published(s)["range"]["start"], published(s)["range"]["end"]); },
       Check::inverted_range, "ends before it starts"},

      // edits and versions
      {"edit with a stale version", [](Script& s) { applied(s)["textDocument"]["version"] = 1; },
       Check::stale_version, "1, the document is at 2"},
      {"edit with a version of the future", [](Script& s) { applied(s)["textDocument"]["version"] = 3; },
       Check::stale_version, "3, the document is at 2"},
      {"versioned edit of a document that is not open",
       [](Script& s) { applied(s)["textDocument"]["uri"] = "file:///w/other.txt"; }, Check::stale_version,
       "not open"},
      {"unversioned edit of an open document",
       [](Script& s) { applied(s)["textDocument"]["version"] = nullptr; }, Check::unversioned_edit,
       "needs a version"},
      {"edits by a bare map though the client understands versions",
       [](Script& s) {
         const Json edits = applied(s)["edits"];
         s.at("apply")["params"]["edit"] = {{"changes", {{document_uri, edits}}}};
       },
       Check::unversioned_edit, "edit.changes"},
      {"overlapping edits",
       [](Script& s) {
         applied(s)["edits"] = {{{"range", range(1, 0, 3)}, {"newText", "x"}},
                                {{"range", range(1, 2, 5)}, {"newText", "y"}}};
       },
       Check::overlapping_edits, "1:0-1:3 and 1:2-1:5"},
      {"a position past the end in a map of edits",
       [](Script& s) {
         s.at("initialize")["params"]["capabilities"]["workspace"]["workspaceEdit"].erase("documentChanges");
         for (const char* label : {"actions-reply", "resolve-reply"}) {
           const bool list = s.at(label)["result"].is_array();
           Json& action = list ? s.at(label)["result"][1] : s.at(label)["result"];
           action["edit"] = {{"changes", {{document_uri, action["edit"]["documentChanges"][0]["edits"]}}}};
         }
         s.at("apply")["params"]["edit"] = {
             {"changes", {{document_uri, {{{"range", range(1, 0, 9)}, {"newText", ""}}}}}}};
       },
       Check::position_outside, "past the line's end, it has 8"},
      {"diagnostics for a version that never was",
       [](Script& s) { s.at("diagnostics")["params"]["version"] = 4; }, Check::unknown_diagnostics_version,
       "4 is no version"},
      {"diagnostics with a version for a closed document",
       [](Script& s) {
         s.after("close", {client("", call(70, "pland/sync", nullptr)), server("", result(70, nullptr))});
         s.at("cleared")["params"]["version"] = 2;
       },
       Check::unknown_diagnostics_version, "2 is no version"},
      {"diagnostics for a URI spelled differently",
       [](Script& s) { s.at("diagnostics")["params"]["uri"] = "file:///w/retire%2Eplan.yaml"; },
       Check::respelled_uri, "which the client calls file:///w/retire.plan.yaml"},
      {"a respelled URI as a key",
       [](Script& s) {
         s.after(
             "apply-reply",
             {client("", call(70, "textDocument/codeAction",
                              {{"textDocument", {{"uri", document_uri}}},
                               {"range", range(0, 0, 0)},
                               {"context", {{"diagnostics", Json::array()}}}})),
              server("",
                     result(70, {{{"title", "t"},
                                  {"edit",
                                   {{"changes", {{"file:///w/./retire.plan.yaml", Json::array()}}}}}}}))});
         s.at("initialize")["params"]["capabilities"]["workspace"]["workspaceEdit"].erase("documentChanges");
         for (const char* label : {"actions", "resolve", "apply"}) {
           const std::string reply = std::string(label) + "-reply";
           if (reply != "apply-reply") s.remove(reply);
           if (reply != "apply-reply") s.remove(label);
         }
         s.at("apply")["params"]["edit"] = Json::object();
       },
       Check::respelled_uri, "./retire.plan.yaml"},
      {"the client changes a document that is not open",
       [](Script& s) {
         s.move_after("close", "change");
         applied(s)["textDocument"]["version"] = 1;
         applied(s)["edits"][0]["range"] = range(1, 0, 6);
       },
       Check::bad_document_sync,
       "not open",
       {},
       true},
      {"the client's version stands still",
       [](Script& s) {
         s.at("change")["params"]["textDocument"]["version"] = 1;
         applied(s)["textDocument"]["version"] = 1;
       },
       Check::bad_document_sync,
       "does not go up",
       {},
       true},
      {"the client changes what is not there",
       [](Script& s) { s.at("change")["params"]["contentChanges"][0]["range"] = range(1, 6, 7); },
       Check::bad_document_sync,
       "past the line's end",
       {},
       true},

      // contents
      {"a diagnostic that says nothing", [](Script& s) { published(s)["message"] = ""; },
       Check::empty_message, "diagnostics[0].message"},
      {"the same document pushed and pulled",
       [](Script& s) {
         const Json items = list(diagnostic(0, 3));
         s.after(
             "resolve-reply",
             {client("", call(70, "textDocument/diagnostic", {{"textDocument", {{"uri", document_uri}}}})),
              server("", result(70, {{"kind", "full"}, {"items", items}}))});
       },
       Check::pushed_and_pulled, "both ways"},
      {"an annotation that nobody described", [](Script& s) { applied(s)["edits"][0]["annotationId"] = "a"; },
       Check::unknown_annotation, "\"a\" is not described"},
      {"an action that does nothing",
       [](Script& s) {
         s.at("actions-reply")["result"][1].erase("edit");
         s.at("initialize-reply")["result"]["capabilities"]["codeActionProvider"] = true;
         s.at("actions-reply")["result"].erase(0);
         s.remove("resolve");
         s.remove("resolve-reply");
       },
       Check::inert_code_action, "cannot be resolved"},
      {"an action that still does nothing when resolved",
       [](Script& s) {
         s.at("resolve-reply")["result"].erase("edit");
         s.at("resolve-reply")["result"].erase("command");
       },
       Check::inert_code_action, "resolved, and still"},
      {"a resolve that changes the title",
       [](Script& s) { s.at("resolve-reply")["result"]["title"] = "Take theirs"; },
       Check::resolve_changed_property, "result.title"},
      {"a resolve that loses the data", [](Script& s) { s.at("lens-reply")["result"].erase("data"); },
       Check::resolve_changed_property, "result.data"},
      {"a name outside its symbol",
       [](Script& s) { s.at("symbols-reply")["result"][0]["selectionRange"] = range(1, 0, 1); },
       Check::selection_outside_range, "is not inside"},
  };
}

}  // namespace pland::conformance::planted
