#include "engine/actor/shell_command.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "tests/support/loop.h"
#include "tests/support/temp_folder.h"

using namespace pland::engine;
using namespace std::chrono_literals;
using pland::test::run_to_end;
using pland::test::TempFolder;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

WorkRequest request_in(const TempFolder& folder, const std::string& command = "") {
  WorkRequest request;
  request.sandbox = folder.path();
  request.spec.run = command;
  request.grace = 100ms;
  return request;
}

WorkOutcome perform(WorkRequest request, Cancellation cancellation = {}) {
  asio::io_context loop;
  ShellActor actor;
  auto outcome = run_to_end(loop, actor.perform(std::move(request), std::move(cancellation)));
  REQUIRE(outcome.ok());
  return *std::move(outcome);
}

WorkOutcome run(const std::string& command, CommandPurpose purpose, WorkRequest request) {
  asio::io_context loop;
  auto outcome = run_to_end(loop, run_shell_command(command, purpose, std::move(request), Cancellation()));
  REQUIRE(outcome.ok());
  return *std::move(outcome);
}

}  // namespace

TEST_CASE("shell: a command works in the sandbox with the request's environment and without git's") {
  const TempFolder folder;
  ::setenv("GIT_DIR", "/somewhere/else", 1);
  WorkRequest request =
      request_in(folder, "pwd; echo $PWD; echo \"$PLAND_PLAN,$MINE,${GIT_DIR-no git}\"; echo made > file");
  request.environment = {{"PLAND_PLAN", "local/x"}, {"MINE", "request"}};
  request.spec.environment = {{"MINE", "plan file"}};
  request.output_path = folder / "output";
  const WorkOutcome outcome = perform(request);
  ::unsetenv("GIT_DIR");
  const std::string path = folder.path().string();
  CHECK(outcome.succeeded());
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.error.empty());
  CHECK(outcome.output_tail == path + "\n" + path + "\nlocal/x,plan file,no git");
  CHECK(outcome.output_path == folder / "output");
  CHECK(std::filesystem::exists(folder / "file"));
}

TEST_CASE("shell: failures are told apart, with a line to act on") {
  const TempFolder folder;
  WorkOutcome outcome = perform(request_in(folder, "echo broken; exit 3"));
  CHECK(outcome.failure == FailureKind::exit_code);
  CHECK(outcome.exit_code == 3);
  CHECK(outcome.error == "`echo broken; exit 3` failed with exit code 3");
  CHECK(outcome.output_tail == "broken");

  outcome = perform(request_in(folder, "true && no-such-tool --now"));
  CHECK(outcome.failure == FailureKind::missing_command);
  CHECK(contains(outcome.error, "'no-such-tool' was not found (exit code 127)"));

  std::ofstream(folder / "script") << "#!/bin/sh\n";
  outcome = perform(request_in(folder, "./script"));
  CHECK(outcome.failure == FailureKind::missing_command);
  CHECK(contains(outcome.error, "'./script' cannot be run (exit code 126)"));

  outcome = perform(request_in(folder, "kill -SEGV $$"));
  CHECK(outcome.failure == FailureKind::killed);
  CHECK(outcome.signal == SIGSEGV);
  CHECK(contains(outcome.error, "was killed by SIGSEGV"));

  outcome = perform(request_in(folder, "sh -c 'kill -KILL $$'; exit $?"));
  CHECK(outcome.failure == FailureKind::killed);
  CHECK(outcome.exit_code == 137);
  CHECK(outcome.signal == SIGKILL);

  outcome = perform(request_in(folder, "exit 129"));
  CHECK(outcome.failure == FailureKind::exit_code);
}

TEST_CASE("shell: limits") {
  const TempFolder folder;
  WorkRequest request = request_in(folder, "exec sleep 1000");
  request.timeout = 200ms;
  WorkOutcome outcome = perform(request);
  CHECK(outcome.failure == FailureKind::timed_out);
  CHECK(contains(outcome.error, "subplan timed out after 200ms"));

  request.timeout.reset();
  request.idle_timeout = 200ms;
  outcome = perform(request);
  CHECK(outcome.failure == FailureKind::idle);
  CHECK(contains(outcome.error, "wrote nothing for 200ms"));
}

TEST_CASE("shell: check and setup have failures of their own") {
  const TempFolder folder;
  WorkOutcome outcome = run("exit 1", CommandPurpose::check, request_in(folder));
  CHECK(outcome.failure == FailureKind::check_failed);
  CHECK(outcome.error == "check `exit 1` failed with exit code 1");
  outcome = run("no-such-tool", CommandPurpose::check, request_in(folder));
  CHECK(outcome.failure == FailureKind::missing_command);
  outcome = run("no-such-tool", CommandPurpose::setup, request_in(folder));
  CHECK(outcome.failure == FailureKind::setup_failed);
  CHECK(contains(outcome.error, "'no-such-tool' was not found"));
  outcome = run("true", CommandPurpose::setup, request_in(folder));
  CHECK(outcome.succeeded());
}

TEST_CASE("shell: cancelled is no failure") {
  const TempFolder folder;
  asio::io_context loop;
  ShellActor actor;
  Cancellation cancellation;
  std::optional<Result<WorkOutcome>> outcome;
  WorkRequest request = request_in(folder, "exec sleep 1000");
  request.environment = {{"X", "1"}};
  asio::co_spawn(
      loop,
      [&]() -> asio::awaitable<void> { outcome.emplace(co_await actor.perform(request, cancellation)); },
      [](std::exception_ptr) {});
  loop.run_one();
  cancellation.cancel("the user asked");
  loop.run();
  REQUIRE(outcome);
  CHECK((*outcome)->cancelled);
  CHECK((*outcome)->failure == FailureKind::none);
  CHECK_FALSE((*outcome)->succeeded());
}

TEST_CASE("shell: a sandbox that is gone is an error that names it") {
  const TempFolder folder;
  WorkRequest request = request_in(folder, "true");
  request.sandbox = folder / "gone";
  asio::io_context loop;
  ShellActor actor;
  const auto outcome = run_to_end(loop, actor.perform(request, Cancellation()));
  REQUIRE_FALSE(outcome.ok());
  CHECK(contains(outcome.error().message, "gone"));
}

TEST_CASE("shell: the missing command is read from the messages of several shells") {
  CHECK(command_not_found("/bin/sh: 1: foo: not found") == "foo");
  CHECK(command_not_found("/bin/sh: line 1: foo: command not found\n") == "foo");
  CHECK(command_not_found("zsh:1: command not found: foo") == "foo");
  CHECK(command_not_found("env: \u2018foo\u2019: No such file or directory") == "foo");
  CHECK(command_not_found("sh: foo: not found") == "foo");
  CHECK(command_not_found("x\n/bin/sh: 3: ./a b.sh: Permission denied\nlater") == "./a b.sh");
  CHECK(command_not_found("compiling\nall is well") == "");
  CHECK(command_not_found("") == "");
}
