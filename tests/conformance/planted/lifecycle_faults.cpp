// Faults of the session's order, of capabilities and registrations, and of progress.
#include "tests/conformance/planted/script.h"

namespace pland::conformance::planted {
namespace {

Json& capabilities_of_client(Script& script) {
  return script.at("initialize")["params"]["capabilities"];
}
Json& capabilities_of_server(Script& script) {
  return script.at("initialize-reply")["result"]["capabilities"];
}

Entry progress(const char* token, const Json& value) {
  return server("", note("$/progress", {{"token", token}, {"value", value}}));
}

const Json report = {{"kind", "report"}, {"percentage", 60}};

Json registration(const char* id, const char* method) {
  return {{"registrations", list(Json{{"id", id}, {"method", method}})}};
}

}  // namespace

std::vector<Fault> lifecycle_faults() {
  return {
      // order
      {"notification before initialized",
       [](Script& s) { s.before("initialize-reply", {server("", s.at("cleared"))}); },
       Check::before_initialize_reply, "comes first"},
      {"request before the reply to initialize",
       [](Script& s) {
         s.before("initialize-reply", {server("", call(70, "workspace/workspaceFolders", nullptr)),
                                       client("", result(70, nullptr))});
       },
       Check::before_initialize_reply, "workspace/workspaceFolders"},
      {"request after shutdown",
       [](Script& s) {
         s.after("shutdown-reply", {server("", call(70, "workspace/codeLens/refresh", nullptr)),
                                    client("", result(70, nullptr))});
       },
       Check::request_after_shutdown, "nobody will answer"},
      {"the client forgets exit",
       [](Script& s) { s.remove("exit"); },
       Check::unclean_end,
       "without shutdown and exit",
       {},
       true},
      {"the client exits without waiting",
       [](Script& s) { s.move_after("exit", "shutdown-reply"); },
       Check::unclean_end,
       "before the reply to shutdown",
       {},
       true},
      {"the client asks too early",
       [](Script& s) {
         s.before("initialize",
                  {client("", call(70, "shutdown", nullptr)), server("", error(70, -32002, "not yet"))});
       },
       Check::out_of_turn,
       "before initialize",
       {},
       true},
      {"a request is served before initialize",
       [](Script& s) {
         s.before("initialize", {client("", call(70, "shutdown", nullptr)), server("", result(70, nullptr))});
       },
       Check::accepted_out_of_turn,
       "expected error -32002",
       {Check::out_of_turn}},
      {"initialize is served twice",
       [](Script& s) {
         Json again = s.at("initialize");
         again["id"] = 70;
         s.after("end", {client("", again), server("", result(70, s.at("initialize-reply")["result"]))});
       },
       Check::accepted_out_of_turn,
       "expected error -32600",
       {Check::out_of_turn}},
      {"a request is served after shutdown",
       [](Script& s) {
         s.before("exit", {client("", call(70, "pland/sync", nullptr)), server("", result(70, nullptr))});
       },
       Check::accepted_out_of_turn,
       "expected error -32600",
       {Check::out_of_turn}},
      {"a request after shutdown is refused with another code",
       [](Script& s) {
         s.before("exit", {client("", call(70, "pland/sync", nullptr)), server("", error(70, -32603, "?"))});
       },
       Check::accepted_out_of_turn,
       "-32603, expected -32600",
       {Check::out_of_turn}},
      {"an encoding that the client did not offer",
       [](Script& s) {
         capabilities_of_client(s)["general"]["positionEncodings"] = list("utf-32");
         capabilities_of_server(s)["positionEncoding"] = "utf-8";
         s.remove("diagnostics");
         for (const char* label : {"actions", "resolve", "symbols", "diagnostics"}) {
           if (std::string(label) == "diagnostics") continue;
           s.remove(label);
           s.remove(std::string(label) + "-reply");
         }
       },
       Check::encoding_not_offered, "utf-8"},
      {"an unasked trace",
       [](Script& s) {
         s.after("end", {server("", note("$/logTrace", {{"message", "x"}}))});
       },
       Check::unwanted_trace, "never asked"},

      // capabilities
      {"undeclared request", [](Script& s) { capabilities_of_client(s)["workspace"].erase("applyEdit"); },
       Check::undeclared_request, "did not declare workspace.applyEdit"},
      {"undeclared progress",
       [](Script& s) { capabilities_of_client(s)["window"].erase("workDoneProgress"); },
       Check::undeclared_request, "window.workDoneProgress"},
      {"undeclared configuration",
       [](Script& s) { capabilities_of_client(s)["workspace"]["configuration"] = false; },
       Check::undeclared_request, "workspace.configuration"},
      {"refresh needs more than the feature",
       [](Script& s) { capabilities_of_client(s)["workspace"]["codeLens"].erase("refreshSupport"); },
       Check::undeclared_request, "workspace.codeLens.refreshSupport"},
      {"undeclared showDocument",
       [](Script& s) {
         capabilities_of_client(s)["window"]["showDocument"]["support"] = false;
         s.after("end", {server("", call(70, "window/showDocument", {{"uri", document_uri}})),
                         client("", result(70, {{"success", true}}))});
       },
       Check::undeclared_request, "window.showDocument.support"},
      {"undeclared own notification", [](Script& s) { capabilities_of_client(s).erase("experimental"); },
       Check::undeclared_notification, "experimental.pland.planChanged"},
      {"undeclared feature in a result",
       [](Script& s) {
         capabilities_of_client(s)["textDocument"]["hover"]["contentFormat"] = list("plaintext");
       },
       Check::undeclared_feature, "result.contents.kind"},
      {"a method that is not offered",
       [](Script& s) {
         capabilities_of_server(s).erase("hoverProvider");
         s.remove("late");
         s.remove("cancel");
         s.remove("late-reply");
       },
       Check::not_advertised,
       "does not offer hoverProvider",
       {},
       true},
      {"a resolve that is not offered",
       [](Script& s) { capabilities_of_server(s)["codeLensProvider"] = Json::object(); },
       Check::not_advertised,
       "codeLensProvider.resolveProvider",
       {},
       true},
      {"a command that is not offered, by the client",
       [](Script& s) {
         s.after("end", {client("", call(70, "workspace/executeCommand", {{"command", "pland.fly"}})),
                         server("", error(70, -32602, "no such command"))});
       },
       Check::unadvertised_command,
       "pland.fly",
       {},
       true},
      {"a command that is not offered, on a lens",
       [](Script& s) { s.at("lens-reply")["result"]["command"]["command"] = "pland.fly"; },
       Check::unadvertised_command, "result.command.command"},

      // registrations
      {"registration before initialized", [](Script& s) { s.move_after("refresh-reply", "initialized"); },
       Check::registration_before_initialized, "has not sent"},
      {"undeclared registration",
       [](Script& s) {
         capabilities_of_client(s)["workspace"]["didChangeWatchedFiles"]["dynamicRegistration"] = false;
       },
       Check::undeclared_registration, "workspace/didChangeWatchedFiles"},
      {"a registration of an unknown method",
       [](Script& s) {
         s.at("register")["params"]["registrations"][0]["method"] = "workspace/didChangeWatchedFile";
       },
       Check::unknown_method, "cannot be registered"},
      {"the same id registered twice",
       [](Script& s) {
         s.after("register-reply",
                 {server("", call(70, "client/registerCapability",
                                  registration("watch", "workspace/didChangeConfiguration"))),
                  client("", result(70, nullptr))});
       },
       Check::duplicate_registration, "watch is registered already"},
      {"registered, and in the initialize result",
       [](Script& s) {
         Json params = registration("hover", "textDocument/hover");
         params["registrations"][0]["registerOptions"] = {{"documentSelector", nullptr}};
         s.after("register-reply", {server("", call(70, "client/registerCapability", params)),
                                    client("", result(70, nullptr))});
       },
       Check::duplicate_registration, "is in the initialize result"},
      {"an unknown registration is taken back",
       [](Script& s) {
         const Json entry = {{"id", "wotch"}, {"method", "workspace/didChangeWatchedFiles"}};
         s.after("register-reply",
                 {server("", call(70, "client/unregisterCapability", {{"unregisterations", list(entry)}})),
                  client("", result(70, nullptr))});
       },
       Check::unknown_registration, "wotch"},

      // progress
      {"progress on an unknown token", [](Script& s) { s.after("end", {progress("ran", report)}); },
       Check::unknown_progress_token, "neither created"},
      {"the client cancels an unknown token",
       [](Script& s) {
         s.after("end", {client("", note("window/workDoneProgress/cancel", {{"token", "ran"}}))});
       },
       Check::unknown_progress_token,
       "neither created",
       {},
       true},
      {"a token is created twice",
       [](Script& s) {
         s.after("end", {server("", call(70, "window/workDoneProgress/create", {{"token", "run"}})),
                         client("", result(70, nullptr))});
       },
       Check::reused_progress_token, "has been used before"},
      {"progress before the token is accepted",
       [](Script& s) { s.before("create-reply", {progress("run", report)}); }, Check::progress_before_created,
       "has not accepted"},
      {"progress report before begin", [](Script& s) { s.remove("begin"); }, Check::progress_without_begin,
       "report before begin"},
      {"begun twice",
       [](Script& s) {
         s.after("begin", {progress("run", {{"kind", "begin"}, {"title", "again"}})});
       },
       Check::progress_begun_twice, "\"retire\" is running"},
      {"progress report after end", [](Script& s) { s.after("end", {progress("run", report)}); },
       Check::progress_after_end, "report after the end"},
      {"two ends",
       [](Script& s) {
         s.after("end", {progress("run", {{"kind", "end"}})});
       },
       Check::progress_after_end, "end after the end"},
      {"progress goes backwards",
       [](Script& s) {
         s.after("report", {progress("run", {{"kind", "report"}, {"percentage", 49}})});
       },
       Check::progress_backwards, "49 after 50"},
      {"more than all", [](Script& s) { s.at("report")["params"]["value"]["percentage"] = 101; },
       Check::progress_backwards, "101"},
      {"progress never ends", [](Script& s) { s.remove("end"); }, Check::progress_not_ended, "\"retire\""},
      {"the client's token is still busy at the reply",
       [](Script& s) {
         s.at("spawn")["params"]["workDoneToken"] = "mine";
         s.after("spawn", {progress("mine", {{"kind", "begin"}, {"title", "spawning"}})});
       },
       Check::progress_not_ended, "dies with the reply"},
      {"the client's token after the reply",
       [](Script& s) {
         s.at("spawn")["params"]["workDoneToken"] = "mine";
         s.after("spawn-reply", {progress("mine", {{"kind", "begin"}, {"title", "spawning"}})});
       },
       Check::progress_after_end, "begin after the end"},
      {"a partial result of the wrong shape",
       [](Script& s) {
         s.at("symbols")["params"]["partialResultToken"] = "mine";
         s.after("symbols", {progress("mine", {{"name", "not a list"}})});
       },
       Check::wrong_type, "params.value"},
  };
}

}  // namespace pland::conformance::planted
