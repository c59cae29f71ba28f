// Projects come and go with the folders of the workspace.
#include <doctest/doctest.h>

#include "engine/store/lock.h"
#include "tests/server/support/project.h"

using namespace pland::session;
using namespace pland::test;

namespace {

constexpr const char* colliding_and_failing =
    "plan: local/collide\ngoal: g\nsubplan_defaults: {retry_failed: false}\nsubplans:\n"
    "  - {name: alpha, goal: g, run: \"sed -i 's/two/2/' list.txt\"}\n"
    "  - {name: beta, goal: g, run: \"sed -i 's/two/II/' list.txt\"}\n"
    "  - {name: fails, goal: g, run: exit 3}\n";

Json folders(FakeEditor& editor, const std::vector<std::string>& paths) {
  Json list = Json::array();
  for (const std::string& path : paths) list.push_back({{"uri", editor.uri(path)}, {"name", path}});
  return list;
}

void change_folders(FakeEditor& editor, const std::vector<std::string>& added,
                    const std::vector<std::string>& removed) {
  editor.notify("workspace/didChangeWorkspaceFolders",
                {{"event", {{"added", folders(editor, added)}, {"removed", folders(editor, removed)}}}});
}

/// Another process could work on the only project there is.
bool is_free(const SessionRig& rig) {
  for (const auto& entry : std::filesystem::directory_iterator(rig.state())) {
    return pland::engine::Lock::acquire(entry.path()).ok();
  }
  return false;
}

void expect_all_shown(FakeEditor& editor) {
  editor.expect(diagnostic("list.txt", "merge-conflict", {.on = "two"}));
  editor.expect(diagnostic("x.plan.yaml", "subplan-failed", {.on = "fails"}));
}

void expect_nothing_shown(FakeEditor& editor) {
  editor.expect(no_diagnostics("list.txt"));
  editor.expect(no_diagnostics("x.plan.yaml"));
}

}  // namespace

TEST_CASE("folders: a project whose folder goes shows nothing and is free, and comes back with it") {
  Project project(colliding_and_failing);
  FakeEditor& editor = project.editor();
  const std::string plan = project.spawn();
  editor.close("x.plan.yaml");
  project.rig->sync();
  expect_all_shown(editor);
  CHECK_FALSE(is_free(*project.rig));

  change_folders(editor, {}, {"."});
  project.rig->sync();
  expect_nothing_shown(editor);
  CHECK(is_free(*project.rig));
  CHECK(editor.refused("pland/status", {{"planId", plan}})["code"] == -32803);

  change_folders(editor, {"."}, {});
  expect_all_shown(editor);
  CHECK_FALSE(is_free(*project.rig));
  // Gone and back before anything of it has ended.
  change_folders(editor, {}, {"."});
  change_folders(editor, {"."}, {});
  project.rig->sync();
  expect_all_shown(editor);
  CHECK(editor.ask("pland/status", {{"planId", plan}})["planId"] == plan);
}

TEST_CASE("folders: a project with an open file stays open, and shows nothing until it is asked for") {
  Project project(colliding_and_failing);
  FakeEditor& editor = project.editor();
  const std::string plan = project.spawn();
  editor.open("list.txt");
  editor.close("x.plan.yaml");
  project.rig->sync();
  change_folders(editor, {}, {"."});
  project.rig->sync();
  expect_nothing_shown(editor);
  CHECK_FALSE(is_free(*project.rig));
  CHECK(editor.ask("pland/status", {{"planId", plan}})["planId"] == plan);
  SUBCASE("by its plan file") {
    editor.open("x.plan.yaml");
    expect_all_shown(editor);
  }
  SUBCASE("by its folder") {
    change_folders(editor, {"."}, {});
    expect_all_shown(editor);
  }
  SUBCASE("never: the file is closed") {
    editor.close("list.txt");
    project.rig->sync();
    CHECK(is_free(*project.rig));
  }
}

TEST_CASE("folders: another folder of the project keeps it as it was") {
  Project project(colliding_and_failing);
  FakeEditor& editor = project.editor();
  std::filesystem::create_directory(project.folder / "sub");
  project.spawn();
  editor.close("x.plan.yaml");
  change_folders(editor, {"sub"}, {});
  project.rig->sync();
  change_folders(editor, {}, {"."});
  project.rig->sync();
  expect_all_shown(editor);
  CHECK_FALSE(is_free(*project.rig));
}

TEST_CASE("folders: what runs in a project that goes runs to its end, and then the project is free") {
  Project project("plan: local/long\ngoal: g\nsubplans:\n  - {name: long, goal: g, run: sleep 600}\n");
  FakeEditor& editor = project.editor();
  const std::string plan = editor.execute(project.lens("Spawn")["command"])["planId"];
  editor.expect(progress_begun("local/long"));
  editor.close("x.plan.yaml");
  change_folders(editor, {}, {"."});
  CHECK(editor.ask("pland/status", {{"planId", plan}})["planId"] == plan);
  CHECK_FALSE(is_free(*project.rig));
  CHECK(editor.ask("pland/cancel", {{"planId", plan}})["state"] == "cancelled");
  project.rig->sync();
  editor.expect(progress_ended("local/long"));
  CHECK(is_free(*project.rig));
}
