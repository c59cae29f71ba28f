// Applying a result where an editor holds its files open, and what stays behind when it is done.
#include <sys/stat.h>

#include <fstream>

#include "tests/engine/plan/engine_fixture.h"

using namespace pland::engine;
using pland::test::EngineFixture;
using pland::test::Files;
namespace fs = std::filesystem;

namespace {

bool is_executable(const fs::path& file) {
  return (fs::status(file).permissions() & fs::perms::owner_exec) != fs::perms::none;
}

Result<ApplyReport> apply(EngineFixture& it, const LivePlan& plan, std::vector<std::string> paths = {}) {
  return it.await(it.engine().apply({plan.plan.plan_id, false, std::move(paths)}));
}

/// A plan of one subplan, run to its end.
const LivePlan& run(EngineFixture& it, const std::string& command) {
  return it.run("plan: local/one\ngoal: g\nsubplans:\n  - {name: s, goal: g, run: \"" + command + "\"}\n");
}

}  // namespace

TEST_CASE("apply: an open document becomes executable on disk, its text through the editor") {
  EngineFixture it(Files{{"tool", "1\n"}, {"mode", "m\n"}});
  it.documents.open["tool"] = {"tool", "1\n", 1, false};
  it.documents.open["mode"] = {"mode", "m\nunsaved\n", 2, true};
  const auto before = fs::last_write_time(it.project() / "mode");
  const LivePlan& plan = run(it, "echo 2 >> tool; chmod +x tool mode");
  // The editor saves as soon as it has the new text: that must not stand in the way.
  it.documents.meanwhile = [&] { it.write("mode", "m\nunsaved\n"); };
  const auto applied = apply(it, plan);
  REQUIRE_MESSAGE(applied.ok(), applied.error().message);
  CHECK(it.documents.open["tool"].text == "1\n2\n");
  CHECK(it.documents.open["mode"].text == "m\nunsaved\n");
  CHECK(is_executable(it.project() / "tool"));
  CHECK(is_executable(it.project() / "mode"));
  CHECK(it.read("tool") == "1\n");
  CHECK(it.read("mode") == "m\nunsaved\n");
  it.documents.meanwhile = nullptr;
  const auto undone = it.await(it.engine().undo());
  REQUIRE_MESSAGE(undone.ok(), undone.error().message);
  CHECK(it.documents.open["tool"].text == "1\n");
  CHECK_FALSE(is_executable(it.project() / "tool"));
  CHECK_FALSE(is_executable(it.project() / "mode"));
  CHECK(before <= fs::last_write_time(it.project() / "mode"));
}

TEST_CASE("apply: a file whose mode alone changes is not written anew") {
  EngineFixture it(Files{{"tool", "1\n"}});
  struct stat before {
  }, after{};
  REQUIRE(::stat((it.project() / "tool").c_str(), &before) == 0);
  const LivePlan& plan = run(it, "chmod +x tool");
  REQUIRE(apply(it, plan).ok());
  REQUIRE(::stat((it.project() / "tool").c_str(), &after) == 0);
  CHECK(is_executable(it.project() / "tool"));
  CHECK(before.st_ino == after.st_ino);
  CHECK(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
}

TEST_CASE("apply: what an editor cannot show is refused by name, and nothing is written") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"rm a.txt && ln -s other a.txt", "symbolic link"},
      {"printf 'caf\\\\351\\\\n' > a.txt", "no UTF-8 text"}};
  for (const auto& entry : cases) {
    CAPTURE(entry.first);
    EngineFixture it(Files{{"a.txt", "a\n"}, {"b.txt", "b\n"}});
    it.documents.open["a.txt"] = {"a.txt", "a\n", 1, false};
    const LivePlan& plan = run(it, entry.first + "; echo 2 >> b.txt");
    const auto refused = apply(it, plan);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::refused);
    CHECK(refused.error().message.find("'a.txt' is open in the editor") == 0);
    CHECK(refused.error().message.find(entry.second) != std::string::npos);
    CHECK(it.documents.open["a.txt"].text == "a\n");
    CHECK(it.read("b.txt") == "b\n");
    it.documents.open.clear();
    CHECK(apply(it, plan).ok());
  }
}

TEST_CASE("apply, spawn: a document whose text is not known is neither left out nor written below") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const LivePlan& plan = run(it, "echo 2 >> a.txt");
  it.documents.open["a.txt"] = {"a.txt", "", 3, true, "a.txt: the text was dropped; close and reopen it"};
  const auto refused = apply(it, plan);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message == "a.txt: the text was dropped; close and reopen it");
  CHECK(it.read("a.txt") == "a\n");
  const LivePlan& other =
      it.run("plan: local/two\ngoal: g\nsubplans:\n  - {name: s, goal: g, run: 'echo 3 > b'}\n");
  CHECK(other.plan.state == ProcessingState::errored);
  CHECK(other.plan.error.find("close and reopen it") != std::string::npos);
}

TEST_CASE("apply: a conflict with the user's files is gone with its cause") {
  EngineFixture it(Files{{"a.txt", "1\n2\n3\n"}, {"b.txt", "1\n2\n3\n"}});
  const LivePlan& plan = run(it, "sed -i s/2/plan/ a.txt b.txt");
  it.write("a.txt", "1\nuser\n3\n");
  it.write("b.txt", "1\nuser\n3\n");
  REQUIRE_FALSE(apply(it, plan).ok());
  CHECK(plan.conflicts.size() == 2);
  it.write("a.txt", "1\n2\n3\n");
  // A part: the other file's conflict stays.
  REQUIRE(apply(it, plan, {"a.txt"}).ok());
  REQUIRE(plan.conflicts.size() == 1);
  CHECK(plan.conflicts[0].path == "b.txt");
  it.write("b.txt", "1\n2\n3\n");
  REQUIRE(apply(it, plan).ok());
  CHECK(plan.conflicts.empty());
  REQUIRE(it.await(it.engine().undo()).ok());
  CHECK(plan.plan.state == ProcessingState::complete);
}

TEST_CASE("apply: paths that the result does not change are refused, and those it changes are named") {
  EngineFixture it(Files{{"a.txt", "1\n"}});
  const LivePlan& plan = run(it, "echo 2 >> a.txt");
  const auto refused = apply(it, plan, {"nope.txt"});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::invalid_argument);
  CHECK(refused.error().message ==
        "`paths` names 'nope.txt', which the result does not change; it changes 'a.txt'");
  CHECK(it.read("a.txt") == "1\n");
}

TEST_CASE("apply: is done although the user's repository cannot be tidied, and can be undone") {
  EngineFixture it(Files{{"a.txt", "1\n"}});
  const LivePlan& plan = run(it, "echo 2 >> a.txt");
  const fs::path lock = it.project() / ".git/refs/pland" / (plan.plan.plan_id + ".lock");
  REQUIRE(fs::exists(lock.parent_path()));
  std::ofstream(lock) << "";
  const auto applied = apply(it, plan);
  REQUIRE_MESSAGE(applied.ok(), applied.error().message);
  CHECK(plan.plan.state == ProcessingState::applied);
  const auto undone = it.await(it.engine().undo());
  REQUIRE_MESSAGE(undone.ok(), undone.error().message);
  CHECK(it.read("a.txt") == "1\n");
}

TEST_CASE("apply: what only the sandbox holds is kept before it is removed") {
  EngineFixture it(Files{{"a.txt", "1\n"}, {".gitignore", "*.log\n"}});
  const LivePlan& plan = run(it,
                             "echo stashed > a.txt; git stash -q; echo precious > findings.log; "
                             "git commit -q --allow-empty -m mine; echo 2 >> a.txt");
  const fs::path box = it.engine().sandbox_folder(it.subplan(plan, "s").subplan_id);
  REQUIRE(apply(it, plan).ok());
  it.until_idle();
  CHECK_FALSE(fs::exists(box));
  const std::string store = "--git-dir=" + (it.engine().state_directory() / "repo.git").string();
  const std::string refs = it.git(store + " for-each-ref --format='%(refname)' refs/pland-snap");
  const auto ref_of = [&](const std::string& part) {
    const std::size_t at = refs.find(part);
    if (at == std::string::npos) return std::string("(no ref with " + part + ")");
    const std::size_t start = refs.rfind('\n', at) + 1;
    return refs.substr(start, refs.find('\n', at) - start);
  };
  CHECK(it.git(store + " show " + ref_of("/ignored-") + ":findings.log") == "precious\n");
  CHECK(it.git(store + " show " + ref_of("-git/stash") + ":a.txt") == "stashed\n");
  CHECK(it.git(store + " log -1 --format=%s " + ref_of("-git/HEAD")) == "mine\n");
}
