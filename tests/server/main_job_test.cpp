// The main job through the wire: spawn by lens, conflicts and failures on the user's lines, quick fixes,
// apply, undo.
#include <doctest/doctest.h>

#include "tests/conformance/profiles.h"
#include "tests/server/support/project.h"

using namespace pland::session;
using namespace pland::test;

namespace {

bool has_markers(const std::string& text) {
  return text.find("<<<<<<<") != std::string::npos;
}

}  // namespace

TEST_CASE("main job: from the lens to the applied result and back") {
  Project project(colliding);
  FakeEditor& editor = project.editor();
  editor.execute(project.lens("Spawn")["command"]);
  editor.expect(progress_ended("local/collide"));
  editor.expect(diagnostic("list.txt", "merge-conflict", {.on = "two", .saying = "alpha and beta"}));
  CHECK(project.lens("1 conflict")["command"]["command"] == "pland.status");
  const Json item = editor.diagnostics("list.txt").items[0];
  CHECK(item["severity"] == 1);
  CHECK(item["relatedInformation"].size() == 2);
  CHECK(item["data"]["conflictId"].is_string());

  // The conflict's lines follow the typing.
  editor.open("list.txt");
  editor.type("list.txt", 0, 0, "zero \xF0\x9F\x98\x80\n");
  editor.expect(diagnostic("list.txt", "merge-conflict", {.on = "two"}));
  CHECK(editor.diagnostics("list.txt").version == editor.version("list.txt"));

  const Json refusal = editor.refused("pland/apply");
  CHECK(refusal["code"] == -32803);
  CHECK(refusal["message"].get<std::string>().find("list.txt") != std::string::npos);
  CHECK(refusal["data"]["paths"] == Json::array({"list.txt"}));

  editor.run(project.quick_fix("list.txt", "two", "(theirs)"));
  editor.expect(no_diagnostic("list.txt", "merge-conflict"));
  project.rig->sync();
  CHECK_FALSE(has_markers(editor.text("list.txt")));
  CHECK(testing::read_file(project.folder / "list.txt") == list);

  const Json applied = editor.ask("pland/apply");
  CHECK(applied["files"].size() == 3);
  editor.expect(buffer_is("list.txt", "zero \xF0\x9F\x98\x80\none\ntwo by beta\nthree\nfour\nfive\n"));
  CHECK(testing::read_file(project.folder / "alpha.txt") == "alpha\n");
  project.rig->sync();
  CHECK(project.lens("applied")["command"]["command"] == "pland.status");

  editor.ask("pland/undo");
  editor.expect(buffer_is("list.txt", "zero \xF0\x9F\x98\x80\none\ntwo\nthree\nfour\nfive\n"));
  CHECK_FALSE(std::filesystem::exists(project.folder / "alpha.txt"));
}

TEST_CASE("main job: undo by any name of a plan undoes that plan's operation, not a newer one of another") {
  Project project("plan: local/p\ngoal: g\nsubplans:\n  - {name: a, goal: g, run: echo a > a.txt}\n");
  FakeEditor& editor = project.editor();
  testing::write_file(project.folder / "y.plan.yaml",
                      "plan: local/q\ngoal: g\nsubplans:\n  - {name: b, goal: g, run: echo b > b.txt}\n");
  const Json first = editor.ask("pland/spawn", {{"uri", editor.uri("x.plan.yaml")}});
  const Json second = editor.ask("pland/spawn", {{"uri", editor.uri("y.plan.yaml")}});
  project.rig->sync();
  const Json names{{{"planId", first["planId"]}},
                   {{"subplanId", first["children"][0]["subplanId"]}},
                   {{"uri", editor.uri("x.plan.yaml")}}};
  for (const Json& name : names) {
    CAPTURE(name.dump());
    editor.ask("pland/apply", {{"planId", first["planId"]}});
    editor.ask("pland/apply", {{"planId", second["planId"]}});
    editor.ask("pland/undo", name);
    CHECK_FALSE(std::filesystem::exists(project.folder / "a.txt"));
    CHECK(std::filesystem::exists(project.folder / "b.txt"));
    editor.ask("pland/undo", {{"planId", second["planId"]}});
  }
}

TEST_CASE("main job: of several plans of one file a call without a name means the newest") {
  Project project("plan: local/p\ngoal: g\nsubplans:\n  - {name: a, goal: g, run: echo a >> a.txt}\n");
  FakeEditor& editor = project.editor();
  const Json first = editor.ask("pland/spawn", {{"uri", editor.uri("x.plan.yaml")}});
  project.rig->sync();
  const Json second = editor.ask("pland/spawn", {{"uri", editor.uri("x.plan.yaml")}});
  project.rig->sync();
  editor.ask("pland/apply");
  CHECK(editor.ask("pland/status", {{"planId", second["planId"]}})["state"] == "applied");
  CHECK(editor.ask("pland/status", {{"planId", first["planId"]}})["state"] == "complete");
  // The older one is not forgotten, only not meant.
  const Json refusal = editor.refused("pland/apply");
  CHECK(refusal["message"].get<std::string>().find("no plan is") == 0);
  CHECK(editor.ask("pland/diff", {{"planId", first["planId"]}})["files"].size() == 1);
}

TEST_CASE("main job: the same with built-in tools instead of commands") {
  Project project(
      "plan: local/tools\ngoal: g\nsubplans:\n"
      "  - name: alpha\n    goal: g\n    tools:\n"
      "      - builtin/write_file: {path: list.txt, content: \"one\\n2\\nthree\\nfour\\nfive\\n\"}\n"
      "  - name: beta\n    goal: g\n    tools:\n"
      "      - builtin/write_file: {path: list.txt, content: \"one\\nII\\nthree\\nfour\\nfive\\n\"}\n"
      "      - builtin/write_file: {path: beta.txt, content: beta}\n");
  FakeEditor& editor = project.editor();
  editor.open("list.txt");
  project.spawn();
  editor.expect(diagnostic("list.txt", "merge-conflict", {.on = "two"}));
  editor.type("list.txt", 0, 0, "zero\n");
  editor.expect(diagnostic("list.txt", "merge-conflict", {.on = "two"}));
  editor.run(project.quick_fix("list.txt", "two", "both"));
  project.rig->sync();
  editor.ask("pland/apply");
  editor.expect(buffer_is("list.txt", "zero\none\n2\nII\nthree\nfour\nfive\n"));
  CHECK(testing::read_file(project.folder / "beta.txt") == "beta");
  editor.ask("pland/undo");
  editor.expect(buffer_is("list.txt", std::string("zero\n") + list));
  project.rig->restart();
  CHECK(project.editor().ask("pland/status")["plans"].size() == 1);
}

TEST_CASE("main job: a failure stands on its subplan's name, and retry clears it") {
  testing::TemporaryFolder outside;
  const std::string flag = (outside / "flag").string();
  Project project(
      "plan: local/fails\ngoal: g\nsubplan_defaults: {max_retries: 1}\nsubplans:\n"
      "  - name: good\n    goal: g\n    run: echo good > good.txt\n"
      "  - name: waits-for-flag\n    goal: g\n    run: echo looking; test -e " +
      flag + "\n");
  FakeEditor& editor = project.editor();
  const std::string plan = project.spawn();
  editor.expect(
      diagnostic("x.plan.yaml", "subplan-failed", {.on = "waits-for-flag", .saying = "exit code 1"}));
  editor.expect(diagnostic("x.plan.yaml", "subplan-failed", {.saying = "looking"}));
  editor.replace("x.plan.yaml", "plan: local", "# above\nplan: local");
  editor.expect(diagnostic("x.plan.yaml", "subplan-failed", {.on = "waits-for-flag"}));

  // The others' results are kept, and can be applied without it.
  const Json dry = editor.ask("pland/apply", {{"planId", plan}, {"dryRun", true}});
  CHECK(dry["notIncluded"] == Json::array({"waits-for-flag"}));
  CHECK(dry["files"][0]["file"] == "good.txt");

  const auto hover = editor.ask("textDocument/hover",
                                {{"textDocument", {{"uri", editor.uri("x.plan.yaml")}}},
                                 {"position", editor.range_of("x.plan.yaml", "waits-for-flag")["start"]}});
  CHECK(hover["contents"]["value"].get<std::string>().find("looking") != std::string::npos);

  testing::write_file(flag, "");
  editor.run(project.quick_fix("x.plan.yaml", "waits-for-flag", "Retry"));
  editor.expect(no_diagnostic("x.plan.yaml", "subplan-failed"));
  project.rig->sync();
  CHECK(editor.ask("pland/status", {{"planId", plan}})["state"] == "complete");
}

TEST_CASE("main job: what cannot run is said with its reason") {
  Project project(
      "plan: local/reasons\ngoal: g\nsubplan_defaults: {max_retries: 1}\nsubplans:\n"
      "  - {name: missing, goal: g, run: no-such-command-here}\n"
      "  - {name: slow, goal: g, run: sleep 60, timeout: 300ms}\n"
      "  - {name: killed, goal: g, run: 'kill -9 $$'}\n"
      "  - {name: checked, goal: g, run: 'true', check: 'echo not good; false'}\n");
  project.spawn();
  FakeEditor& editor = project.editor();
  editor.expect(diagnostic("x.plan.yaml", "subplan-failed", {.on = "missing", .saying = "no such command"}));
  editor.expect(diagnostic("x.plan.yaml", "subplan-failed", {.on = "slow", .saying = "time limit"}));
  editor.expect(diagnostic("x.plan.yaml", "subplan-failed", {.on = "killed", .saying = "signal"}));
  editor.expect(diagnostic("x.plan.yaml", "subplan-failed", {.on = "checked", .saying = "not good"}));
}

TEST_CASE("main job: cancelling the progress cancels the plan, and a second spawn is refused while it runs") {
  Project project("plan: local/long\ngoal: g\nsubplans:\n  - {name: long, goal: g, run: sleep 60}\n");
  FakeEditor& editor = project.editor();
  const std::string plan = editor.execute(project.lens("Spawn")["command"])["planId"];
  editor.expect(progress_begun("local/long"));
  const Json refusal = editor.refused("pland/spawn", {{"uri", editor.uri("x.plan.yaml")}});
  CHECK(refusal["code"] == -32803);
  CHECK(refusal["data"]["planId"] == plan);
  editor.cancel_progress("local/long");
  editor.expect(progress_ended("local/long"));
  project.rig->sync();
  CHECK(editor.ask("pland/status", {{"planId", plan}})["state"] == "cancelled");
}

TEST_CASE("main job: a plan is that of its file, however the file's uri is spelled") {
  const testing::TemporaryFolder links;
  SessionRig::Options options;
  options.editor.root = links / "a+b";
  options.editor.spell_uri = [](const std::filesystem::path& path) { return "file://" + path.string(); };
  const testing::TemporaryFolder folder;
  std::filesystem::create_directory_symlink(folder.path(), links / "a+b");
  testing::init_repository(folder.path());
  testing::write_file(folder / "x.plan.yaml",
                      "plan: local/long\ngoal: g\nsubplans:\n  - {name: a, goal: g, run: sleep 600}\n");
  testing::commit_all(folder.path());
  options.root = std::filesystem::canonical(folder.path());
  SessionRig rig(std::move(options));
  FakeEditor& editor = rig.editor();
  editor.open("x.plan.yaml");

  const std::string own = editor.uri("x.plan.yaml");
  REQUIRE(own.find('+') != std::string::npos);
  const std::string escaped = std::string(own).replace(own.find('+'), 1, "%2B");
  const std::string real = "file://" + (rig.root() / "x.plan.yaml").string();
  const std::string plan = editor.ask("pland/spawn", {{"uri", own}})["planId"];
  for (const std::string& uri : {own, escaped, real}) {
    CAPTURE(uri);
    const Json status = editor.ask("pland/status", {{"uri", uri}});
    CHECK(status["planId"] == plan);
    CHECK(status["uri"] == own);
    CHECK(editor.refused("pland/spawn", {{"uri", uri}})["data"]["planId"] == plan);
  }
  bool shown = false;
  for (const Json& lens : editor.code_lenses("x.plan.yaml")) {
    shown = shown || lens["command"]["command"] == "pland.cancel";
  }
  CHECK(shown);
  CHECK(editor.ask("pland/cancel", {{"uri", escaped}})["planId"] == plan);
  rig.sync();
}

TEST_CASE("main job: a client that takes no edits is told to close the file") {
  SessionRig::Options options;
  options.editor.profile = "bare";
  Project project(colliding, options);
  FakeEditor& editor = project.editor();
  project.spawn();
  editor.open("list.txt");
  editor.run(project.quick_fix("list.txt", "two", "(ours)"));
  project.rig->sync();
  const Json refusal = editor.refused("pland/apply");
  CHECK(refusal["code"] == -32803);
  CHECK(refusal["message"].get<std::string>().find("list.txt") != std::string::npos);
  CHECK(testing::read_file(project.folder / "list.txt") == list);
  CHECK_FALSE(std::filesystem::exists(project.folder / "alpha.txt"));
}

TEST_CASE("main job: an edit that the editor refuses leaves every file as it was") {
  Project project(colliding);
  FakeEditor& editor = project.editor();
  project.spawn();
  editor.open("list.txt");
  editor.run(project.quick_fix("list.txt", "two", "(ours)"));
  project.rig->sync();
  editor.refuse_edits("the file is locked");
  const Json refusal = editor.refused("pland/apply");
  CHECK(refusal["message"].get<std::string>().find("the file is locked") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(project.folder / "alpha.txt"));
}

TEST_CASE("main job: an open file that the plan deletes goes, but not with what is typed meanwhile") {
  Project project("plan: local/rm\ngoal: g\nsubplans:\n  - {name: a, goal: g, run: rm list.txt}\n");
  FakeEditor& editor = project.editor();
  project.spawn();
  editor.open("list.txt");
  SUBCASE("nobody types") {
    editor.ask("pland/apply");
    CHECK_FALSE(std::filesystem::exists(project.folder / "list.txt"));
  }
  SUBCASE("somebody types, and the editor does not look at versions") {
    editor.answer("workspace/applyEdit", [&](const Json&) {
      editor.type("list.txt", 0, 0, "typed\n");
      return Reply{{{"applied", true}}, nullptr};
    });
    const Json refusal = editor.refused("pland/apply");
    CHECK(refusal["code"] == -32803);
    CHECK(refusal["message"].get<std::string>().find("'list.txt' was to be deleted") != std::string::npos);
    CHECK(editor.text("list.txt") == std::string("typed\n") + list);
    CHECK(testing::read_file(project.folder / "list.txt") == list);
    CHECK(editor.ask("pland/status")["plans"][0]["state"] == "complete");
  }
}

TEST_CASE("main job: rollback asks, and does nothing until the person agrees") {
  Project project("plan: local/back\ngoal: g\nsubplans:\n  - {name: a, goal: g, run: echo a > a.txt}\n");
  FakeEditor& editor = project.editor();
  const std::string plan = project.spawn();
  const Json checkpoint = editor.ask("pland/checkpoint", {{"planId", plan}, {"label", "all done"}});
  CHECK(checkpoint["label"] == "all done");
  const Json listed = editor.ask("pland/checkpoints", {{"planId", plan}})["checkpoints"];
  const std::string first = listed.front()["checkpointId"];
  const Json params{{"planId", plan}, {"checkpointId", first}};

  const Json declined = editor.refused("pland/rollback", params);  // dismissed: no
  CHECK(declined["code"] == -32803);
  REQUIRE(editor.messages().size() == 1);
  CHECK(editor.messages()[0].text.find("Roll back plan " + plan + " to checkpoint '") == 0);
  CHECK(editor.messages()[0].text.find("(created just now)?") != std::string::npos);

  editor.choose("Yes");
  const Json done = editor.ask("pland/rollback", params);
  CHECK(done["command"] == "plan rollback");
  CHECK(done["status"] == "ok");
  CHECK(done["exit_code"] == 0);
  CHECK(done["data"]["rollback_summary"]["plan"] == plan);
  CHECK(done["data"]["rollback_summary"]["checkpoint"] == first);
  CHECK(done["data"]["post_rollback_state"]["phase"] == "execute");
  CHECK(done["messages"] == Json::array({"Rollback complete"}));
}

TEST_CASE("main job: a plan that was rolled back does not run: cancel without a name means the other one") {
  Project project("plan: local/back\ngoal: g\nsubplans:\n  - {name: a, goal: g, run: echo a > a.txt}\n");
  FakeEditor& editor = project.editor();
  testing::write_file(project.folder / "y.plan.yaml",
                      "plan: local/long\ngoal: g\nsubplans:\n  - {name: b, goal: g, run: sleep 600}\n");
  const std::string back = project.spawn();
  const Json first = editor.ask("pland/checkpoints", {{"planId", back}})["checkpoints"].front();
  editor.ask("pland/rollback",
             {{"planId", back}, {"checkpointId", first["checkpointId"]}, {"confirmed", true}});
  const Json running = editor.ask("pland/spawn", {{"uri", editor.uri("y.plan.yaml")}});
  CHECK(editor.ask("pland/cancel")["planId"] == running["planId"]);
  CHECK(editor.refused("pland/cancel")["message"].get<std::string>().find("no plan is running") == 0);
}

TEST_CASE("main job: a question that nobody answers keeps nothing waiting, and can be taken back") {
  Project project("plan: local/back\ngoal: g\nsubplans:\n  - {name: a, goal: g, run: echo a > a.txt}\n");
  FakeEditor& editor = project.editor();
  testing::write_file(project.folder / "y.plan.yaml",
                      "plan: local/other\ngoal: g\nsubplans:\n  - {name: b, goal: g, run: 'true'}\n");
  const std::string plan = project.spawn();
  const Json listed = editor.ask("pland/checkpoints", {{"planId", plan}})["checkpoints"];
  const Json params{{"planId", plan}, {"checkpointId", listed.front()["checkpointId"]}};
  const std::string question = "window/showMessageRequest";
  editor.hold(question);
  const RequestHandle rollback = editor.request("pland/rollback", params);
  editor.expect([&](const FakeEditor& seen) { return seen.requests_received(question) == 1; },
                "the question");
  // Of another plan, of no plan in particular, and of this one.
  CHECK(editor.ask("pland/spawn", {{"uri", editor.uri("y.plan.yaml")}}).contains("planId"));
  CHECK(editor.ask("pland/checkpoint", {{"planId", plan}}).contains("checkpointId"));
  CHECK(editor.reply(rollback) == nullptr);

  SUBCASE("cancelled") {
    editor.cancel(rollback);
    const Reply reply = editor.await(rollback);
    CHECK(reply.error["code"] == -32800);
    editor.release(question);
    CHECK(editor.ask("pland/status", {{"planId", plan}})["state"] == "complete");
  }
  SUBCASE("answered in the end") {
    editor.choose("Yes");
    editor.release(question);
    CHECK(editor.await(rollback).result["status"] == "ok");
  }
  SUBCASE("answered when it means something else") {
    Json at_once = params;
    at_once["confirmed"] = true;
    CHECK(editor.ask("pland/rollback", at_once)["status"] == "ok");
    editor.choose("Yes");
    editor.release(question);
    const Reply reply = editor.await(rollback);
    CHECK(reply.error["code"] == -32803);
    CHECK(reply.error.value("message", "").find("would now do something else") != std::string::npos);
  }
}

TEST_CASE("main job: diff and log open in the editor") {
  Project project(
      "plan: local/show\ngoal: g\nsubplans:\n  - {name: a, goal: g, run: echo said; echo a > a.txt}\n");
  FakeEditor& editor = project.editor();
  project.spawn();
  const Json diff = editor.execute(project.lens("Show diff")["command"]);
  CHECK(diff["files"] == Json::array({Json{{"path", "a.txt"}, {"change", "created"}}}));
  CHECK(diff["patch"].get<std::string>().find("+a\n") != std::string::npos);
  const Json log = editor.execute(project.lens("Show log")["command"]);
  CHECK(log["text"] == "said\n");
  CHECK(editor.shown_documents().size() == 2);
}

TEST_CASE("main job: planChanged tells the last state to those who asked") {
  Project project("plan: local/told\ngoal: g\nsubplans:\n  - {name: a, goal: g, run: 'true'}\n");
  project.spawn();
  project.editor().expect(plan_state("complete"));
}

TEST_CASE("main job: a write outside the scope is a warning on the subplan") {
  Project project(
      "plan: local/scope\ngoal: g\nsubplans:\n"
      "  - {name: a, goal: g, scope: ['src/**'], run: echo a > a.txt}\n");
  project.spawn();
  project.editor().expect(diagnostic("x.plan.yaml", "scope-violation", {.on = "a", .saying = "a.txt"}));
}

TEST_CASE("main job: under every kind of client, from the spawn to the applied result") {
  for (const std::string& profile : pland::conformance::profile_names()) {
    CAPTURE(profile);
    SessionRig::Options options;
    options.editor.profile = profile;
    Project project(colliding, options);
    project.spawn();
    project.editor().expect(diagnostic("list.txt", "merge-conflict", {.on = "two"}));
    project.editor().run(project.quick_fix("list.txt", "two", "(theirs)"));
    project.editor().expect(no_diagnostic("list.txt", "merge-conflict"));
    project.rig->sync();
    if (profile != "bare") {
      project.editor().open("list.txt");
      project.editor().type("list.txt", 0, 0, "zero\n");
      project.editor().ask("pland/apply");
      project.editor().expect(buffer_is("list.txt", "zero\none\ntwo by beta\nthree\nfour\nfive\n"));
      project.editor().ask("pland/undo");
      project.editor().expect(buffer_is("list.txt", std::string("zero\n") + list));
      continue;
    }
    project.editor().ask("pland/apply");
    CHECK(testing::read_file(project.folder / "list.txt") == "one\ntwo by beta\nthree\nfour\nfive\n");
  }
}

TEST_CASE("main job: a plan that is held runs when it is told to, and only once") {
  Project project("plan: local/held\ngoal: g\nsubplans:\n  - {name: a, goal: g, run: 'true'}\n");
  FakeEditor& editor = project.editor();
  const std::string plan = editor.ask("pland/use")["planId"];
  CHECK(editor.ask("pland/status", {{"planId", plan}})["phase"] == "strategize");
  CHECK(project.lens("Spawn")["command"]["arguments"][0] == Json{{"planId", plan}});
  editor.execute(project.lens("Spawn")["command"]);
  project.rig->sync();
  CHECK(editor.ask("pland/status", {{"planId", plan}})["state"] == "complete");
  CHECK(editor.refused("pland/spawn", {{"planId", plan}})["code"] == -32803);
}

TEST_CASE("main job: a new session finds the plan, its conflicts and its failures again") {
  Project project(colliding);
  project.spawn();
  project.editor().expect(diagnostic("list.txt", "merge-conflict"));
  project.rig->restart();
  project.editor().expect(diagnostic("list.txt", "merge-conflict", {.on = "two"}));
  CHECK(project.editor().ask("pland/conflicts")["conflicts"].size() == 1);
}
