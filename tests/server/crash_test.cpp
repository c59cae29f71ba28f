// `kill -9` of the real server in the middle of a run, at random moments: what was reported stays, no process
// of a sandbox survives, and the next server goes on.
#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <set>

#include "tests/support/session/expectations.h"
#include "tests/support/session/fake_editor.h"
#include "tests/support/session/server_process.h"
#include "tests/support/temp_folder.h"

namespace fs = std::filesystem;
using namespace pland::session;
using pland::test::TempFolder;

namespace {

constexpr const char* kPlan = R"yaml(plan: local/crash
goal: enough to be killed in the middle of
subplan_defaults: {max_parallel: 3}
subplans:
  - {name: a, goal: g, run: "sleep 0.1; echo a > a.txt"}
  - {name: b, goal: g, run: "sleep 0.2; echo b > b.txt; (setsid sleep 300 &)"}
  - {name: c, goal: g, run: "echo c > c.txt"}
  - {name: d, goal: g, after: [a, c], run: "sleep 0.1; cat a.txt c.txt > d.txt"}
  - {name: e, goal: g, run: "trap '' TERM; sleep 0.3; echo e > e.txt"}
  - {name: f, goal: g, after: [d], run: "cat d.txt > f.txt"}
)yaml";

/// A server and the editor that talks to it.
struct Conversation {
  Conversation(const fs::path& project, const fs::path& state) {
    ServerOptions options;
    options.program = fs::path(PLAND_BUILD_DIR) / "pland";
    options.folder = project;
    options.environment = {{"XDG_STATE_HOME", state.string()}};
    options.log = state / "server.log";
    server = std::make_unique<ServerProcess>(options);
    EditorOptions editing;
    editing.root = project;
    editing.patience = std::chrono::minutes(1);
    editing.send = [this](std::string bytes) { server->send(std::move(bytes)); };
    editing.pump = [this](auto deadline) {
      return server->pump(deadline, [this](std::string_view bytes) { editor->receive(bytes); });
    };
    editor = std::make_unique<FakeEditor>(editing);
    editor->initialize();
    editor->open("crash.plan.yaml");
  }

  std::unique_ptr<ServerProcess> server;
  std::unique_ptr<FakeEditor> editor;
};

/// Names of the plan's subplans that notifications said are complete.
std::set<std::string> reported_complete(const FakeEditor& editor, const std::string& plan_id) {
  std::set<std::string> names;
  for (const auto& note : editor.notifications("pland/planChanged")) {
    if (note.value("planId", "") != plan_id) continue;
    for (const auto& child : note.value("children", Json::array())) {
      if (child.value("state", "") == "complete") names.insert(child.value("name", ""));
    }
  }
  return names;
}

/// Processes whose environment says that they run in a sandbox of this project.
int sandbox_processes(const fs::path& state) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "environ", std::ios::binary);
    const std::string environment{std::istreambuf_iterator<char>(file), {}};
    if (environment.find("PLAND_SANDBOX=" + state.string()) != std::string::npos) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE(
    "crash: kill -9 at twenty random moments loses nothing that was reported and leaves nothing running") {
  const TempFolder folder;
  const fs::path project = folder / "project";
  const fs::path state = folder / "state";
  fs::create_directories(project);
  fs::create_directories(state);
  std::ofstream(project / "crash.plan.yaml") << kPlan;
  const std::string git =
      "cd '" + project.string() +
      "' && git init -q && git add -A && git -c user.name=x -c user.email=x@x commit -q -m start";
  REQUIRE(std::system(git.c_str()) == 0);

  std::mt19937 random(std::random_device{}());
  for (int round = 0; round < 20; ++round) {
    const int moment = std::uniform_int_distribution<int>(0, 900)(random);
    CAPTURE(round);
    CAPTURE(moment);
    std::set<std::string> complete;
    std::string plan_id;
    {
      Conversation first(project, state);
      const Json spawned = first.editor->ask(
          "pland/spawn", {{"uri", first.editor->uri("crash.plan.yaml")}, {"replace", true}});
      plan_id = spawned.at("planId").get<std::string>();
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(moment);
      while (first.server->pump(deadline, [&](std::string_view bytes) { first.editor->receive(bytes); })) {
      }
      complete = reported_complete(*first.editor, plan_id);
      first.server->kill(SIGKILL);
      CHECK(first.server->wait(std::chrono::steady_clock::now() + std::chrono::seconds(10)) == 128 + SIGKILL);
      first.editor->connection_lost();
    }
    Conversation second(project, state);
    const Json status = second.editor->ask("pland/status", {{"planId", plan_id}});
    CHECK(sandbox_processes(state) == 0);
    CHECK(status.at("state") != "processing");
    for (const auto& subplan : status.at("subplans")) {
      CAPTURE(subplan.dump());
      const std::string name = subplan.at("name").get<std::string>();
      CHECK(subplan.at("state") != "processing");
      if (complete.count(name) > 0) CHECK(subplan.at("state") == "complete");
      if (subplan.at("state") == "complete") {
        const Json diff = second.editor->ask("pland/diff", {{"subplanId", subplan.at("subplanId")}});
        CHECK(diff.at("files").size() == 1);
      }
    }
    // It goes on from there, or starts anew.
    if (status.at("state") == "errored" && round % 2 == 0) {
      second.editor->ask("pland/retry", {{"planId", plan_id}});
    } else {
      plan_id = second.editor
                    ->ask("pland/spawn", {{"uri", second.editor->uri("crash.plan.yaml")}, {"replace", true}})
                    .at("planId")
                    .get<std::string>();
    }
    second.editor->expect(
        [&](const FakeEditor& editor) {
          const auto notes = editor.notifications("pland/planChanged");
          return !notes.empty() && notes.back().value("planId", "") == plan_id &&
                 notes.back().value("state", "") == "complete";
        },
        "the plan is complete");
    second.editor->finish();
    second.server->close_input();
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (second.server->pump(patience, [&](std::string_view bytes) { second.editor->receive(bytes); })) {
    }
    CHECK(second.server->wait(std::chrono::steady_clock::now() + std::chrono::seconds(10)) == 0);
  }
  const std::string check =
      "cd '" + project.string() + "' && git fsck --full && test -z \"$(git status --porcelain)\"";
  CHECK(std::system(check.c_str()) == 0);
}

namespace {

constexpr int kFiles = 120;

/// Changes forty files, deletes forty, makes forty.
constexpr const char* kWritingPlan = R"yaml(plan: local/write
goal: enough files to be killed between two of them
subplans:
  - name: all
    goal: g
    run: |
      for i in $(seq 1 40); do
        echo changed > change$i.txt; rm remove$i.txt; mkdir -p made/deep$i; echo made > made/deep$i/file.txt
      done
)yaml";

struct Counts {
  int old = 0, changed = 0, staged = 0;
};

/// How many of the files are as they were, and as the plan wants them.
Counts count_files(const fs::path& project) {
  const auto text = [](const fs::path& path) {
    std::ifstream file(path);
    return std::string{std::istreambuf_iterator<char>(file), {}};
  };
  Counts counts;
  for (int i = 1; i <= kFiles / 3; ++i) {
    const std::string number = std::to_string(i);
    const std::string change = text(project / ("change" + number + ".txt"));
    if (change == "old\n") ++counts.old;
    if (change == "changed\n") ++counts.changed;
    ++(fs::exists(project / ("remove" + number + ".txt")) ? counts.old : counts.changed);
    ++(fs::exists(project / "made" / ("deep" + number) / "file.txt") ? counts.changed : counts.old);
  }
  for (const auto& entry : fs::recursive_directory_iterator(project)) {
    if (entry.path().filename().string().starts_with(".pland-")) ++counts.staged;
  }
  return counts;
}

/// Sends the request, and kills the server after so long, whatever it is doing by then.
void ask_and_kill(Conversation& talk, const std::string& verb, std::chrono::microseconds moment) {
  talk.editor->request(verb);
  const auto deadline = std::chrono::steady_clock::now() + moment;
  while (std::chrono::steady_clock::now() < deadline) {
    if (!talk.server->pump(deadline, [&](std::string_view bytes) { talk.editor->receive(bytes); })) break;
  }
  talk.server->kill(SIGKILL);
  CHECK(talk.server->wait(std::chrono::steady_clock::now() + std::chrono::seconds(10)) == 128 + SIGKILL);
  talk.editor->connection_lost();
}

}  // namespace

TEST_CASE("crash: kill -9 in the middle of an apply or its undo leaves all of it or nothing") {
  const TempFolder folder;
  const fs::path project = folder / "project";
  const fs::path state = folder / "state";
  fs::create_directories(project);
  fs::create_directories(state);
  std::ofstream(project / "crash.plan.yaml") << kWritingPlan;
  for (int i = 1; i <= kFiles / 3; ++i) {
    std::ofstream(project / ("change" + std::to_string(i) + ".txt")) << "old\n";
    std::ofstream(project / ("remove" + std::to_string(i) + ".txt")) << "old\n";
  }
  const std::string git =
      "cd '" + project.string() +
      "' && git init -q && git add -A && git -c user.name=x -c user.email=x@x commit -q -m start";
  REQUIRE(std::system(git.c_str()) == 0);
  {
    Conversation talk(project, state);
    talk.editor->ask("pland/spawn", {{"uri", talk.editor->uri("crash.plan.yaml")}});
    talk.editor->expect(plan_state("complete"));
    talk.editor->finish();
  }
  std::mt19937 random(std::random_device{}());
  bool applied = false;
  for (int round = 0; round < 16; ++round) {
    // Denser at the start, where the writing is.
    const std::chrono::microseconds moment(
        static_cast<int>(std::pow(2.0, std::uniform_real_distribution<double>(9.0, 17.0)(random))));
    CAPTURE(round);
    CAPTURE(moment.count());
    CAPTURE(applied);
    {
      Conversation talk(project, state);
      ask_and_kill(talk, applied ? "pland/undo" : "pland/apply", moment);
    }
    Conversation talk(project, state);
    const Json plan = talk.editor->ask("pland/status").at("plans").at(0);
    const Counts counts = count_files(project);
    CHECK(counts.staged == 0);
    const bool is_applied = plan.at("state") == "applied";
    CHECK(counts.changed == (is_applied ? kFiles : 0));
    CHECK(counts.old == (is_applied ? 0 : kFiles));
    // What did not come about can be asked for again.
    if (is_applied == applied) talk.editor->ask(applied ? "pland/undo" : "pland/apply");
    applied = !applied;
    CHECK(count_files(project).changed == (applied ? kFiles : 0));
    talk.editor->finish();
  }
}
