#include <fmt/format.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "tests/bench/measure.h"
#include "tests/bench/rows.h"
#include "tests/support/git_fixture.h"
#include "tests/support/session/server_process.h"
#include "tests/support/session/wire.h"

namespace pland::bench {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr auto patience = std::chrono::minutes(2);

/// The program at the other end of two pipes, without the judge that the tests put between: it would be
/// measured too.
class Wire {
 public:
  explicit Wire(const Setting& setting)
      : root_(setting.repository),
        server_({setting.program,
                 {"--stdio", "--test"},
                 setting.repository,
                 {{"XDG_STATE_HOME", (setting.work / "xdg").native()}},
                 setting.work / "server.log"}) {}

  Json ask(const std::string& method, Json params) {
    const int id = ++last_id_;
    send({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}});
    const Json reply = next([id](const Json& message) {
      return message.contains("id") && message["id"] == id && !message.contains("method");
    });
    if (reply.contains("error")) throw std::runtime_error(method + ": " + reply["error"].dump());
    return reply["result"];
  }
  void notify(const std::string& method, Json params) {
    send({{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}});
  }
  /// The next message that fits; others are dropped.
  template <typename Fits>
  Json next(const Fits& fits) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
      while (const auto body = reader_.next()) {
        const Json message = Json::parse(*body);
        if (fits(message)) return message;
      }
      if (!server_.pump(deadline, [this](std::string_view bytes) { reader_.add(bytes); })) {
        throw std::runtime_error("the server did not answer; its log is lost with the benchmark's folder");
      }
    }
  }
  void initialize() {
    ask("initialize",
        {{"processId", nullptr},
         {"rootUri", uri("")},
         {"capabilities", {{"textDocument", {{"publishDiagnostics", {{"versionSupport", true}}}}}}},
         {"workspaceFolders", Json::array({{{"uri", uri("")}, {"name", "bench"}}})}});
  }
  void initialized() { notify("initialized", Json::object()); }
  void shut_down() { ask("shutdown", nullptr); }
  void end() {
    notify("exit", nullptr);
    server_.close_input();
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (server_.pump(deadline, [this](std::string_view bytes) { reader_.add(bytes); })) {
    }
    if (server_.wait(deadline) != 0) {
      throw std::runtime_error("the server did not end well");
    }
  }
  std::string uri(const std::string& path) const {
    return "file://" + root_.native() + (path.empty() ? "" : "/" + path);
  }

 private:
  void send(const Json& message) { server_.send(session::frame(message.dump())); }

  fs::path root_;
  session::ServerProcess server_;
  session::FrameReader reader_;
  int last_id_ = 0;
};

Contender git_status(const Setting& setting) {
  return {"git status", [&setting] { testing::git_output(setting.repository, {"status", "--porcelain"}); }};
}

void measure_start_and_end(const Setting& setting) {
  std::optional<Wire> wire;
  const auto end = [&wire] {
    wire->end();
    wire.reset();
  };
  print(compare("start of the program to initialize's reply", setting.rounds * 3, git_status(setting),
                {"initialize",
                 [&] {
                   wire.emplace(setting);
                   wire->initialize();
                 },
                 {},
                 [&] {
                   wire->initialized();
                   wire->shut_down();
                   end();
                 }}));
  print(compare("shutdown to its reply", setting.rounds * 3, git_status(setting),
                {"shutdown", [&] { wire->shut_down(); },
                 [&] {
                   wire.emplace(setting);
                   wire->initialize();
                   wire->initialized();
                   wire->ask("pland/status", Json::object());
                 },
                 end}));
}

constexpr const char* plan_text =
    "plan: local/bench\n"
    "goal: change one line of a long file twice\n"
    "subplans:\n"
    "  - {name: first, goal: g, run: \"sed -i 's/line_5000 = 35000/line_5000 = 1/' long.c\"}\n"
    "  - {name: second, goal: g, run: \"sed -i 's/line_5000 = 35000/line_5000 = 2/' long.c\"}\n";

void measure_keystroke(const Setting& setting) {
  const std::string text = testing::read_file(setting.repository / "long.c");
  const auto with = [&](const std::string& by) {
    std::string changed = text;
    const std::string line = "line_5000 = 35000";
    return changed.replace(changed.find(line), line.size(), by);
  };
  const fs::path base = setting.work / "base.c", ours = setting.work / "ours.c",
                 theirs = setting.work / "theirs.c";
  testing::write_file(base, text);
  testing::write_file(ours, with("line_5000 = 1"));
  testing::write_file(theirs, with("line_5000 = 2"));

  testing::write_file(setting.repository / "bench.plan.yaml", plan_text);
  Wire wire(setting);
  wire.initialize();
  wire.initialized();
  wire.ask("pland/spawn", {{"uri", wire.uri("bench.plan.yaml")}});
  wire.ask("pland/sync", Json::object());
  const std::string uri = wire.uri("long.c");
  int version = 1;
  wire.notify("textDocument/didOpen",
              {{"textDocument", {{"uri", uri}, {"languageId", "c"}, {"version", version}, {"text", text}}}});
  const auto shown = [&](const Json& message) {
    if (message.value("method", "") != "textDocument/publishDiagnostics") return false;
    const Json& params = message["params"];
    return params["uri"] == uri && params.value("version", 0) == version && !params["diagnostics"].empty();
  };
  wire.next(shown);
  const auto key = [&] {
    const Json place = {{"line", 10}, {"character", 0}};
    wire.notify(
        "textDocument/didChange",
        {{"textDocument", {{"uri", uri}, {"version", ++version}}},
         {"contentChanges", Json::array({{{"range", {{"start", place}, {"end", place}}}, {"text", "\n"}}})}});
    wire.next(shown);
  };
  const auto merge_again = [&] {
    testing::git_status_of(setting.work, {"merge-file", "-p", ours.native(), base.native(), theirs.native()});
  };
  print(compare("a keystroke to its diagnostics, 10,000 lines", setting.rounds * 5,
                {"git merge-file -p, again", merge_again}, {"didChange to publishDiagnostics", key}));
  wire.shut_down();
  wire.end();
  fs::remove(setting.repository / "bench.plan.yaml");
}

}  // namespace

void measure_server(const Setting& setting) {
  measure_start_and_end(setting);
  measure_keystroke(setting);
}

}  // namespace pland::bench
