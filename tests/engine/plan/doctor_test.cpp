// What doctor finds, and that it changes nothing.
#include "engine/plan/doctor.h"

#include <doctest/doctest.h>

#include <algorithm>

#include <unistd.h>

#include "tests/engine/plan/engine_fixture.h"
#include "tests/support/git_fixture.h"

using namespace pland::engine;
namespace fs = std::filesystem;
namespace testing = pland::testing;

namespace {

Finding find(const std::vector<Finding>& findings, const std::string& name) {
  const auto found = std::find_if(findings.begin(), findings.end(),
                                  [&](const Finding& finding) { return finding.name == name; });
  return found == findings.end() ? Finding{name, Health::error, "(not looked at)", {}} : *found;
}

const std::string plan_text =
    "plan: local/p\ngoal: g\nsubplans:\n  - {name: a, goal: g, run: 'echo x > made'}\n";

}  // namespace

TEST_CASE("doctor: a machine that has everything, and one that lacks parts") {
  testing::TemporaryFolder folder;
  for (const Finding& finding : examine_machine(folder / "state", {})) {
    INFO(finding.name << ": " << finding.text);
    CHECK(finding.health == Health::good);
    CHECK(finding.remedy.empty());
  }
  CHECK_FALSE(fs::exists(folder / "state"));

  testing::write_file(folder / "file", "");
  const auto lacking = examine_machine(folder / "file" / "state", folder / "nowhere");
  CHECK(find(lacking, "supervisor").health == Health::error);
  CHECK(find(lacking, "supervisor").text.find((folder / "nowhere").string()) != std::string::npos);
  CHECK(find(lacking, "state folder").health == Health::error);
  CHECK(find(lacking, "state folder").remedy.find("XDG_STATE_HOME") != std::string::npos);
}

TEST_CASE("doctor: a project before its first plan, while it is open, and after") {
  pland::test::EngineFixture it(pland::test::Files{{"a.txt", "a\n"}});
  it.close_engine();
  fs::remove_all(it.state_root());
  const auto health = [&] {
    const auto result = examine_project(it.project(), it.state_root());
    REQUIRE_MESSAGE(result.ok(), result.error().message);
    return *result;
  };
  ProjectHealth before = health();
  CHECK(before.bytes.total() == 0);
  CHECK(find(before.findings, "repository").health == Health::good);
  CHECK(find(before.findings, "state").text.find("none yet") != std::string::npos);
  CHECK_FALSE(fs::exists(it.state_root()));

  it.open_engine();
  it.run(plan_text);
  const ProjectHealth open = health();
  CHECK(open.state_directory == it.engine().state_directory());
  CHECK(find(open.findings, "lock").text.find("process " + std::to_string(::getpid())) != std::string::npos);
  CHECK(open.bytes.store > 0);
  CHECK(open.bytes.repository > 0);
  CHECK(open.bytes.sandboxes > 0);
  it.close_engine();
  CHECK(find(health().findings, "lock").text == "no process has the project open");
  it.open_engine();
}

TEST_CASE("doctor: a repository that was moved away from under its snapshots") {
  pland::test::EngineFixture it(pland::test::Files{{"a.txt", "a\n"}});
  it.run(plan_text);
  const fs::path state = it.engine().state_directory();
  it.close_engine();
  testing::write_file(state / "repo.git/objects/info/alternates", "/nowhere/objects\n");
  const auto health = examine_project(it.project(), it.state_root());
  REQUIRE(health.ok());
  const Finding snapshots = find(health->findings, "snapshots");
  CHECK(snapshots.health == Health::error);
  CHECK(snapshots.text.find("'/nowhere/objects'") != std::string::npos);
  CHECK(snapshots.remedy.find(state.string()) != std::string::npos);
}

TEST_CASE("doctor: kinds of repositories") {
  testing::TemporaryFolder folder;
  fs::create_directories(folder / "plain");
  const auto repository = [&](const fs::path& place) {
    const auto health = examine_project(place, folder / "state");
    REQUIRE_MESSAGE(health.ok(), health.error().message);
    return find(health->findings, "repository");
  };
  CHECK(repository(folder / "plain").health == Health::good);
  CHECK(repository(folder / "plain").text.find("no git repository") != std::string::npos);

  const fs::path project = folder / "project";
  fs::create_directories(project);
  testing::init_repository(project);
  testing::write_file(project / "below" / "a", "a");
  CHECK(repository(project / "below").health == Health::good);
  testing::write_file(project / ".gitmodules", "");
  CHECK(repository(project).health == Health::warning);
  testing::git_output(project, {"config", "extensions.partialClone", "origin"});
  CHECK(repository(project).text.find("partial clone") != std::string::npos);

  testing::git_output(folder.path(), {"init", "-q", "--bare", "bare"});
  const auto bare = examine_project(folder / "bare", folder / "state");
  REQUIRE_FALSE(bare.ok());
  CHECK(bare.error().message.find("bare repository") != std::string::npos);
  CHECK_FALSE(examine_project(folder / "missing", folder / "state").ok());
}
