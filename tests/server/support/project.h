// A repository with a plan, and a session in it: what most session tests begin with.
#pragma once

#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "tests/server/support/session_rig.h"
#include "tests/support/git_fixture.h"

namespace pland::test {

namespace testing = pland::testing;

inline constexpr const char* list = "one\ntwo\nthree\nfour\nfive\n";

/// Two subplans change the same line, and each a file of its own.
inline constexpr const char* colliding =
    "plan: local/collide\n"
    "goal: change the same line twice\n"
    "subplans:\n"
    "  - name: alpha\n"
    "    goal: g\n"
    "    run: sed -i 's/^two$/two by alpha/' list.txt && echo alpha > alpha.txt\n"
    "  - name: beta\n"
    "    goal: g\n"
    "    run: sed -i 's/^two$/two by beta/' list.txt && echo beta > beta.txt\n";

/// A repository with list.txt and a plan file, and a session in it.
struct Project {
  explicit Project(const std::string& plan, SessionRig::Options options = {},
                   const std::string& text = list) {
    testing::init_repository(folder.path());
    testing::write_file(folder / "list.txt", text);
    testing::write_file(folder / "x.plan.yaml", plan);
    testing::commit_all(folder.path());
    options.root = std::filesystem::canonical(folder.path());
    rig.emplace(std::move(options));
    editor().open("x.plan.yaml");
  }
  session::FakeEditor& editor() { return rig->editor(); }

  Json lens(const std::string& title) {
    for (const Json& lens : editor().code_lenses("x.plan.yaml")) {
      if (lens["command"]["title"].get<std::string>().find(title) != std::string::npos) return lens;
    }
    FAIL("no lens '" << title << "'");
    return {};
  }
  /// Runs the plan by its lens and waits until it has settled; its id.
  std::string spawn() {
    const std::string id = editor().execute(lens("Spawn")["command"])["planId"];
    rig->sync();
    return id;
  }
  /// The quick fix whose title has this part, at the only place of `text`.
  Json quick_fix(const std::string& path, const std::string& text, const std::string& title) {
    for (const Json& action : editor().code_actions(path, editor().range_of(path, text))) {
      if (action["title"].get<std::string>().find(title) != std::string::npos) return action;
    }
    FAIL("no quick fix '" << title << "'");
    return {};
  }

  testing::TemporaryFolder folder;
  std::optional<SessionRig> rig;
};

}  // namespace pland::test
