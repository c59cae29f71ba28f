// The editor against a server that the test writes out, message by message.
#include <doctest/doctest.h>

#include <deque>
#include <fstream>

#include "tests/support/session/expectations.h"
#include "tests/support/session/fake_editor.h"
#include "tests/support/temp_folder.h"

using namespace pland::session;
using pland::conformance::Check;
namespace conformance = pland::conformance;

namespace {

// Answers by method; what is not listed gets null. Takes one message a step.
class TinyServer {
 public:
  std::map<std::string, std::function<Json(const Json& params)>> results;
  std::vector<Json> received;
  FakeEditor* editor = nullptr;

  TinyServer() {
    results["initialize"] = [this](const Json&) -> Json { return {{"capabilities", capabilities}}; };
    results["pland/sync"] = [](const Json&) { return Json(); };
  }

  Json capabilities = {{"textDocumentSync", {{"openClose", true}, {"change", 2}, {"save", true}}},
                       {"positionEncoding", "utf-16"}};

  EditorOptions options(const std::filesystem::path& root) {
    EditorOptions options;
    options.root = root;
    options.send = [this](std::string bytes) { in_.add(bytes); };
    options.pump = [this](auto) { return step(); };
    return options;
  }

  bool step() {
    const auto body = in_.next();
    if (!body) return false;
    const Json message = Json::parse(*body);
    received.push_back(message);
    if (!message.contains("method")) return true;
    const auto found = results.find(message.at("method"));
    const Json params = message.value("params", Json());
    if (message.contains("id")) {
      say({{"id", message.at("id")}, {"result", found != results.end() ? found->second(params) : Json()}});
    } else if (found != results.end()) {
      found->second(params);
    }
    return true;
  }

  void say(Json message) {
    message["jsonrpc"] = "2.0";
    const std::string bytes = frame(message.dump());
    // In two pieces, as pipes do.
    editor->receive(std::string_view(bytes).substr(0, 20));
    editor->receive(std::string_view(bytes).substr(20));
  }
  void notify(const std::string& method, const Json& params) {
    say({{"method", method}, {"params", params}});
  }
  void request(int id, const std::string& method, const Json& params) {
    say({{"id", id}, {"method", method}, {"params", params}});
  }

  Json last(const std::string& method) const {
    for (auto m = received.rbegin(); m != received.rend(); ++m) {
      if (m->value("method", "") == method) return m->at("params");
    }
    return nullptr;
  }
  Json reply_to(int id) const {
    for (const Json& m : received) {
      if (!m.contains("method") && m.at("id") == id) return m.value("result", m.value("error", Json()));
    }
    return "no reply";
  }

 private:
  FrameReader in_;
};

// A folder with one file, a server, and an editor in a running session.
struct Rig {
  explicit Rig(std::function<void(EditorOptions&, TinyServer&)> adjust = {}) {
    std::ofstream(folder / "a.txt", std::ios::binary) << "one \xF0\x9F\x98\x80 two\nsecond\n";
    EditorOptions options = server.options(folder.path());
    if (adjust) adjust(options, server);
    editor.emplace(std::move(options));
    server.editor = &*editor;
    editor->initialize();
  }

  Json edit(const Json& version, const Json& range, const std::string& text) const {
    Json edits = Json::array();
    edits.push_back({{"range", range}, {"newText", text}});
    Json changes = Json::array();
    changes.push_back(
        {{"textDocument", {{"uri", editor->uri("a.txt")}, {"version", version}}}, {"edits", edits}});
    return {{"edit", {{"documentChanges", changes}}}};
  }

  pland::test::TempFolder folder;
  TinyServer server;
  std::optional<FakeEditor> editor;
};

Json range(int line, int from, int to) {
  return {{"start", {{"line", line}, {"character", from}}}, {"end", {{"line", line}, {"character", to}}}};
}

}  // namespace

TEST_CASE("frames survive any cutting, and garbage is refused") {
  const std::string bytes = frame("{\"a\":1}") + frame("\xC3\xA9");
  FrameReader reader;
  std::vector<std::string> bodies;
  for (const char c : bytes) {
    reader.add({&c, 1});
    while (auto body = reader.next()) bodies.push_back(*body);
  }
  CHECK(bodies == std::vector<std::string>{"{\"a\":1}", "\xC3\xA9"});
  for (const char* garbage :
       {"warning: x\n", "Content-Length: x\r\n\r\n", "Content-Length: 2\r\nX: 1\r\n\r\n{}"}) {
    FrameReader strict;
    strict.add(garbage);
    CHECK_THROWS_WITH_AS(strict.next(), doctest::Contains("no frame"), std::runtime_error);
  }
}

TEST_CASE("a whole session is begun and ended as the protocol says") {
  Rig rig;
  CHECK(rig.editor->ask("pland/sync").is_null());
  CHECK(rig.editor->conclude() == "");
  while (rig.server.step()) {
  }
  std::vector<std::string> methods;
  for (const Json& message : rig.server.received) methods.push_back(message.at("method"));
  CHECK(methods == std::vector<std::string>{"initialize", "initialized", "pland/sync", "shutdown", "exit"});
}

TEST_CASE("documents are kept in step, in each encoding") {
  for (const char* encoding : {"utf-8", "utf-16", "utf-32"}) {
    CAPTURE(std::string(encoding));
    Rig rig([&](EditorOptions&, TinyServer& server) { server.capabilities["positionEncoding"] = encoding; });
    FakeEditor& editor = *rig.editor;
    editor.open("a.txt");
    editor.replace("a.txt", "two", "2");
    editor.ask("pland/sync");
    const int column = std::string(encoding) == "utf-8" ? 9 : std::string(encoding) == "utf-16" ? 7 : 6;
    CHECK(rig.server.last("textDocument/didChange").at("contentChanges")[0].at("range") ==
          range(0, column, column + 3));
    CHECK(editor.range_of("a.txt", "2") == range(0, column, column + 1));
    CHECK(editor.text_in("a.txt", range(0, column, column + 1)) == "2");
    CHECK(editor.text_in("a.txt", range(0, column, column + 2)) == "<outside>");
    CHECK(editor.version("a.txt") == 2);
    CHECK(editor.is_dirty("a.txt"));
    editor.undo("a.txt");
    CHECK_FALSE(editor.is_dirty("a.txt"));
    CHECK(editor.version("a.txt") == 3);
    editor.set_text("a.txt",
                    "one \xF0\x9F\x98\x81 two\nsecond\n");  // differs in the last byte of a character
    editor.save("a.txt");
    editor.close("a.txt");
    CHECK(editor.text("a.txt") == "one \xF0\x9F\x98\x81 two\nsecond\n");
    CHECK(editor.conclude() == "");
  }
}

TEST_CASE("a server that wants whole texts gets them") {
  Rig rig([](EditorOptions&, TinyServer& server) { server.capabilities["textDocumentSync"] = 1; });
  rig.editor->open("a.txt", "unsaved");
  rig.editor->type("a.txt", 0, 2, "sm");
  rig.editor->ask("pland/sync");
  CHECK(rig.server.last("textDocument/didOpen").at("textDocument").at("text") == "unsaved");
  Json expected = Json::array();
  expected.push_back({{"text", "smsaved"}});
  CHECK(rig.server.last("textDocument/didChange").at("contentChanges") == expected);
}

TEST_CASE("the server's edits change buffers, with undo, and only at the right version") {
  Rig rig;
  FakeEditor& editor = *rig.editor;
  editor.open("a.txt");
  editor.ask("pland/sync");
  rig.server.request(1, "workspace/applyEdit", rig.edit(1, range(1, 0, 6), "2nd"));
  editor.expect(edited());
  CHECK(editor.text("a.txt") == "one \xF0\x9F\x98\x80 two\n2nd\n");
  editor.undo("a.txt");
  CHECK(editor.text("a.txt") == "one \xF0\x9F\x98\x80 two\nsecond\n");
  editor.ask("pland/sync");

  editor.refuse_edits("read only");
  rig.server.request(2, "workspace/applyEdit", rig.edit(3, range(1, 0, 6), "2nd"));
  editor.ask("pland/sync");
  CHECK(rig.server.reply_to(2) == Json{{"applied", false}, {"failureReason", "read only"}});
  CHECK(editor.edits().size() == 1);
}

TEST_CASE("an edit that crosses with typing is refused by the editor, and forgiven by the validator") {
  Rig rig;
  FakeEditor& editor = *rig.editor;
  editor.open("a.txt");
  editor.ask("pland/sync");
  editor.type("a.txt", 0, 0, "x");  // not read by the server yet
  rig.server.request(1, "workspace/applyEdit", rig.edit(1, range(1, 0, 6), "2nd"));
  editor.ask("pland/sync");
  CHECK(rig.server.reply_to(1).at("applied") == false);
  CHECK(rig.server.reply_to(1).at("failureReason").get<std::string>().find("changed meanwhile") !=
        std::string::npos);
  CHECK(editor.conclude() == "");
}

TEST_CASE("files that are not open, created, renamed and deleted") {
  Rig rig;
  FakeEditor& editor = *rig.editor;
  Json changes = Json::array();
  changes.push_back({{"kind", "create"}, {"uri", editor.uri("sub/new.txt")}});
  changes.push_back({{"textDocument", {{"uri", editor.uri("sub/new.txt")}, {"version", nullptr}}},
                     {"edits", Json::array({Json{{"range", range(0, 0, 0)}, {"newText", "hello"}}})}});
  changes.push_back({{"kind", "rename"}, {"oldUri", editor.uri("a.txt")}, {"newUri", editor.uri("b.txt")}});
  rig.server.request(1, "workspace/applyEdit", {{"edit", {{"documentChanges", changes}}}});
  CHECK(editor.text("sub/new.txt") == "hello");
  CHECK_FALSE(std::filesystem::exists(editor.file("a.txt")));
  CHECK(editor.text("b.txt").size() > 0);

  rig.server.request(2, "workspace/applyEdit", {{"edit", {{"documentChanges", changes}}}});
  editor.ask("pland/sync");
  CHECK(rig.server.reply_to(2).at("failedChange") == 0);
}

TEST_CASE("questions, configuration, documents to show and held requests are answered as the test says") {
  Rig rig([](EditorOptions& options, TinyServer&) {
    options.configuration = {{"pland", {{"maxParallel", 2}}}};
  });
  FakeEditor& editor = *rig.editor;
  const Json question = {{"type", 3},
                         {"message", "Roll back?"},
                         {"actions", Json::array({Json{{"title", "Yes"}}, Json{{"title", "No"}}})}};
  editor.choose("No");
  rig.server.request(1, "window/showMessageRequest", question);
  rig.server.request(2, "window/showMessageRequest", question);
  rig.server.request(3, "workspace/configuration",
                     {{"items", Json::array({Json{{"section", "pland"}}, Json{{"section", "other"}}})}});
  rig.server.request(4, "window/showDocument", {{"uri", "file:///log"}});
  editor.hold("workspace/codeLens/refresh");
  rig.server.say({{"id", 5}, {"method", "workspace/codeLens/refresh"}});
  editor.ask("pland/sync");
  CHECK(rig.server.reply_to(1) == Json{{"title", "No"}});
  CHECK(rig.server.reply_to(2).is_null());
  CHECK(rig.server.reply_to(3) == Json::array({Json{{"maxParallel", 2}}, Json()}));
  CHECK(rig.server.reply_to(4) == Json{{"success", true}});
  CHECK(rig.server.reply_to(5) == "no reply");
  CHECK(editor.held().size() == 1);
  CHECK(editor.shown_documents().size() == 1);
  CHECK(editor.messages().at(0).actions == std::vector<std::string>{"Yes", "No"});
  editor.release("workspace/codeLens/refresh");
  editor.ask("pland/sync");
  CHECK(rig.server.reply_to(5).is_null());
}

TEST_CASE("what the server says is recorded, and expectations see it") {
  Rig rig;
  FakeEditor& editor = *rig.editor;
  editor.open("a.txt");
  const Json item = {{"range", range(1, 0, 6)}, {"message", "both \"sides\""}, {"code", "merge-conflict"}};
  // Comes with the reply, one pump later.
  rig.server.results["pland/spawn"] = [&](const Json&) -> Json {
    rig.server.notify("textDocument/publishDiagnostics",
                      {{"uri", editor.uri("a.txt")}, {"diagnostics", Json::array({item})}});
    rig.server.notify("pland/planChanged", {{"planId", "p"}, {"state", "processing"}});
    rig.server.notify("window/showMessage", {{"type", 3}, {"message", "plan p runs"}});
    return {{"planId", "p"}};
  };
  CHECK(no_diagnostics("a.txt").met(editor));
  editor.request("pland/spawn", {{"uri", editor.uri("a.txt")}});
  editor.expect(diagnostic("a.txt", "merge-conflict", {.on = "second", .saying = "both \"sides\""}));
  CHECK_FALSE(diagnostic("a.txt", "merge-conflict", {.on = "secon"}).met(editor));
  CHECK_FALSE(diagnostic("a.txt", "merge-conflict", {.saying = "three"}).met(editor));
  CHECK_FALSE(diagnostic("a.txt", "subplan-failed").met(editor));
  CHECK_FALSE(no_diagnostic("a.txt", "merge-conflict").met(editor));
  editor.expect(all_of({diagnostic_count("a.txt", 1), published("a.txt"), plan_state("processing"),
                        message_shown("plan p"), notified("pland/planChanged")}));
  CHECK(any_of({plan_state("complete"), plan_state("processing")}).met(editor));
  // Nothing more can come: this must end, and say no.
  CHECK_FALSE(editor.eventually(plan_state("complete")));
  CHECK(editor.dump().find("merge-conflict") != std::string::npos);
}

TEST_CASE("progress is followed from begin to end, and cancelled by its title") {
  Rig rig;
  FakeEditor& editor = *rig.editor;
  auto progress = [&](const Json& value) {
    rig.server.notify("$/progress", {{"token", "t"}, {"value", value}});
  };
  rig.server.request(1, "window/workDoneProgress/create", {{"token", "t"}});
  progress({{"kind", "begin"}, {"title", "retire logger"}, {"cancellable", true}});
  editor.expect(progress_begun("retire"));
  CHECK_FALSE(progress_ended("retire").met(editor));
  editor.cancel_progress("retire");
  editor.ask("pland/sync");
  CHECK(rig.server.last("window/workDoneProgress/cancel") == Json{{"token", "t"}});
  progress({{"kind", "end"}});
  editor.expect(progress_ended("retire"));
}

TEST_CASE("code actions and lenses are resolved and run") {
  Rig rig([](EditorOptions&, TinyServer& server) {
    server.capabilities["codeActionProvider"] = {{"resolveProvider", true}};
    server.capabilities["codeLensProvider"] = {{"resolveProvider", true}};
    server.capabilities["executeCommandProvider"] = {{"commands", Json::array({"pland.resolve"})}};
  });
  FakeEditor& editor = *rig.editor;
  const Json command = {{"title", "t"}, {"command", "pland.resolve"}, {"arguments", Json::array({1})}};
  rig.server.results["textDocument/codeAction"] = [](const Json&) {
    return Json::array({Json{{"title", "Take ours"}, {"data", 1}}});
  };
  rig.server.results["codeAction/resolve"] = [&](Json action) {
    action["edit"] = rig.edit(1, range(1, 0, 6), "ours").at("edit");
    action["command"] = command;
    return action;
  };
  rig.server.results["textDocument/codeLens"] = [](const Json&) {
    return Json::array({Json{{"range", range(0, 0, 3)}}});
  };
  rig.server.results["codeLens/resolve"] = [&](Json lens) {
    lens["command"] = command;
    return lens;
  };
  editor.open("a.txt");
  const auto actions = editor.code_actions("a.txt", range(0, 0, 0));
  REQUIRE(actions.size() == 1);
  editor.run(actions[0]);
  CHECK(editor.text("a.txt") == "one \xF0\x9F\x98\x80 two\nours\n");
  CHECK(rig.server.last("workspace/executeCommand").at("arguments") == Json::array({1}));
  const auto lenses = editor.code_lenses("a.txt");
  REQUIRE(lenses.size() == 1);
  CHECK(editor.execute(lenses[0].at("command")).is_null());
}

TEST_CASE("the session's faults are complaints at its end") {
  SUBCASE("the server's") {
    Rig rig;
    rig.server.notify("window/logMessage", {{"type", 9}, {"message", "x"}});
    CHECK(rig.editor->conclude().find("9 is no MessageType") != std::string::npos);
  }
  SUBCASE("the test's own, unless it means them") {
    Rig rig, knowing;
    rig.editor->notify("textDocument/didClose", {{"textDocument", {{"uri", "file:///never"}}}});
    CHECK(rig.editor->conclude().find("bad document sync") != std::string::npos);
    knowing.editor->notify("textDocument/didClose", {{"textDocument", {{"uri", "file:///never"}}}});
    knowing.editor->expect_client_faults();
    CHECK(knowing.editor->conclude() == "");
  }
  SUBCASE("bytes that are no frame") {
    Rig rig;
    rig.editor->receive("printf debugging\n");
    CHECK(rig.editor->conclude().find("no frame: printf debugging") != std::string::npos);
  }
  SUBCASE("no reply to shutdown") {
    Rig rig([](EditorOptions& options, TinyServer& server) {
      options.pump = [&server, steps = 0](auto) mutable { return ++steps < 3 && server.step(); };
    });
    const std::string complaints = rig.editor->conclude();
    CHECK(complaints.find("no reply to shutdown") != std::string::npos);
  }
  SUBCASE("none when the connection was lost") {
    Rig rig;
    rig.editor->request("pland/sync");
    rig.editor->connection_lost();
    CHECK(rig.editor->conclude() == "");
  }
  SUBCASE("an answer that the question does not offer") {
    Rig rig;
    rig.editor->choose("Maybe");
    rig.server.request(1, "window/showMessageRequest", {{"type", 3}, {"message", "Sure?"}});
    CHECK(rig.editor->conclude().find("no answer Maybe") != std::string::npos);
  }
}

TEST_CASE("the client's own spelling of URIs, profiles and encodings reach the server") {
  Rig rig([](EditorOptions& options, TinyServer& server) {
    options.profile = "emacs_29.1";
    options.encodings = {"utf-8"};
    options.spell_uri = [](const std::filesystem::path& path) {
      return file_uri(path.parent_path()) + "/%61.txt";
    };
    server.capabilities["positionEncoding"] = "utf-8";
  });
  const Json params = rig.server.received.at(0).at("params");
  CHECK(params.at("clientInfo").at("name").get<std::string>().find("macs") != std::string::npos);
  CHECK(params.at("capabilities").at("general").at("positionEncodings") == Json::array({"utf-8"}));
  rig.editor->open("a.txt");
  rig.editor->ask("pland/sync");
  const std::string uri = rig.server.last("textDocument/didOpen").at("textDocument").at("uri");
  CHECK(uri.substr(uri.size() - 8) == "/%61.txt");
  CHECK(file_uri("/w/a b+\xC3\xA9") == "file:///w/a%20b%2B%C3%A9");
}
