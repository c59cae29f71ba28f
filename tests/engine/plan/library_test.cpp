// Actions and profiles from the project's files and the user's.
#include "engine/plan/library.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/temp_folder.h"

using namespace pland::engine;
using pland::test::TempFolder;
namespace fs = std::filesystem;

namespace {

struct Places {
  TempFolder folder;
  fs::path project = folder.path() / "project";
  fs::path user = folder.path() / "user";

  Places() {
    fs::create_directories(project);
    fs::create_directories(user);
  }
  void write(const fs::path& file, const std::string& text) const {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void action(const fs::path& file, const std::string& name, const std::string& done = "d") const {
    write(file,
          "name: " + name + "\nstrategy_actor: s\nexecution_actor: e\ndefinition_of_done: " + done + "\n");
  }
};

std::string told(const std::vector<LibraryProblem>& problems) {
  std::string text;
  for (const LibraryProblem& one : problems) {
    text += one.file.filename().native() + ":" + std::to_string(one.problem.range.first.line) + " " +
            one.problem.code + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("library: the project's actions go before the user's, each with its file") {
  const Places places;
  places.action(places.project / ".pland/actions/port.yaml", "port", "project");
  places.action(places.project / ".pland/actions/deep/er/test.action.json", "team/test");
  places.action(places.user / "actions/port.yml", "local/port", "user");
  places.action(places.user / "actions/mine.yaml", "mine");
  places.action(places.project / ".pland/actions/readme.md", "readme");
  places.action(places.project / ".pland/actions/.half-written.yaml", "hidden");
  const ActionLibrary library = load_actions(places.project, places.user);
  CHECK(told(library.problems) == "");
  CHECK(library.actions.size() == 3);
  REQUIRE(library.find("port") != nullptr);
  CHECK(library.find("port")->action.definition_of_done == "project");
  CHECK(library.find("local/port")->file == places.project / ".pland/actions/port.yaml");
  CHECK(library.find("mine")->file == places.user / "actions/mine.yaml");
  CHECK(library.find("team/test") != nullptr);
  CHECK(load_actions(places.project, std::nullopt).actions.size() == 2);
}

TEST_CASE("library: an unknown action is answered with the known ones and the nearest") {
  const Places places;
  CHECK(load_actions(places.project, places.user).named("x").error().message.find("there are none") !=
        std::string::npos);
  places.action(places.project / ".pland/actions/port.yaml", "port-module");
  const auto found = load_actions(places.project, places.user).named("port-modul");
  REQUIRE_FALSE(found.ok());
  CHECK(found.error().code == ErrorCode::not_found);
  CHECK(found.error().message ==
        "there is no action 'port-modul'; did you mean 'local/port-module'? (known: local/port-module)");
  CHECK(load_actions(places.project, places.user).named("port-module").ok());
}

TEST_CASE("library: what is wrong is told with its place, and the rest is there") {
  const Places places;
  const fs::path actions = places.project / ".pland/actions";
  places.action(actions / "a.yaml", "good");
  places.action(actions / "b.yaml", "local/good");
  places.action(actions / "c.yaml", "1bad");
  places.write(actions / "d.yaml", std::string(2 << 20, '#'));
  REQUIRE(::mkfifo((actions / "e.yaml").c_str(), 0600) == 0);
  places.write(places.folder.path() / "secret.yaml", "name: x\n");
  fs::create_symlink(places.folder.path() / "secret.yaml", actions / "f.yaml");
  fs::create_directories(actions / "g.yaml");
  const ActionLibrary library = load_actions(places.project, places.user);
  CHECK(told(library.problems) ==
        "b.yaml:0 duplicate-name\nc.yaml:0 bad-name\nd.yaml:0 unreadable-file\ne.yaml:0 unreadable-file\n"
        "f.yaml:0 unreadable-file\n");
  CHECK(library.problems[0].problem.message.find((actions / "a.yaml").native()) != std::string::npos);
  CHECK(library.problems[0].problem.range.begin == 6);
  CHECK(library.problems[0].problem.range.end == 16);
  CHECK(library.actions.size() == 1);
}

TEST_CASE("library: the user's own configuration may be links to elsewhere") {
  const Places places;
  places.action(places.folder.path() / "dotfiles/mine.yaml", "mine");
  fs::create_directories(places.user / "actions");
  fs::create_symlink(places.folder.path() / "dotfiles/mine.yaml", places.user / "actions/mine.yaml");
  const ActionLibrary library = load_actions(places.project, places.user);
  CHECK(told(library.problems) == "");
  CHECK(library.find("mine") != nullptr);
}

TEST_CASE("library: custom profiles are registered from files") {
  const Places places;
  places.write(places.project / ".pland/profiles/careful.yaml", "name: team/careful\nmeaning: project's\n");
  places.write(places.user / "profiles/careful.yaml", "name: team/careful\nmeaning: user's\n");
  places.write(places.user / "profiles/mine.yaml", "name: local/mine\n");
  places.write(places.user / "profiles/wrong.yaml", "name: ci\n");
  const ProfileLibrary library = load_profiles(places.project, places.user);
  CHECK(told(library.problems) == "wrong.yaml:0 bad-name\n");
  REQUIRE(library.profiles.find("team/careful") != nullptr);
  CHECK(library.profiles.find("team/careful")->meaning == "project's");
  CHECK(library.files.at("team/careful") == places.project / ".pland/profiles/careful.yaml");
  CHECK(library.files.size() == 2);
  CHECK(library.profiles.names().size() == 10);
  CHECK(choose_profile({.plan = "mine"}, library.profiles)->reference ==
        ProfileReference{"local/mine", ProfileSource::plan});
}

TEST_CASE("library: where the user's configuration is") {
  CHECK(user_configuration({"HOME=/h", "XDG_CONFIG_HOME=/c"}) == fs::path("/c/pland"));
  CHECK(user_configuration({"HOME=/h", "XDG_CONFIG_HOME="}) == fs::path("/h/.config/pland"));
  CHECK(user_configuration({"HOME=/h", "XDG_CONFIG_HOME=relative"}) == fs::path("/h/.config/pland"));
  CHECK(user_configuration({}) == std::nullopt);
}
