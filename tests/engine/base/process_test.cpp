#include "engine/base/process.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <fstream>
#include <sstream>
#include <tuple>

#include "engine/base/stray.h"
#include "engine/base/unique_fd.h"
#include "tests/support/loop.h"
#include "tests/support/temp_folder.h"

using namespace pland::engine;
using namespace std::chrono_literals;
using pland::test::run_to_end;
using pland::test::TempFolder;

namespace {

constexpr auto a_long_time_ms = 60'000;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

ProcessSpec shell(const TempFolder& folder, const std::string& command) {
  ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c", command};
  spec.cwd = folder.path();
  spec.environment = inherited_environment();
  spec.grace = 100ms;
  return spec;
}

Result<ProcessOutcome> run(ProcessSpec spec, Cancellation cancellation = {}, ProcessHooks hooks = {}) {
  asio::io_context loop;
  return run_to_end(loop, run_process(std::move(spec), std::move(cancellation), std::move(hooks)));
}

/// Follows a process that is not our child. Made while it lives, so its number cannot mean another.
class Watched {
 public:
  explicit Watched(pid_t pid) : fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  bool opened() const { return static_cast<bool>(fd_); }
  bool ends() const {
    pollfd watched{fd_.get(), POLLIN, 0};
    return ::poll(&watched, 1, a_long_time_ms) == 1;
  }

 private:
  UniqueFd fd_;
};

bool exists(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

pid_t pid_in(const std::filesystem::path& path) {
  return static_cast<pid_t>(std::stol(read_file(path)));
}

/// A shell command that leaves a daemon behind: a session of its own, no parent, its number in `daemon`.
const std::string leave_daemon =
    "(setsid sh -c 'echo $$ > daemon.new; mv daemon.new daemon; exec sleep 1000' >/dev/null 2>&1 &) ; "
    "while [ ! -e daemon ]; do sleep 0.01; done; ";

}  // namespace

TEST_CASE("process: exit codes and signals come through") {
  const TempFolder folder;
  auto outcome = run(shell(folder, "exit 0"));
  REQUIRE(outcome.ok());
  CHECK(outcome->exit_code == 0);
  CHECK(outcome->succeeded());
  outcome = run(shell(folder, "exit 42"));
  REQUIRE(outcome.ok());
  CHECK(outcome->exit_code == 42);
  CHECK_FALSE(outcome->signal);
  CHECK_FALSE(outcome->succeeded());
  outcome = run(shell(folder, "kill -USR1 $$"));
  REQUIRE(outcome.ok());
  CHECK_FALSE(outcome->exit_code);
  CHECK(outcome->signal == SIGUSR1);
  CHECK(signal_name(SIGUSR1) == "SIGUSR1");
}

TEST_CASE("process: what cannot be run is an error that says what to do") {
  const TempFolder folder;
  ProcessSpec spec = shell(folder, "true");
  spec.argv = {"no-such-program-of-ours"};
  auto outcome = run(spec);
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.error().code == ErrorCode::not_found);
  CHECK(outcome.error().context["command"] == "no-such-program-of-ours");

  std::ofstream(folder / "not-executable") << "text";
  spec.argv = {(folder / "not-executable").string()};
  outcome = run(spec);
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.error().code == ErrorCode::io);
  CHECK(outcome.error().message.find("Permission denied") != std::string::npos);

  spec = shell(folder, "true");
  spec.cwd = folder / "nowhere";
  outcome = run(spec);
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.error().code == ErrorCode::not_found);
  CHECK(outcome.error().message.find("nowhere") != std::string::npos);

  spec = shell(folder, "true");
  spec.supervisor = folder / "pland-supervisor";
  outcome = run(spec);
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.error().message.find("beside the pland program") != std::string::npos);

  spec = shell(folder, "true");
  spec.argv.clear();
  CHECK(run(spec).error().code == ErrorCode::invalid_argument);
  spec = shell(folder, std::string("echo \0 x", 8));
  CHECK(run(spec).error().code == ErrorCode::invalid_argument);
}

TEST_CASE("process: output is kept interleaved, input is empty, nothing else is open") {
  const TempFolder folder;
  const UniqueFd leaky(::open("/dev/null", O_RDONLY));  // without O_CLOEXEC on purpose
  ProcessSpec spec = shell(folder,
                           "echo one; echo two >&2; cat; echo three; "
                           "for fd in /proc/$$/fd/*; do [ ! -e $fd ] || printf '%s ' ${fd##*/}; done");
  spec.output_path = folder / "output";
  std::string heard;
  pid_t pid = 0;
  ProcessHooks hooks;
  hooks.on_output = [&](std::string_view bytes) { heard += bytes; };
  hooks.on_started = [&](pid_t started) { pid = started; };
  const auto outcome = run(spec, {}, hooks);
  REQUIRE(outcome.ok());
  CHECK(outcome->tail == "one\ntwo\nthree\n0 1 2 ");
  CHECK(read_file(folder / "output") == outcome->tail);
  CHECK(heard == outcome->tail);
  CHECK(outcome->total_bytes == heard.size());
  CHECK_FALSE(outcome->truncated);
  CHECK(pid > 1);
}

TEST_CASE("process: exactly the given environment, and the token") {
  const TempFolder folder;
  ProcessSpec spec = shell(folder, "/usr/bin/env | sort");
  spec.environment = {"A=1", "PWD=/"};
  spec.token = "01ARYZ6S41TSV4RRFFQ69G5FAV";
  const auto outcome = run(spec);
  REQUIRE(outcome.ok());
  CHECK(outcome->tail ==
        "A=1\nPLAND_PROCESS_TOKEN=01ARYZ6S41TSV4RRFFQ69G5FAV\nPWD=" + folder.path().string());
}

TEST_CASE("process: variables are scrubbed and replaced") {
  const Environment environment = {"GIT_DIR=/x", "HOME=/h", "GITHUB_TOKEN=t", "GIT_INDEX_FILE=i"};
  CHECK(without_git_variables(environment) == Environment{"HOME=/h", "GITHUB_TOKEN=t"});
  CHECK(with_variables({"A=1", "AB=2"}, {{"A", "3"}, {"C", "4"}}) == Environment{"AB=2", "A=3", "C=4"});
}

TEST_CASE("process: the wall-clock limit ends it") {
  const TempFolder folder;
  ProcessSpec spec = shell(folder, "exec sleep 1000");
  spec.timeout = 200ms;
  const auto outcome = run(spec);
  REQUIRE(outcome.ok());
  CHECK(outcome->timed_out);
  CHECK_FALSE(outcome->idle_timed_out);
  CHECK(outcome->signal == SIGTERM);
  CHECK(outcome->duration >= 200ms);
}

TEST_CASE("process: the idle limit counts from the last output") {
  const TempFolder folder;
  ProcessSpec spec = shell(folder, "echo 1; sleep 0.4; echo 2; exec sleep 1000");
  spec.idle_timeout = 600ms;
  auto last_output = std::chrono::steady_clock::now();
  ProcessHooks hooks;
  hooks.on_output = [&](std::string_view) { last_output = std::chrono::steady_clock::now(); };
  const auto outcome = run(spec, {}, hooks);
  REQUIRE(outcome.ok());
  CHECK(outcome->idle_timed_out);
  CHECK_FALSE(outcome->timed_out);
  CHECK(outcome->signal == SIGTERM);
  // A limit that counted from the start, or from the first line, would have struck 200 ms after the second.
  CHECK(std::chrono::steady_clock::now() - last_output >= 500ms);
}

TEST_CASE("process: a command that ignores SIGTERM is killed after the grace") {
  const TempFolder folder;
  ProcessSpec spec = shell(folder, "trap '' TERM; echo ready; while :; do sleep 1000; done");
  Cancellation cancellation;
  ProcessHooks hooks;
  hooks.on_output = [&](std::string_view) { cancellation.cancel("enough"); };
  const auto outcome = run(spec, cancellation, hooks);
  REQUIRE(outcome.ok());
  CHECK(outcome->cancelled);
  CHECK(outcome->signal == SIGKILL);
}

TEST_CASE("process: cancelled while it runs it may tidy up; before it starts it never runs") {
  const TempFolder folder;
  ProcessSpec spec = shell(folder, "trap 'echo tidy; exit 5' TERM; echo ready; while :; do sleep 0.01; done");
  spec.grace = 60s;
  Cancellation cancellation;
  ProcessHooks hooks;
  hooks.on_output = [&](std::string_view) { cancellation.cancel("enough"); };
  auto outcome = run(spec, cancellation, hooks);
  REQUIRE(outcome.ok());
  CHECK(outcome->cancelled);
  CHECK(outcome->exit_code == 5);
  CHECK(outcome->tail.ends_with("tidy"));

  outcome = run(shell(folder, "touch ran"), cancellation);
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.error().code == ErrorCode::cancelled);
  CHECK_FALSE(std::filesystem::exists(folder / "ran"));
}

TEST_CASE("process: what a command leaves behind is ended, also a daemon and what holds the pipe") {
  const TempFolder folder;
  const auto outcome = run(shell(
      folder, leave_daemon + "sh -c 'trap \"\" TERM; sleep 1000' & sleep 1000 & echo $! > holder; exit 7"));
  REQUIRE(outcome.ok());
  CHECK(outcome->exit_code == 7);
  CHECK_FALSE(outcome->cancelled);
  CHECK(outcome->survivors == 0);
  CHECK_FALSE(exists(pid_in(folder / "daemon")));
  CHECK_FALSE(exists(pid_in(folder / "holder")));
}

TEST_CASE("process: a stopped process is ended as well") {
  const TempFolder folder;
  const ProcessSpec spec =
      shell(folder, "sh -c 'kill -STOP $$' & echo $! > stopped; echo ready; kill -STOP $$");
  Cancellation cancellation;
  ProcessHooks hooks;
  hooks.on_output = [&](std::string_view) { cancellation.cancel("enough"); };
  const auto outcome = run(spec, cancellation, hooks);
  REQUIRE(outcome.ok());
  CHECK(outcome->cancelled);
  CHECK_FALSE(exists(pid_in(folder / "stopped")));
}

TEST_CASE("process: binary output is kept as it is; its tail is text") {
  const TempFolder folder;
  ProcessSpec spec =
      shell(folder, "printf 'a\\377\\000b\\033[31mred\\033[0m\\n10%%\\r20%%\\r100%%\\r\\n\\303\\251'");
  spec.output_path = folder / "output";
  const auto outcome = run(spec);
  REQUIRE(outcome.ok());
  CHECK(read_file(folder / "output") ==
        std::string("a\377\000b\033[31mred\033[0m\n10%\r20%\r100%\r\n\303\251", 33));
  CHECK(outcome->tail == "a\uFFFD\uFFFDbred\n100%\n\u00E9");
  CHECK_NOTHROW(nlohmann::json(outcome->tail).dump());
}

TEST_CASE("process: of long output the first and the last part are kept") {
  const TempFolder folder;
  ProcessSpec spec = shell(folder, "seq 1 100000");
  spec.output_path = folder / "output";
  spec.output_cap = 1001;
  spec.tail_lines = 3;
  std::string all;
  ProcessHooks hooks;
  hooks.on_output = [&](std::string_view bytes) { all += bytes; };
  const auto outcome = run(spec, {}, hooks);
  REQUIRE(outcome.ok());
  CHECK(outcome->total_bytes == 588'895);
  CHECK(outcome->truncated);
  CHECK(outcome->tail == "99998\n99999\n100000");
  CHECK(read_file(folder / "output") ==
        all.substr(0, 500) + "\n[... 587894 bytes left out ...]\n" + all.substr(all.size() - 501));
}

TEST_CASE("process: huge output does not grow the memory") {
  const TempFolder folder;
  const auto peak_kib = [] {
    std::istringstream status(read_file("/proc/self/status"));
    for (std::string word; status >> word;) {
      if (word == "VmHWM:") {
        long kib = 0;
        status >> kib;
        return kib;
      }
    }
    return 0L;
  };
  ProcessSpec spec = shell(folder, "head -c 100000000 /dev/zero");
  spec.output_path = folder / "output";
  const long before = peak_kib();
  const auto outcome = run(spec);
  REQUIRE(outcome.ok());
  CHECK(outcome->total_bytes == 100'000'000);
  CHECK(std::filesystem::file_size(folder / "output") < 1024 * 1024 + 100);
  CHECK(peak_kib() - before < 32 * 1024);
}

TEST_CASE("process: an output file that cannot be made is an error before anything runs") {
  const TempFolder folder;
  ProcessSpec spec = shell(folder, "touch ran");
  spec.output_path = folder / "no" / "output";
  const auto outcome = run(spec);
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.error().code == ErrorCode::io);
  CHECK_FALSE(std::filesystem::exists(folder / "ran"));
}

TEST_CASE("process: many at once") {
  const TempFolder folder;
  asio::io_context loop;
  int right = 0;
  for (int i = 0; i < 40; ++i) {
    asio::co_spawn(
        loop,
        [&, i]() -> asio::awaitable<void> {
          ProcessSpec spec = shell(folder, "echo " + std::to_string(i) + "; exit " + std::to_string(i));
          const auto outcome = co_await run_process(std::move(spec), Cancellation());
          if (outcome.ok() && outcome->exit_code == i && outcome->tail == std::to_string(i)) ++right;
        },
        asio::detached);
  }
  loop.run();
  CHECK(right == 40);
}

TEST_CASE("process: the ends of others are not taken for its own") {
  // Descriptors of commands that end are used again at once by commands that begin: those must still be ended
  // in time.
  TempFolder folder;
  asio::io_context loop;
  int ended_in_time = 0;
  constexpr int chains = 6, rounds = 40;
  const auto chain = [&]() -> asio::awaitable<void> {
    for (int i = 0; i < rounds; ++i) {
      for (const char* quick : {"exit 3", "kill -9 $$"}) {
        auto spec = shell(folder, quick);
        const auto outcome = co_await run_process(std::move(spec), Cancellation());
        CHECK(outcome.ok());
      }
      auto slow = shell(folder, "exec sleep 60");
      slow.timeout = 20ms;
      const auto outcome = co_await run_process(std::move(slow), Cancellation());
      if (outcome.ok() && outcome->timed_out) ++ended_in_time;
    }
  };
  for (int i = 0; i < chains; ++i) asio::co_spawn(loop, chain, asio::detached);
  loop.run();
  CHECK(ended_in_time == chains * rounds);
}

TEST_CASE("process: when the supervisor is killed the command goes with it") {
  const TempFolder folder;
  pid_t command = 0;
  std::optional<Watched> watched;
  ProcessHooks hooks;
  hooks.on_started = [&](pid_t pid) { command = pid; };
  hooks.on_output = [&](std::string_view supervisor) {
    watched.emplace(command);
    ::kill(static_cast<pid_t>(std::stol(std::string(supervisor))), SIGKILL);
  };
  const auto outcome = run(shell(folder, "echo $PPID; exec sleep 1000"), {}, hooks);
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.error().message.find("supervisor") != std::string::npos);
  REQUIRE(watched);
  CHECK(watched->ends());
}

TEST_CASE("process: when the supervisor is killed, also what the command left behind is ended") {
  const TempFolder folder;
  ProcessSpec spec = shell(folder, leave_daemon + "echo $PPID; exec sleep 1000");
  spec.token = "01ARYZ6S41TSV4RRFFQ69G5FAX";
  std::optional<Watched> daemon;
  ProcessHooks hooks;
  hooks.on_output = [&](std::string_view supervisor) {
    daemon.emplace(pid_in(folder / "daemon"));
    ::kill(static_cast<pid_t>(std::stol(std::string(supervisor))), SIGKILL);
  };
  CHECK_FALSE(run(spec, {}, hooks).ok());
  REQUIRE(daemon);
  CHECK(find_strays({spec.token}).empty());
  CHECK(daemon->ends());
}

TEST_CASE("process: a loop that is torn down leaves nothing running") {
  const TempFolder folder;
  std::optional<Watched> command, daemon;
  {
    asio::io_context loop;
    ProcessHooks hooks;
    hooks.on_started = [&](pid_t pid) { command.emplace(pid); };
    hooks.on_output = [&](std::string_view) { loop.stop(); };
    const ProcessSpec spec = shell(folder, leave_daemon + "echo ready; exec sleep 1000");
    asio::co_spawn(
        loop,
        [&]() -> asio::awaitable<void> { std::ignore = co_await run_process(spec, Cancellation(), hooks); },
        asio::detached);
    loop.run();
    daemon.emplace(pid_in(folder / "daemon"));
  }
  REQUIRE(command);
  CHECK(command->ends());
  CHECK(daemon->ends());
}

TEST_CASE("process: helper of the next test" * doctest::skip()) {
  const TempFolder unused;
  ProcessSpec spec = shell(unused, leave_daemon + "echo $$ $(cat daemon) > pids; exec sleep 1000");
  spec.cwd = ::getenv("PLAND_TEST_FOLDER");
  spec.grace = 60s;
  std::ignore = run(spec);
}

TEST_CASE("process: SIGKILL of the program that runs commands leaves nothing running") {
  const TempFolder folder;
  const auto fifo = folder / "pids";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const Environment environment =
      with_variables(inherited_environment(), {{"PLAND_TEST_FOLDER", folder.path()}});
  std::vector<char*> variables;
  for (const auto& variable : environment) variables.push_back(const_cast<char*>(variable.c_str()));
  variables.push_back(nullptr);
  const std::string program = std::filesystem::read_symlink("/proc/self/exe");
  std::string name = program, what = "-tc=process: helper of the next test", skipped = "-ns";
  std::vector<char*> arguments = {name.data(), what.data(), skipped.data(), nullptr};
  pid_t helper = 0;
  REQUIRE(::posix_spawn(&helper, program.c_str(), nullptr, nullptr, arguments.data(), variables.data()) == 0);
  std::ifstream pids(fifo);  // waits for the command to open it
  pid_t command = 0, daemon = 0;
  pids >> command >> daemon;
  REQUIRE(command > 1);
  REQUIRE(daemon > 1);
  const Watched watched_command(command), watched_daemon(daemon);
  REQUIRE(watched_command.opened());
  REQUIRE(watched_daemon.opened());
  ::kill(helper, SIGKILL);
  int status = 0;
  REQUIRE(::waitpid(helper, &status, 0) == helper);
  CHECK(WIFSIGNALED(status));
  CHECK(watched_command.ends());
  CHECK(watched_daemon.ends());
}

TEST_CASE("stray: processes are found by their token alone, and ended") {
  const TempFolder folder;
  const std::string token = "01ARYZ6S41TSV4RRFFQ69G5FAV", other = "01ARYZ6S41TSV4RRFFQ69G5FAW";
  asio::io_context loop;
  ProcessSpec mine = shell(folder, leave_daemon + "echo ready; exec sleep 1000");
  mine.token = token;
  ProcessSpec theirs = shell(folder, "exec sleep 1000");
  theirs.token = other;
  Cancellation stop_theirs;
  std::optional<Result<ProcessOutcome>> ended, untouched;
  bool found_all = false;
  std::size_t left = 1, others = 0;
  ProcessHooks hooks;
  hooks.on_output = [&](std::string_view) {
    asio::co_spawn(
        loop,
        [&]() -> asio::awaitable<void> {
          const auto found = find_strays({token});
          for (const Stray& stray : found) found_all = found_all || stray.pid == pid_in(folder / "daemon");
          const std::vector<std::string> tokens = {token};
          const auto report = co_await end_strays(tokens, 200ms);
          CHECK_FALSE(report.ended.empty());  // the supervisor may end the others before it is our turn
          CHECK(report.left.empty());
          left = find_strays({token}).size();
          others = find_strays({other}).size();
          stop_theirs.cancel("the end of the test");
        },
        asio::detached);
  };
  asio::co_spawn(
      loop, [&]() -> asio::awaitable<void> { untouched.emplace(co_await run_process(theirs, stop_theirs)); },
      asio::detached);
  asio::co_spawn(
      loop,
      [&]() -> asio::awaitable<void> { ended.emplace(co_await run_process(mine, Cancellation(), hooks)); },
      asio::detached);
  loop.run();
  CHECK(found_all);
  CHECK(left == 0);
  CHECK(others == 2);
  REQUIRE(untouched);
  CHECK((*untouched)->cancelled);
  CHECK(ended);
  CHECK(find_strays({}).empty());
}
