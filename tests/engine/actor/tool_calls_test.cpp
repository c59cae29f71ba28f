#include "engine/actor/tool_calls.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/actor/tool_table.h"
#include "tests/support/loop.h"
#include "tests/support/temp_folder.h"

using namespace pland::engine;
using pland::test::run_to_end;
using pland::test::TempFolder;
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

struct Sandbox {
  TempFolder folder;
  fs::path path = folder / "sandbox";
  Sandbox() {
    fs::create_directories(path / "src" / "deep");
    fs::create_directories(path / ".git");
    put(".git/config", "[core] needle\n");
    put("src/a.txt", "one\ntwo needle\nthree\n");
    put("src/deep/b.txt", "Needle needle\n");
    std::ofstream(folder / "secret") << "needle outside\n";
  }
  void put(const std::string& name, const std::string& text) const { std::ofstream(path / name) << text; }
  std::string get(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path / name).rdbuf();
    return text.str();
  }
  Result<ToolAnswer> call(const std::string& tool, json arguments) const {
    return call_tool(path, ToolCall{"builtin/" + tool, std::move(arguments)});
  }
  std::string error(const std::string& tool, json arguments) const {
    const auto answer = call(tool, std::move(arguments));
    return answer.ok() ? "no error" : answer.error().message;
  }
  WorkOutcome perform(std::vector<ToolCall> calls, Cancellation cancellation = {}) const {
    asio::io_context loop;
    Arena arena(2);
    ToolActor actor(arena);
    WorkRequest request;
    request.sandbox = path;
    request.spec.tools = std::move(calls);
    request.output_path = folder / "output";
    auto outcome = run_to_end(loop, actor.perform(std::move(request), cancellation));
    REQUIRE(outcome.ok());
    return *std::move(outcome);
  }
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("tools: the table describes every tool and its schema") {
  CHECK(tool_table().size() == 7);
  for (const ToolDescription& tool : tool_table()) {
    CAPTURE(tool.name);
    CHECK(tool.name.starts_with("builtin/"));
    CHECK(tool.read_only != tool.writes);
    CHECK(find_tool(tool.name) == &tool);
    const json schema = input_schema(tool);
    CHECK(schema["properties"].size() == tool.parameters.size());
    CHECK(schema["additionalProperties"] == false);
  }
  CHECK(find_tool("builtin/format_disk") == nullptr);
  CHECK(input_schema(*find_tool("builtin/edit_file"))["required"] == json({"path", "old_text", "new_text"}));
}

TEST_CASE("tools: wrong arguments are all reported, by name") {
  const ToolDescription& edit = *find_tool("builtin/edit_file");
  const auto problems = check_arguments(edit, {{"path", 5}, {"new_text", "x"}, {"al", true}});
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].argument == "al");
  CHECK(contains(problems[0].message, "takes no 'al'"));
  CHECK(problems[1].argument == "path");
  CHECK(contains(problems[1].message, "must be a path; put it in quotes"));
  CHECK(problems[2].argument == "old_text");
  CHECK(problems[2].missing);
  CHECK(check_arguments(edit, {{"path", "a"}, {"old_text", ""}, {"new_text", ""}, {"all", false}}).empty());
  const ToolDescription& read = *find_tool("builtin/read_file");
  CHECK(check_arguments(read, {{"path", "a"}, {"first_line", 0}}).size() == 1);
  CHECK(check_arguments(read, {{"path", "a"}, {"first_line", 1.5}}).size() == 1);
}

TEST_CASE("tools: read_file gives the file, or some lines") {
  const Sandbox sandbox;
  CHECK(sandbox.call("read_file", {{"path", "src/a.txt"}})->text == "one\ntwo needle\nthree\n");
  CHECK(sandbox.call("read_file", {{"path", "src/a.txt"}, {"first_line", 2}, {"line_count", 1}})->text ==
        "two needle\n");
  CHECK(sandbox.call("read_file", {{"path", "src/a.txt"}, {"first_line", 3}})->text == "three\n");
  CHECK(sandbox.call("read_file", {{"path", "src/a.txt"}, {"first_line", 9}})->text.empty());
  CHECK(sandbox.call("read_file", {{"path", "src/a.txt"}})->changes.empty());
  CHECK(contains(sandbox.error("read_file", {{"path", "none"}}), "does not exist"));
}

TEST_CASE("tools: write_file creates and replaces") {
  const Sandbox sandbox;
  auto answer = sandbox.call("write_file", {{"path", "docs/new.md"}, {"content", "hello"}});
  REQUIRE(answer.ok());
  CHECK(answer->changes == std::vector<FileChange>{{"docs/new.md", ChangeKind::created}});
  CHECK(sandbox.get("docs/new.md") == "hello");
  answer = sandbox.call("write_file", {{"path", "./docs/../docs/new.md"}, {"content", ""}});
  REQUIRE(answer.ok());
  CHECK(answer->changes == std::vector<FileChange>{{"docs/new.md", ChangeKind::modified}});
  CHECK(sandbox.get("docs/new.md").empty());
}

TEST_CASE("tools: edit_file replaces exactly what was meant") {
  const Sandbox sandbox;
  auto answer =
      sandbox.call("edit_file", {{"path", "src/a.txt"}, {"old_text", "two needle"}, {"new_text", "2"}});
  REQUIRE(answer.ok());
  CHECK(sandbox.get("src/a.txt") == "one\n2\nthree\n");
  CHECK(answer->changes == std::vector<FileChange>{{"src/a.txt", ChangeKind::modified}});

  sandbox.put("many", "x\nab ab\nab\n");
  const std::string refused =
      sandbox.error("edit_file", {{"path", "many"}, {"old_text", "ab"}, {"new_text", "c"}});
  CHECK(contains(refused, "occurs 3 times (lines 2, 2, 3)"));
  CHECK(sandbox.get("many") == "x\nab ab\nab\n");
  answer =
      sandbox.call("edit_file", {{"path", "many"}, {"old_text", "ab"}, {"new_text", "aab"}, {"all", true}});
  REQUIRE(answer.ok());
  CHECK(sandbox.get("many") == "x\naab aab\naab\n");
  CHECK(contains(sandbox.error("edit_file", {{"path", "many"}, {"old_text", "q"}, {"new_text", "r"}}),
                 "does not occur"));
  CHECK(contains(sandbox.error("edit_file", {{"path", "many"}, {"old_text", ""}, {"new_text", "r"}}),
                 "is empty"));
  CHECK(contains(sandbox.error("edit_file", {{"path", "many"}, {"old_text", "a"}, {"new_text", "a"}}),
                 "the same"));
}

TEST_CASE("tools: delete_file removes files and links, never folders") {
  const Sandbox sandbox;
  fs::create_symlink("src/a.txt", sandbox.path / "link");
  auto answer = sandbox.call("delete_file", {{"path", "link"}});
  REQUIRE(answer.ok());
  CHECK(answer->changes == std::vector<FileChange>{{"link", ChangeKind::deleted}});
  CHECK(fs::exists(sandbox.path / "src/a.txt"));
  CHECK(sandbox.call("delete_file", {{"path", "src/a.txt"}}).ok());
  CHECK_FALSE(fs::exists(sandbox.path / "src/a.txt"));
  CHECK(contains(sandbox.error("delete_file", {{"path", "src"}}), "is a folder"));
}

TEST_CASE("tools: list_files and search_files see the sandbox and nothing else") {
  const Sandbox sandbox;
  fs::create_symlink(sandbox.folder.path(), sandbox.path / "out");
  fs::create_symlink("../secret", sandbox.path / "leak");
  sandbox.put("binary", std::string("needle\0", 7));
  CHECK(sandbox.call("list_files", json::object())->text == "binary\nleak\nout\nsrc/a.txt\nsrc/deep/b.txt\n");
  CHECK(sandbox.call("list_files", {{"path", "src"}, {"glob", "**/b*"}})->text == "deep/b.txt\n");
  CHECK(contains(sandbox.call("list_files", {{"limit", 1}})->text, "binary\n... (more than 1"));
  CHECK(sandbox.call("search_files", {{"text", "needle"}})->text ==
        "src/a.txt:2: two needle\nsrc/deep/b.txt:1: Needle needle\n");
  CHECK(
      sandbox.call("search_files", {{"text", "NEEDLE"}, {"ignore_case", true}, {"path", "src/deep"}})->text ==
      "b.txt:1: Needle needle\n");
  CHECK(contains(sandbox.error("list_files", {{"path", "out"}}), "leads outside"));
  CHECK(contains(sandbox.error("search_files", {{"text", "x"}, {"path", ".."}}), "'..'"));
}

TEST_CASE("tools: no path leaves the sandbox, whichever tool it is given to") {
  const Sandbox sandbox;
  fs::create_symlink(sandbox.folder.path(), sandbox.path / "out");
  for (const std::string path : {"../secret", "/etc/passwd", "out/secret", ".git/config", ""}) {
    CAPTURE(path);
    for (const auto& entry : std::vector<std::pair<std::string, json>>{
             {"read_file", {{"path", path}}},
             {"write_file", {{"path", path}, {"content", "evil"}}},
             {"edit_file", {{"path", path}, {"old_text", "needle"}, {"new_text", "evil"}}},
             {"delete_file", {{"path", path}}}}) {
      CAPTURE(entry.first);
      const auto answer = sandbox.call(entry.first, entry.second);
      REQUIRE_FALSE(answer.ok());
      CHECK(answer.error().code == ErrorCode::refused);
    }
  }
  CHECK(sandbox.get("../secret") == "needle outside\n");
  CHECK(sandbox.get(".git/config") == "[core] needle\n");
}

TEST_CASE("tools: the actor makes the calls in order and records them") {
  const Sandbox sandbox;
  const WorkOutcome outcome =
      sandbox.perform({{"builtin/write_file", {{"path", "x"}, {"content", "1"}}},
                       {"builtin/edit_file", {{"path", "x"}, {"old_text", "1"}, {"new_text", "2"}}},
                       {"builtin/read_file", {{"path", "x"}}}});
  CHECK(outcome.succeeded());
  REQUIRE(outcome.invocations.size() == 3);
  CHECK(outcome.invocations[0].succeeded);
  CHECK(outcome.invocations[0].changes == std::vector<FileChange>{{"x", ChangeKind::created}});
  CHECK(outcome.invocations[1].arguments["new_text"] == "2");
  CHECK(outcome.invocations[2].answer == "2");
  CHECK(contains(outcome.output_tail, "builtin/write_file x\nwrote 1 bytes to 'x'"));
  CHECK(sandbox.get("../output").starts_with("builtin/write_file x\n"));
}

TEST_CASE("tools: the first failing call ends the work and is named") {
  const Sandbox sandbox;
  WorkOutcome outcome = sandbox.perform({{"builtin/write_file", {{"path", "x"}, {"content", "1"}}},
                                         {"builtin/delete_file", {{"path", "../secret"}}},
                                         {"builtin/delete_file", {{"path", "x"}}}});
  CHECK(outcome.failure == FailureKind::tool_failed);
  CHECK(contains(outcome.error, "tool call 2 (builtin/delete_file ../secret) failed"));
  CHECK(outcome.invocations.size() == 2);
  CHECK(fs::exists(sandbox.path / "x"));
  outcome = sandbox.perform({{"builtin/format_disk", json::object()}});
  CHECK(contains(outcome.error, "there is no tool"));
  outcome = sandbox.perform({{"builtin/read_file", {{"pth", "x"}}}});
  CHECK(contains(outcome.error, "takes no 'pth'"));
}

TEST_CASE("tools: cancelled or out of time, no further call is made") {
  const Sandbox sandbox;
  asio::io_context loop;
  Arena arena(Arena::Inline{});
  ToolActor actor(arena);
  WorkRequest request;
  request.sandbox = sandbox.path;
  request.spec.tools = {{"builtin/write_file", {{"path", "x"}, {"content", "1"}}},
                        {"builtin/write_file", {{"path", "y"}, {"content", "1"}}}};
  Cancellation cancellation;
  std::optional<Result<WorkOutcome>> outcome;
  asio::co_spawn(
      loop,
      [&]() -> asio::awaitable<void> { outcome.emplace(co_await actor.perform(request, cancellation)); },
      [](std::exception_ptr) {});
  while (!fs::exists(sandbox.path / "x")) loop.run_one();
  cancellation.cancel("stop");
  loop.run();
  REQUIRE(outcome);
  CHECK((*outcome)->cancelled);
  CHECK((*outcome)->invocations.size() == 1);
  CHECK_FALSE(fs::exists(sandbox.path / "y"));

  request.timeout = std::chrono::milliseconds(0);
  const auto late = run_to_end(loop, actor.perform(request, Cancellation()));
  CHECK(late->failure == FailureKind::timed_out);
  CHECK(late->invocations.empty());
}
