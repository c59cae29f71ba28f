// The main job at the engine's door: subplans in parallel, their results merged, applied, undone.
#include <algorithm>

#include "tests/engine/plan/engine_fixture.h"

using namespace pland::engine;
using pland::test::EngineFixture;
using pland::test::Files;

TEST_CASE(
    "plan: results of parallel subplans are all in the merged tree, and the user's folder is untouched") {
  EngineFixture it(Files{{"a.txt", "one\n"}, {"b.txt", "two\n"}, {".gitignore", "*.o\n"}});
  const std::string before = it.repository_state();
  const LivePlan& plan = it.run(R"(
plan: local/both
goal: change both files
subplans:
  - {name: first, goal: a, run: "echo more >> a.txt"}
  - {name: second, goal: b, run: "echo more >> b.txt; mkdir -p new; echo x > new/c.txt; echo skip > junk.o"}
)");
  CHECK(plan.plan.state == ProcessingState::complete);
  CHECK(plan.plan.phase == Phase::execute);
  CHECK(it.subplan(plan, "first").state == ProcessingState::complete);
  CHECK(it.subplan(plan, "second").files_changed == std::vector<std::string>{"b.txt", "new/c.txt"});
  CHECK(it.merged(plan, "a.txt") == "one\nmore\n");
  CHECK(it.merged(plan, "b.txt") == "two\nmore\n");
  CHECK(it.merged(plan, "new/c.txt") == "x\n");
  CHECK(it.read("a.txt") == "one\n");
  CHECK(it.repository_state() == before);
}

TEST_CASE("plan: dirty, untracked and unsaved text is in every sandbox's base") {
  EngineFixture it(Files{{"tracked.txt", "committed\n"}, {"open.txt", "on disk\n"}});
  it.write("tracked.txt", "dirty\n");
  it.write("untracked.txt", "untracked\n");
  it.documents.open["open.txt"] = {"open.txt", "unsaved\n", 7, true};
  const LivePlan& plan = it.run(R"(
plan: local/look
goal: look
subplans:
  - {name: look, goal: look, run: "cat tracked.txt untracked.txt open.txt > seen.txt"}
  - {name: also, goal: look, run: "cat tracked.txt untracked.txt open.txt > also.txt"}
)");
  CHECK(it.merged(plan, "seen.txt") == "dirty\nuntracked\nunsaved\n");
  CHECK(it.merged(plan, "also.txt") == "dirty\nuntracked\nunsaved\n");
  CHECK(it.read("open.txt") == "on disk\n");
}

TEST_CASE("plan: max_parallel is how many run at once, whatever their number") {
  EngineFixture it(Files{{"x", "x\n"}});
  std::string yaml = "plan: local/many\ngoal: many\nsubplan_defaults: {max_parallel: 3}\nsubplans:\n";
  for (int i = 0; i < 9; ++i) {
    yaml += "  - {name: s" + std::to_string(i) + ", goal: g, run: 'echo " + std::to_string(i) + " > f" +
            std::to_string(i) + "'}\n";
  }
  int running = 0;
  int most = 0;
  const auto subscription = it.engine().events().subscribe([&](const Event& event) {
    if (event.type != "subplan.state_changed") return;
    const std::string state = event.payload.value("state", "");
    if (state == "processing") most = std::max(most, ++running);
    if (state == "complete") --running;
  });
  const LivePlan& plan = it.run(yaml);
  CHECK(plan.plan.state == ProcessingState::complete);
  CHECK(most == 3);
  CHECK(running == 0);
  CHECK(it.merged(plan, "f8") == "8\n");
}

TEST_CASE("plan: a subplan that runs after others starts from their results") {
  EngineFixture it(Files{{"log", "start\n"}});
  const LivePlan& plan = it.run(R"(
plan: local/waves
goal: order
subplans:
  - {name: last, goal: l, after: [left, right], run: "cat left right > last"}
  - {name: left, goal: l, run: "echo left > left"}
  - {name: right, goal: r, run: "echo right > right"}
)");
  CHECK(plan.plan.state == ProcessingState::complete);
  CHECK(it.merged(plan, "last") == "left\nright\n");
}

TEST_CASE(
    "plan: sequential mode runs one after the other, each on the result of the one before, and stops at a "
    "failure") {
  EngineFixture it(Files{{"log", "0\n"}});
  const LivePlan& plan = it.run(R"(
plan: local/seq
goal: order
subplan_defaults: {mode: sequential, retry_failed: false}
subplans:
  - {name: one, goal: l, run: "echo 1 >> log"}
  - {name: two, goal: l, run: "echo 2 >> log"}
  - {name: three, goal: r, run: "exit 3"}
  - {name: four, goal: r, run: "echo 4 >> log"}
)");
  CHECK(it.merged(plan, "log") == "0\n1\n2\n");
  CHECK(it.subplan(plan, "three").state == ProcessingState::errored);
  CHECK(it.subplan(plan, "three").exit_code == 3);
  CHECK(it.subplan(plan, "four").state == ProcessingState::cancelled);
  CHECK_FALSE(it.subplan(plan, "four").started_at.has_value());
}

TEST_CASE("plan: apply writes the result, and undo takes it back exactly") {
  EngineFixture it(Files{{"keep.txt", "k\n"}, {"edit.txt", "1\n2\n3\n"}, {"drop.txt", "d\n"}});
  const LivePlan& plan = it.run(R"(
plan: local/apply
goal: g
subplans:
  - {name: a, goal: g, run: "sed -i s/2/two/ edit.txt"}
  - {name: b, goal: g, run: "rm drop.txt; mkdir -p deep/er; echo n > deep/er/new.sh; chmod +x deep/er/new.sh; ln -s keep.txt link"}
)");
  const std::string before = it.git("status --porcelain");
  auto applied = it.await(it.engine().apply({plan.plan.plan_id, false, {}}));
  REQUIRE_MESSAGE(applied.ok(), applied.error().message);
  CHECK(applied->files.size() == 4);
  CHECK(it.read("edit.txt") == "1\ntwo\n3\n");
  CHECK_FALSE(it.exists("drop.txt"));
  CHECK(std::filesystem::read_symlink(it.project() / "link") == "keep.txt");
  CHECK((std::filesystem::status(it.project() / "deep/er/new.sh").permissions() &
         std::filesystem::perms::owner_exec) != std::filesystem::perms::none);
  CHECK(plan.plan.state == ProcessingState::applied);
  CHECK(it.git("for-each-ref refs/pland").empty());
  CHECK_FALSE(it.await(it.engine().apply({plan.plan.plan_id, false, {}})).ok());
  it.until_idle();
  CHECK(std::filesystem::is_empty(it.engine().state_directory() / "sandboxes"));
  CHECK(std::filesystem::is_empty(it.engine().state_directory() / "trash"));

  auto undone = it.await(it.engine().undo());
  REQUIRE_MESSAGE(undone.ok(), undone.error().message);
  CHECK(it.git("status --porcelain") == before);
  CHECK(it.read("drop.txt") == "d\n");
  CHECK_FALSE(it.exists("deep"));
  CHECK(plan.plan.state == ProcessingState::complete);
  // And it can be applied again.
  CHECK(it.await(it.engine().apply({plan.plan.plan_id, false, {}})).ok());
  CHECK(it.read("edit.txt") == "1\ntwo\n3\n");
  CHECK(it.git("fsck --full").find("error") == std::string::npos);
}

TEST_CASE("plan: a folder that becomes a file and a file that becomes a folder are applied and taken back") {
  EngineFixture it(
      Files{{"tool/deep/a.txt", "a\n"}, {"tool/b.txt", "b\n"}, {"conf", "c\n"}, {"x.txt", "x\n"}});
  std::filesystem::create_symlink("tool", it.project() / "link");
  it.git("add -A");
  it.git("commit -qm link");
  const LivePlan& plan = it.run(R"(
plan: local/turn
goal: g
subplans:
  - {name: a, goal: g, run: "rm -r tool && echo file > tool && rm conf && mkdir -p conf/deep && echo c > conf/deep/conf && echo b > conf/b.txt"}
  - {name: b, goal: g, run: "rm link && mkdir link && echo l > link/b.txt"}
)");
  REQUIRE(plan.plan.state == ProcessingState::complete);
  const std::string before = it.git("status --porcelain");
  for (int i = 0; i < 2; ++i) {
    const auto applied = it.await(it.engine().apply({plan.plan.plan_id, false, {}}));
    REQUIRE_MESSAGE(applied.ok(), applied.error().message);
    CHECK(it.read("tool") == "file\n");
    CHECK(it.read("conf/deep/conf") == "c\n");
    CHECK(it.read("conf/b.txt") == "b\n");
    CHECK_FALSE(std::filesystem::is_symlink(it.project() / "link"));
    CHECK(it.read("link/b.txt") == "l\n");
    const auto undone = it.await(it.engine().undo({}));
    REQUIRE_MESSAGE(undone.ok(), undone.error().message);
    CHECK(it.git("status --porcelain --ignored") == before);
    CHECK(std::filesystem::is_symlink(it.project() / "link"));
  }
  // What no snapshot holds keeps the folder a folder.
  it.write(".git/info/exclude", "*.log\n");
  it.write("tool/mine.log", "ignored\n");
  CHECK_FALSE(it.await(it.engine().apply({plan.plan.plan_id, false, {}})).ok());
  CHECK(it.read("tool/mine.log") == "ignored\n");
  CHECK(it.read("tool/b.txt") == "b\n");
  CHECK(it.read("conf") == "c\n");
}

TEST_CASE("plan: nothing is written through a link that the user put in a folder's place") {
  EngineFixture it(Files{{"docs/a.txt", "a\n"}});
  const LivePlan& plan = it.run(R"(
plan: local/linked
goal: g
subplans: [{name: a, goal: g, run: "echo more >> docs/a.txt"}]
)");
  std::filesystem::rename(it.project() / "docs", it.project() / "documentation");
  std::filesystem::create_symlink("documentation", it.project() / "docs");
  const auto applied = it.await(it.engine().apply({plan.plan.plan_id, false, {}}));
  REQUIRE_FALSE(applied.ok());
  CHECK(applied.error().message.find("symbolic link 'docs'") != std::string::npos);
  CHECK(it.read("documentation/a.txt") == "a\n");
}

TEST_CASE("plan: a sandbox that holds more than its snapshots stays, and that is told") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const LivePlan& plan = it.run(R"(
plan: local/nested
goal: g
subplans: [{name: a, goal: g, run: "echo more >> a.txt; git init -q vendor/inner && echo only > vendor/inner/copy"}]
)");
  REQUIRE(plan.plan.state == ProcessingState::complete);
  const auto inner = std::filesystem::path(it.engine().state_directory() / "sandboxes");
  const auto copies = [&] {
    int count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(inner)) {
      if (entry.path().filename() == "copy") ++count;
    }
    return count;
  };
  CHECK(copies() == 1);
  bool kept = false;
  const auto subscription = it.engine().events().subscribe([&](const Event& event) {
    if (event.type == "sandbox.kept") kept = event.payload.dump().find("vendor/inner") != std::string::npos;
  });
  REQUIRE(it.await(it.engine().apply({plan.plan.plan_id, false, {}})).ok());
  it.until_idle();
  CHECK(kept);
  CHECK(copies() == 1);
}

TEST_CASE("plan: a folder without git gets the same") {
  EngineFixture it(Files{{"a.txt", "one\n"}, {".gitignore", "*.log\n"}, {"x.log", "ignored\n"}}, false);
  const LivePlan& plan = it.run(R"(
plan: local/plain
goal: g
subplans:
  - {name: a, goal: g, run: "echo two >> a.txt; test ! -e x.log"}
)");
  CHECK(plan.plan.state == ProcessingState::complete);
  REQUIRE(it.await(it.engine().apply({plan.plan.plan_id, false, {}})).ok());
  CHECK(it.read("a.txt") == "one\ntwo\n");
  CHECK_FALSE(it.exists(".git"));
}

TEST_CASE("plan: a command that runs git in its sandbox harms only itself, and its work counts") {
  EngineFixture it(Files{{"a.txt", "one\n"}, {"b.txt", "one\n"}});
  const std::string before = it.repository_state();
  const LivePlan& plan = it.run(R"(
plan: local/git
goal: g
subplans:
  - name: commits
    goal: g
    run: |
      git -c user.name=x -c user.email=x@x commit -q --allow-empty -m x && echo two >> a.txt &&
      git add -A && git -c user.name=x -c user.email=x@x commit -q -m work && git checkout -q -b other &&
      git config core.bare false && git gc -q && git log --oneline | grep -q start
  - {name: stashes, goal: g, run: "echo lost >> b.txt && git -c user.name=x -c user.email=x@x stash -q && echo kept >> b.txt"}
)");
  INFO(it.subplan(plan, "commits").error);
  CHECK(plan.plan.state == ProcessingState::complete);
  CHECK(it.merged(plan, "a.txt") == "one\ntwo\n");
  CHECK(it.merged(plan, "b.txt") == "one\nkept\n");
  CHECK(it.repository_state() == before);
  CHECK(it.git("fsck --full").find("error") == std::string::npos);
}

TEST_CASE("plan: tools do the work, contained in the sandbox") {
  EngineFixture it(Files{{"a.txt", "old text\n"}});
  const LivePlan& plan = it.run(R"(
plan: local/tools
goal: g
subplans:
  - name: edits
    goal: g
    tools:
      - builtin/edit_file: {path: a.txt, old_text: old, new_text: new}
      - builtin/write_file: {path: docs/b.md, content: "hello\n"}
)");
  INFO(it.subplan(plan, "edits").error);
  CHECK(it.merged(plan, "a.txt") == "new text\n");
  CHECK(it.merged(plan, "docs/b.md") == "hello\n");
}
