#include "tests/conformance/planted/script.h"

#include <algorithm>
#include <stdexcept>

#include "tests/conformance/profiles.h"

namespace pland::conformance::planted {

const char* const document_uri = "file:///w/retire.plan.yaml";
const char* const document_text = "one \xF0\x9F\x98\x80 two\nsecond\n";

std::vector<Entry>::iterator Script::find(const std::string& label) {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.label == label; });
  if (found == entries_.end()) throw std::logic_error("the script has no message " + label);
  return found;
}

Json& Script::at(const std::string& label) {
  return find(label)->message;
}
void Script::before(const std::string& label, std::vector<Entry> entries) {
  entries_.insert(find(label), entries.begin(), entries.end());
}
void Script::after(const std::string& label, std::vector<Entry> entries) {
  entries_.insert(find(label) + 1, entries.begin(), entries.end());
}
void Script::remove(const std::string& label) {
  entries_.erase(find(label));
}
void Script::move_after(const std::string& label, const std::string& moved) {
  const Entry entry = *find(moved);
  remove(moved);
  after(label, {entry});
}

Json note(const std::string& method, const Json& params) {
  Json message = {{"jsonrpc", "2.0"}, {"method", method}};
  if (!params.is_null()) message["params"] = params;
  return message;
}
Json call(const Json& id, const std::string& method, const Json& params) {
  Json message = note(method, params);
  message["id"] = id;
  return message;
}
Json result(const Json& id, const Json& value) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"result", value}};
}
Json error(const Json& id, int code, const std::string& text) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", code}, {"message", text}}}};
}
Entry client(const std::string& label, Json message) {
  return {label, Direction::client_to_server, std::move(message)};
}
Entry server(const std::string& label, Json message) {
  return {label, Direction::server_to_client, std::move(message)};
}

Json position(std::size_t line, std::size_t character) {
  return {{"line", line}, {"character", character}};
}
Json range(std::size_t line, std::size_t from, std::size_t to) {
  return {{"start", position(line, from)}, {"end", position(line, to)}};
}
std::size_t after_wide(Encoding encoding) {
  return encoding == Encoding::utf8 ? 8 : encoding == Encoding::utf16 ? 6 : 5;
}
std::size_t line_end(Encoding encoding) {
  return after_wide(encoding) + 4;
}

Json diagnostic(std::size_t from, std::size_t to) {
  return {
      {"range", range(0, from, to)},
      {"severity", 1},
      {"code", "merge-conflict"},
      {"source", "pland"},
      {"message", "both change this"},
      {"data", {{"conflictId", "c1"}}},
      {"codeDescription", {{"href", "https://example.org/merge-conflict"}}},
      {"relatedInformation",
       {{{"location", {{"uri", "file:///side/a"}, {"range", range(70, 1, 2)}}}, {"message", "one side"}}}}};
}

namespace {

const Json document = {{"uri", document_uri}};

Json initialize_params(const Json& capabilities) {
  return {{"processId", nullptr}, {"rootUri", "file:///w"}, {"capabilities", capabilities}};
}

Json initialize_result(Encoding encoding) {
  const Json capabilities = {
      {"positionEncoding", name_of(encoding)},
      {"textDocumentSync", {{"openClose", true}, {"change", 2}, {"save", {{"includeText", false}}}}},
      {"codeActionProvider", {{"codeActionKinds", {"quickfix"}}, {"resolveProvider", true}}},
      {"codeLensProvider", {{"resolveProvider", true}}},
      {"completionProvider", {{"resolveProvider", true}}},
      {"diagnosticProvider", {{"interFileDependencies", false}, {"workspaceDiagnostics", true}}},
      {"hoverProvider", true},
      {"documentSymbolProvider", true},
      {"workspaceSymbolProvider", true},
      {"definitionProvider", true},
      {"declarationProvider", true},
      {"typeDefinitionProvider", true},
      {"implementationProvider", true},
      {"foldingRangeProvider", true},
      {"executeCommandProvider", {{"commands", {"pland.spawn", "pland.resolve"}}}},
      {"experimental", {{"pland", {{"version", 1}}}}}};
  return {{"capabilities", capabilities}, {"serverInfo", {{"name", "pland"}, {"version", "1"}}}};
}

Entry opening() {
  return client(
      "open",
      note("textDocument/didOpen",
           {{"textDocument",
             {{"uri", document_uri}, {"languageId", "yaml"}, {"version", 1}, {"text", document_text}}}}));
}

std::vector<Entry> ending() {
  return {client("shutdown", call(99, "shutdown", nullptr)), server("shutdown-reply", result(99, nullptr)),
          client("exit", note("exit", nullptr))};
}

Json versioned_edit(int version, const Json& where, const std::string& text) {
  const Json edit = {{"textDocument", {{"uri", document_uri}, {"version", version}}},
                     {"edits", {{{"range", where}, {"newText", text}}}}};
  return {{"documentChanges", list(edit)}};
}

}  // namespace

Script clean_session(Encoding encoding) {
  const std::size_t wide = after_wide(encoding), end = line_end(encoding);
  const Json capabilities = client_profile("full").at("capabilities");
  const Json lazy = {
      {"title", "Take ours"}, {"kind", "quickfix"}, {"isPreferred", true}, {"data", {{"id", "c1"}}}};
  const Json eager = {
      {"title", "Take both"}, {"kind", "quickfix"}, {"edit", versioned_edit(1, range(0, 4, wide), "")}};
  const Json command = {
      {"title", "Take ours"}, {"command", "pland.resolve"}, {"arguments", {{{"id", "c1"}}}}};
  Json resolved = lazy;
  resolved["edit"] = versioned_edit(1, range(0, 0, end), "x");
  resolved["command"] = command;
  const Json lens = {{"range", range(1, 0, 6)}, {"data", 7}};
  Json resolved_lens = lens;
  resolved_lens["command"] = {{"title", "Spawn"}, {"command", "pland.spawn"}};
  const Json watch = {{"id", "watch"},
                      {"method", "workspace/didChangeWatchedFiles"},
                      {"registerOptions", {{"watchers", {{{"globPattern", "**/*.plan.yaml"}}}}}}};
  auto progress = [](const Json& value) { return note("$/progress", {{"token", "run"}, {"value", value}}); };

  std::vector<Entry> entries = {
      client("initialize", call(1, "initialize", initialize_params(capabilities))),
      server("log", note("window/logMessage", {{"type", 4}, {"message", "starting"}})),
      server("initialize-reply", result(1, initialize_result(encoding))),
      client("initialized", note("initialized", Json::object())),
      server("register", call(1, "client/registerCapability", {{"registrations", list(watch)}})),
      client("register-reply", result(1, nullptr)),
      server("configuration", call(2, "workspace/configuration", {{"items", {{{"section", "pland"}}}}})),
      client("configuration-reply", result(2, list(nullptr))),
      opening(),
      server("diagnostics",
             note("textDocument/publishDiagnostics",
                  {{"uri", document_uri}, {"version", 1}, {"diagnostics", list(diagnostic(4, wide))}})),
      client("actions", call(2, "textDocument/codeAction",
                             {{"textDocument", document},
                              {"range", range(0, 4, 4)},
                              {"context", {{"diagnostics", Json::array()}}}})),
      server("actions-reply", result(2, list(lazy, eager))),
      client("resolve", call(3, "codeAction/resolve", lazy)),
      server("resolve-reply", result(3, resolved)),
      client("lenses", call(4, "textDocument/codeLens", {{"textDocument", document}})),
      server("lenses-reply", result(4, list(lens))),
      client("lens", call(5, "codeLens/resolve", lens)),
      server("lens-reply", result(5, resolved_lens)),
      client("hover",
             call(6, "textDocument/hover", {{"textDocument", document}, {"position", position(1, 2)}})),
      server("hover-reply", result(6, {{"contents", {{"kind", "markdown"}, {"value", "*net*"}}},
                                       {"range", range(1, 0, 6)}})),
      client("symbols", call(7, "textDocument/documentSymbol", {{"textDocument", document}})),
      server("symbols-reply", result(7, list(Json{{"name", "plan"},
                                                  {"kind", 26},
                                                  {"range", range(0, 0, end)},
                                                  {"selectionRange", range(0, 0, 3)}}))),
      client("spawn", call("spawn", "pland/spawn", {{"uri", document_uri}})),
      server("spawn-reply", result("spawn", {{"planId", "p1"}})),
      server("create", call(3, "window/workDoneProgress/create", {{"token", "run"}})),
      client("create-reply", result(3, nullptr)),
      server("begin",
             progress({{"kind", "begin"}, {"title", "retire"}, {"cancellable", true}, {"percentage", 0}})),
      server("report", progress({{"kind", "report"}, {"message", "net"}, {"percentage", 50}})),
      server("plan-changed", note("pland/planChanged", {{"planId", "p1"}, {"revision", 2}})),
      server("end", progress({{"kind", "end"}, {"message", "done"}})),
      client("change", note("textDocument/didChange",
                            {{"textDocument", {{"uri", document_uri}, {"version", 2}}},
                             {"contentChanges", {{{"range", range(1, 6, 6)}, {"text", "ly"}}}}})),
      client("sync", call("sync", "pland/sync", nullptr)),
      server("sync-reply", result("sync", nullptr)),
      server("apply", call(4, "workspace/applyEdit",
                           {{"label", "pland apply"}, {"edit", versioned_edit(2, range(1, 0, 8), "2")}})),
      client("apply-reply", result(4, {{"applied", true}})),
      server("refresh", call(5, "workspace/codeLens/refresh", nullptr)),
      client("refresh-reply", result(5, nullptr)),
      client("late",
             call(8, "textDocument/hover", {{"textDocument", document}, {"position", position(1, 0)}})),
      client("cancel", note("$/cancelRequest", {{"id", 8}})),
      server("late-reply", error(8, -32800, "cancelled")),
      client("close", note("textDocument/didClose", {{"textDocument", document}})),
      server("cleared", note("textDocument/publishDiagnostics",
                             {{"uri", document_uri}, {"diagnostics", Json::array()}})),
  };
  for (const Entry& entry : ending()) entries.push_back(entry);
  return Script(std::move(entries));
}

Script short_session(const Json& client_capabilities, std::vector<Entry> entries) {
  std::vector<Entry> all = {
      client("initialize", call(1, "initialize", initialize_params(client_capabilities))),
      server("initialize-reply", result(1, initialize_result(Encoding::utf16))),
      client("initialized", note("initialized", Json::object())),
      opening(),
  };
  all.insert(all.end(), entries.begin(), entries.end());
  for (const Entry& entry : ending()) all.push_back(entry);
  return Script(std::move(all));
}

Run play(const Script& script, Ending ending) {
  ValidatorOptions options;
  options.custom_methods = {
      {"pland/spawn", Direction::client_to_server, true, ""},
      {"pland/sync", Direction::client_to_server, true, ""},
      {"pland/planChanged", Direction::server_to_client, false, "experimental.pland.planChanged"},
  };
  Validator validator(options);
  for (const Entry& entry : script.entries_) validator.feed(entry.direction, entry.message);
  validator.finish(ending);
  return {validator.violations(), validator.client_violations()};
}

}  // namespace pland::conformance::planted
