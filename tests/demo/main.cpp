// `./dev run`: the main job on a copy of a repository, through a real conversation with the real server.
//
// Usage: pland-demo PLAND REPOSITORY. Clones REPOSITORY into a temporary folder, runs a plan on it, prints
// what an editor would show, resolves by code action, applies, and leaves the folder. Exit code 0 only when
// every step came out as told.
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include "tests/demo/asserts.h"
#include "tests/demo/screen.h"
#include "tests/support/session/expectations.h"
#include "tests/support/session/fake_editor.h"
#include "tests/support/session/server_process.h"

namespace fs = std::filesystem;
using namespace pland::session;
using namespace pland::demo;

namespace {

constexpr const char* kPlan = R"(plan: local/demo
goal: Six changes at once, two of which meet and one of which fails
done: |
  - everybody's work is in the result
  - nobody's work was overwritten
subplan_defaults: {max_parallel: 4, retry_failed: false, timeout: 1m}
subplans:
  - name: greet
    goal: A friendlier heading
    run: sed -i 's/^## Try it$/## Try it, it is quick/' README.md
  - name: shout
    goal: A louder heading
    run: sed -i 's/^## Try it$/## TRY IT!/' README.md
    check: grep -q '^## TRY IT!$' README.md
  - name: contributors
    goal: List who wrote what
    run: git log --format='%an' | sort -u > CONTRIBUTORS
    check: test -s CONTRIBUTORS
  - name: inventory
    goal: Count the lines of code
    run: find . -name '*.cpp' -not -path './.git/*' | sort | xargs wc -l > INVENTORY
  - name: broken
    goal: Something that does not work
    run: |
      echo "compiling the impossible"
      echo "impossible.cpp:1:1: error: no" >&2
      exit 3
  - name: summary
    after: [contributors, inventory]
    goal: Sum up what the others found
    run: "{ echo Contributors:; cat CONTRIBUTORS; tail -n 1 INVENTORY; } > SUMMARY"
  - name: notes
    goal: Leave a note
    tools:
      - builtin/write_file: {path: docs/demo-note.md, content: "Written by a tool call.\n"}
)";

void clone(const fs::path& repository, const fs::path& target) {
  const std::string command =
      "git clone --quiet --no-hardlinks '" + repository.string() + "' '" + target.string() + "'";
  if (std::system(command.c_str()) != 0) {
    // Not a repository (a source archive): the files, with a history of one commit.
    const std::string copy =
        "mkdir -p '" + target.string() + "' && cd '" + repository.string() +
        "' && tar --exclude=./build --exclude=./.git -cf - . | tar -xf - -C '" + target.string() +
        "' && cd '" + target.string() +
        "' && git init -q && git add -A && git -c user.name=demo -c user.email=demo@localhost commit "
        "-q -m 'the source archive'";
    if (std::system(copy.c_str()) != 0) throw std::runtime_error("cannot copy " + repository.string());
  }
}

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The result of a request; an error of the server's ends the demo with its words.
Json ask(FakeEditor& editor, const std::string& method, const Json& params) {
  const Reply reply = editor.await(editor.request(method, params));
  if (!reply.error.is_null()) throw std::runtime_error(method + ": " + reply.error.dump());
  return reply.result;
}

Json lens_titled(FakeEditor& editor, const std::string& part) {
  for (const auto& lens : editor.code_lenses("demo.plan.yaml")) {
    if (lens.contains("command") && lens["command"].value("title", "").find(part) != std::string::npos)
      return lens["command"];
  }
  throw std::runtime_error("there is no code lens '" + part + "'");
}

int play(const fs::path& program, const fs::path& repository) {
  std::string pattern = (fs::temp_directory_path() / "pland-demo-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
  const fs::path folder = pattern;
  const fs::path project = folder / "project";

  headline("A copy of this repository, with work of yours in it");
  clone(repository, project);
  std::ofstream(project / "demo.plan.yaml") << kPlan;
  std::ofstream(project / "LICENSE", std::ios::app) << "\n(an edit of yours, not committed)\n";
  say("project   " + project.string());
  say("your edit LICENSE has a line that is not committed");

  ServerOptions options;
  options.program = program;
  options.folder = project;
  options.environment = {{"XDG_STATE_HOME", (folder / "state").string()}};
  options.log = folder / "server.log";
  ServerProcess server(options);
  std::unique_ptr<FakeEditor> editor;
  EditorOptions editing;
  editing.root = project;
  editing.patience = std::chrono::minutes(2);
  editing.send = [&](std::string bytes) { server.send(std::move(bytes)); };
  editing.pump = [&](std::chrono::steady_clock::time_point deadline) {
    return server.pump(deadline, [&](std::string_view bytes) { editor->receive(bytes); });
  };
  editor = std::make_unique<FakeEditor>(editing);
  editor->initialize();

  headline("The plan file, as an editor shows it");
  editor->open("demo.plan.yaml");
  show_document(*editor, "demo.plan.yaml", 14);

  headline("The lens Spawn is clicked; subplans run, at most four at once");
  editor->open("README.md");
  editor->execute(lens_titled(*editor, "Spawn"));
  const auto followed = follow_run(*editor);
  if (!followed) return 1;

  headline("What needs a person: on the subplan that failed, and on your own line of README.md");
  editor->expect(diagnostic("demo.plan.yaml", "subplan-failed"));
  editor->expect(diagnostic("README.md", "merge-conflict"));
  show_diagnostics(*editor, "demo.plan.yaml");
  show_diagnostics(*editor, "README.md");
  const bool untouched = read(project / "README.md").find("\n## Try it\n") != std::string::npos;
  say(untouched ? "README.md on disk is as it was" : "README.md on disk has changed, and must not have");

  headline("You type above it; the diagnostic moves along");
  editor->type("README.md", 0, 0, "<!-- a line of yours,\n     not saved -->\n");
  editor->expect(diagnostic("README.md", "merge-conflict", {.on = "## Try it"}));
  show_diagnostics(*editor, "README.md");

  headline("Apply before that is resolved is refused");
  const Json plan_id = followed->at("planId");
  const Json refusal = editor->refused("pland/apply", {{"planId", plan_id}});
  say("RequestFailed: " + refusal.value("message", ""));

  headline("Quick fixes on the line");
  const Json where = editor->diagnostics("README.md").items.at(0).at("range");
  Json chosen;
  for (const auto& action : editor->code_actions("README.md", where)) {
    const bool take = action.value("title", "").find("greet") != std::string::npos && chosen.is_null();
    say((take ? "  > " : "    ") + action.value("title", ""));
    if (take) chosen = action;
  }
  if (chosen.is_null()) throw std::runtime_error("no quick fix takes the side of 'greet'");
  editor->run(chosen);
  editor->expect(no_diagnostic("README.md", "merge-conflict"));
  say("resolved; the diagnostic is gone");

  headline("Apply: open documents by an undoable edit, the others on disk");
  const Json applied = ask(*editor, "pland/apply", {{"planId", plan_id}});
  for (const auto& file : applied.at("files")) say(file.value("action", "") + "  " + file.value("file", ""));
  editor->save("README.md");
  show_document(*editor, "README.md", 4);
  const std::string readme = read(project / "README.md");
  const bool right = untouched &&
                     readme.rfind("<!-- a line of yours,\n     not saved -->\n# pland\n", 0) == 0 &&
                     readme.find("\n## Try it, it is quick\n") != std::string::npos &&
                     fs::exists(project / "SUMMARY") && fs::exists(project / "docs/demo-note.md") &&
                     read(project / "LICENSE").find("(an edit of yours, not committed)") != std::string::npos;
  const std::string complaints = editor->conclude();
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  server.close_input();  // once `exit` is on its way
  while (editing.pump(patience)) {
  }
  const auto ended = server.wait(patience);
  if (ended != 0)
    say("the server ended with " + (ended ? std::to_string(*ended) : std::string("nothing: it still runs")));
  if (!complaints.empty()) say("the conversation broke the protocol:\n" + complaints);

  headline(right && complaints.empty() && ended == 0 ? "Done" : "This did not come out right");
  say("look around in  " + project.string());
  say("server's log    " + options.log.string());
  say("its state       " + (folder / "state").string() + "  (delete " + folder.string() +
      " when you are done)");
  return right && complaints.empty() && ended == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: pland-demo PLAND REPOSITORY\n";
    return 2;
  }
  assertions_throw();
  try {
    return play(fs::absolute(argv[1]), fs::absolute(argv[2]));
  } catch (const std::exception& error) {
    std::cerr << "pland-demo: " << error.what() << '\n';
    return 1;
  } catch (...) {  // doctest's own way out of a failed step, already told
    std::cerr << "pland-demo: a step of the story did not come out\n";
    return 1;
  }
}
