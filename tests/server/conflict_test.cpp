// Conflicts on the user's lines, and their quick fixes.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/server/support/project.h"

using namespace pland::session;
using namespace pland::test;

TEST_CASE("conflict: each quick fix gives its text") {
  struct Row {
    const char* title;
    const char* text;
  };
  constexpr Row rows[] = {{"(ours)", "one\ntwo by alpha\nthree\nfour\nfive\n"},
                          {"(theirs)", "one\ntwo by beta\nthree\nfour\nfive\n"},
                          {"both", "one\ntwo by alpha\ntwo by beta\nthree\nfour\nfive\n"},
                          {"base", list}};
  for (const Row& row : rows) {
    CAPTURE(row.title);
    Project project(colliding);
    project.spawn();
    project.editor().expect(diagnostic("list.txt", "merge-conflict"));
    project.editor().run(project.quick_fix("list.txt", "two", row.title));
    project.editor().expect(no_diagnostic("list.txt", "merge-conflict"));
    project.rig->sync();
    project.editor().ask("pland/apply");
    CHECK(testing::read_file(project.folder / "list.txt") == row.text);
  }
}

TEST_CASE("conflict: the conflict stands on its lines in every encoding, also below what was typed") {
  for (const char* encoding : {"utf-8", "utf-16", "utf-32"}) {
    CAPTURE(encoding);
    SessionRig::Options options;
    options.editor.encodings = {encoding};
    Project project(
        "plan: local/wide\ngoal: g\nsubplans:\n"
        "  - {name: alpha, goal: g, run: \"sed -i 's/two/2/' list.txt\"}\n"
        "  - {name: beta, goal: g, run: \"sed -i 's/two/II/' list.txt\"}\n",
        options, "one\n\xF0\x9F\x98\x80 two \xC3\xA9\r\nthree\n");
    project.editor().open("list.txt");
    project.editor().type("list.txt", 0, 0, "\xF0\x9F\x98\x80\n\n");
    project.spawn();
    project.editor().expect(
        diagnostic("list.txt", "merge-conflict", {.on = "\xF0\x9F\x98\x80 two \xC3\xA9"}));
    project.editor().type("list.txt", 0, 0, "more\nand more\n");
    project.editor().expect(
        diagnostic("list.txt", "merge-conflict", {.on = "\xF0\x9F\x98\x80 two \xC3\xA9"}));
  }
}

TEST_CASE("conflict: in a file that is not open the conflict follows the lines on disk") {
  Project project(colliding);
  FakeEditor& editor = project.editor();
  project.spawn();
  editor.expect(diagnostic("list.txt", "merge-conflict", {.on = "two"}));
  REQUIRE(editor.registrations().contains("pland-files"));
  testing::write_file(project.folder / "list.txt", std::string("minus one\nzero\n") + list);
  editor.notify("workspace/didChangeWatchedFiles",
                {{"changes", Json::array({{{"uri", editor.uri("alpha.txt")}, {"type", 1}},
                                          {{"uri", editor.uri("list.txt")}, {"type", 2}}})}});
  project.rig->sync();
  CHECK(editor.diagnostics("list.txt").items[0]["range"]["start"]["line"] == 3);
}

TEST_CASE("conflict: a binary file has its conflict on its first line, and none when it is gone") {
  Project project(
      "plan: local/binary\ngoal: g\nsubplans:\n"
      "  - {name: alpha, goal: g, run: printf 'a\\000b' > data.bin}\n"
      "  - {name: beta, goal: g, run: printf 'c\\000d' > data.bin}\n",
      {}, list);
  project.spawn();
  // Nobody has it but the plan.
  project.editor().expect(diagnostic("x.plan.yaml", "merge-conflict", {.on = "beta", .saying = "data.bin"}));
  project.rig->write("data.bin", std::string("x\0y", 3));
  project.editor().notify(
      "workspace/didChangeWatchedFiles",
      {{"changes", Json::array({{{"uri", project.editor().uri("data.bin")}, {"type", 1}}})}});
  project.rig->sync();
  project.editor().expect(no_diagnostic("x.plan.yaml", "merge-conflict"));
  REQUIRE(project.editor().diagnostics("data.bin").items.size() == 1);
  CHECK(project.editor().diagnostics("data.bin").items[0]["range"]["end"]["line"] == 0);
}

TEST_CASE("conflict: a client that declares nothing gets plain commands, and can do it all") {
  SessionRig::Options options;
  options.editor.profile = "bare";
  Project project(colliding, options);
  FakeEditor& editor = project.editor();
  project.spawn();
  editor.expect(diagnostic("list.txt", "merge-conflict", {.on = "two"}));
  CHECK(editor.progress().empty());
  const Json action = project.quick_fix("list.txt", "two", "(ours)");
  CHECK(action["command"] == "pland.resolve");
  editor.run(action);
  editor.expect(no_diagnostic("list.txt", "merge-conflict"));
  project.rig->sync();
  editor.ask("pland/apply");
  CHECK(testing::read_file(project.folder / "list.txt") == "one\ntwo by alpha\nthree\nfour\nfive\n");
}

TEST_CASE("conflict: a quick fix that was overtaken is refused, by the edit and by the resolution") {
  Project project(colliding);
  FakeEditor& editor = project.editor();
  project.spawn();
  editor.open("list.txt");
  const Json stale = project.quick_fix("list.txt", "two", "(ours)");
  CHECK_FALSE(stale.contains("command"));  // it comes when the action is resolved
  editor.type("list.txt", 0, 0, "above\n");
  CHECK(editor.refused("codeAction/resolve", stale)["code"] == -32801);
  const Json fresh = project.quick_fix("list.txt", "two", "(ours)");
  editor.ask("pland/resolve", {{"conflictId", fresh["data"]["conflictId"]}, {"resolution", "theirs"}});
  CHECK(editor.refused("codeAction/resolve", fresh)["code"] == -32801);
}

TEST_CASE("conflict: a conflict about a file that the user does not have stands on the subplan's name") {
  Project project(
      "plan: local/both-create\ngoal: g\nsubplans:\n"
      "  - {name: alpha, goal: g, run: echo a > new.txt}\n"
      "  - {name: beta, goal: g, run: echo b > new.txt}\n");
  project.spawn();
  FakeEditor& editor = project.editor();
  editor.expect(diagnostic("x.plan.yaml", "merge-conflict", {.on = "beta", .saying = "new.txt"}));
  editor.run(project.quick_fix("x.plan.yaml", "beta", "both"));
  editor.expect(no_diagnostic("x.plan.yaml", "merge-conflict"));
  project.rig->sync();
  editor.ask("pland/apply");
  CHECK(testing::read_file(project.folder / "new.txt") == "a\nb\n");
}

TEST_CASE("conflict: cancelling a plan hides neither its conflicts nor its failures, applying it does") {
  Project project(
      "plan: local/cut\ngoal: g\nsubplan_defaults: {retry_failed: false}\nsubplans:\n"
      "  - {name: alpha, goal: g, run: \"sed -i 's/two/2/' list.txt\"}\n"
      "  - {name: beta, goal: g, run: \"sed -i 's/two/II/' list.txt\"}\n"
      "  - {name: fails, goal: g, run: exit 3}\n"
      "  - {name: long, goal: g, run: sleep 600}\n");
  FakeEditor& editor = project.editor();
  editor.execute(project.lens("Spawn")["command"]);
  editor.expect(diagnostic("list.txt", "merge-conflict", {.on = "two"}));
  editor.expect(diagnostic("x.plan.yaml", "subplan-failed", {.on = "fails"}));
  editor.ask("pland/cancel");
  project.rig->sync();
  CHECK(editor.ask("pland/status")["plans"][0]["state"] == "cancelled");
  editor.expect(diagnostic("list.txt", "merge-conflict", {.on = "two"}));
  editor.expect(diagnostic("x.plan.yaml", "subplan-failed", {.on = "fails"}));
  CHECK(editor.refused("pland/apply")["data"]["paths"] == Json::array({"list.txt"}));
  editor.run(project.quick_fix("list.txt", "two", "(theirs)"));
  project.rig->sync();
  editor.ask("pland/apply");
  project.rig->sync();
  editor.expect(no_diagnostics("list.txt"));
  editor.expect(no_diagnostics("x.plan.yaml"));
}

TEST_CASE("conflict: what makes no sense is shown disabled, with the reason") {
  Project project(
      "plan: local/delete\ngoal: g\nsubplans:\n"
      "  - {name: alpha, goal: g, run: rm list.txt}\n"
      "  - {name: beta, goal: g, run: \"sed -i 's/two/2/' list.txt\"}\n");
  project.spawn();
  FakeEditor& editor = project.editor();
  editor.expect(diagnostic("list.txt", "merge-conflict", {.saying = "alpha deleted list.txt"}));
  const Json both = project.quick_fix("list.txt", "one", "both");
  CHECK(both["disabled"]["reason"].get<std::string>().find("deleted") != std::string::npos);
  CHECK_FALSE(both.contains("command"));
  editor.run(project.quick_fix("list.txt", "one", "(ours)"));
  project.rig->sync();
  editor.ask("pland/apply");
  CHECK_FALSE(std::filesystem::exists(project.folder / "list.txt"));
}

TEST_CASE("conflict: apply where the user has written meanwhile is a conflict, never an overwrite") {
  Project project(
      "plan: local/late\ngoal: g\nsubplans:\n"
      "  - {name: alpha, goal: g, run: \"sed -i 's/two/by the plan/; s/five/5/' list.txt\"}\n");
  project.spawn();
  FakeEditor& editor = project.editor();
  editor.open("list.txt");
  editor.replace("list.txt", "two", "by hand");
  const Json refusal = editor.refused("pland/apply");
  CHECK(refusal["data"]["paths"] == Json::array({"list.txt"}));
  editor.expect(
      diagnostic("list.txt", "merge-conflict", {.on = "by hand", .saying = "you and plan local/late"}));
  CHECK(editor.text("list.txt") == "one\nby hand\nthree\nfour\nfive\n");
  editor.type("list.txt", 0, 0, "zero\n");
  editor.expect(diagnostic("list.txt", "merge-conflict", {.on = "by hand"}));

  editor.run(project.quick_fix("list.txt", "by hand", "your text"));
  editor.expect(no_diagnostic("list.txt", "merge-conflict"));
  editor.ask("pland/apply");
  editor.expect(buffer_is("list.txt", "zero\none\nby hand\nthree\nfour\n5\n"));
}

TEST_CASE("conflict: a file against a folder, or a pipe in a file's place, hides no other diagnostic") {
  Project project(
      "plan: local/shapes\ngoal: g\nsubplan_defaults: {retry_failed: false}\nsubplans:\n"
      "  - {name: alpha, goal: g, run: \"echo f > f; sed -i 's/two/2/' *.txt\"}\n"
      "  - {name: beta, goal: g, run: \"mkdir f; echo k > f/k; sed -i 's/two/II/' *.txt\"}\n"
      "  - {name: fails, goal: g, run: exit 3}\n");
  FakeEditor& editor = project.editor();
  testing::write_file(project.folder / "more.txt", list);
  project.spawn();
  editor.expect(diagnostic("list.txt", "merge-conflict", {.on = "two"}));
  editor.expect(diagnostic("more.txt", "merge-conflict", {.on = "two"}));
  editor.expect(diagnostic("x.plan.yaml", "subplan-failed", {.on = "fails"}));

  const std::filesystem::path pipe = project.folder / "list.txt";
  std::filesystem::remove(pipe);
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  editor.notify("workspace/didChangeWatchedFiles",
                {{"changes", Json::array({{{"uri", editor.uri("list.txt")}, {"type", 2}}})}});
  project.rig->sync();
  editor.expect(diagnostic("x.plan.yaml", "merge-conflict", {.on = "beta", .saying = "list.txt"}));
  editor.expect(diagnostic("more.txt", "merge-conflict", {.on = "two"}));
}
