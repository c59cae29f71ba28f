// The real program: its wire, its exit codes, and the command line.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "tests/server/support/program.h"
#include "tests/support/git_fixture.h"

using nlohmann::json;
using pland::test::Program;
namespace testing = pland::testing;

namespace {

constexpr const char* initialize =
    R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"rootUri":null,"capabilities":{}}})";
constexpr const char* shutdown = R"({"jsonrpc":"2.0","id":9,"method":"shutdown"})";
constexpr const char* exit_now = R"({"jsonrpc":"2.0","method":"exit"})";

struct Place {
  testing::TemporaryFolder project, state;
  Program start(const std::vector<std::string>& arguments) {
    return {arguments, project.path(), state.path()};
  }
};

/// A repository with a file of five lines and a plan.
struct Repository : Place {
  explicit Repository(const std::string& plan) {
    testing::init_repository(project.path());
    testing::write_file(project / "list.txt", "one\ntwo\nthree\n");
    testing::write_file(project / "x.plan.yaml", plan);
    testing::commit_all(project.path());
  }
};

constexpr const char* colliding =
    "plan: local/collide\ngoal: g\nsubplans:\n"
    "  - {name: alpha, goal: g, run: \"sed -i 's/two/2/' list.txt\"}\n"
    "  - {name: beta, goal: g, run: \"sed -i 's/two/II/' list.txt\"}\n";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("program: a whole conversation, and nothing but protocol on stdout") {
  Place place;
  Program program = place.start({"--stdio", "--clientProcessId=" + std::to_string(::getpid())});
  program.send_message(initialize);
  const json answer = json::parse(program.receive_message());
  CHECK(answer["id"] == 1);
  CHECK(answer["result"]["serverInfo"]["name"] == "pland");
  program.send_message(R"({"jsonrpc":"2.0","method":"initialized","params":{}})");
  program.send_message(R"({"jsonrpc":"2.0","id":"a","method":"pland/status"})");
  CHECK(json::parse(program.receive_message())["result"] == json{{"plans", json::array()}});
  program.send("this is no message\r\n\r\n");
  CHECK(json::parse(program.receive_message())["error"]["code"] == -32700);
  // Only with --test.
  program.send_message(R"({"jsonrpc":"2.0","id":2,"method":"pland/sync"})");
  CHECK(json::parse(program.receive_message())["error"]["code"] == -32601);
  program.send_message(shutdown);
  CHECK(json::parse(program.receive_message()) == json{{"jsonrpc", "2.0"}, {"id", 9}, {"result", nullptr}});
  program.send_message(exit_now);
  CHECK(program.wait() == 0);
}

TEST_CASE("program: the end of the input ends it") {
  Place place;
  SUBCASE("before anything") {
    Program program = place.start({});
    program.close_input();
    CHECK(program.wait() == 1);
    CHECK(program.output().empty());
  }
  SUBCASE("after shutdown") {
    Program program = place.start({});
    program.send_message(initialize);
    program.receive_message();
    program.send_message(shutdown);
    program.receive_message();
    program.close_input();
    CHECK(program.wait() == 0);
  }
}

TEST_CASE("program: it ends when the process that started it does") {
  Place place;
  const pid_t client = ::fork();
  REQUIRE(client >= 0);
  if (client == 0) {
    ::pause();
    ::_exit(0);
  }
  Program program = place.start({});
  json params = json::parse(initialize);
  params["params"]["processId"] = client;
  program.send_message(params.dump());
  program.receive_message();
  ::kill(client, SIGKILL);
  ::waitpid(client, nullptr, 0);
  CHECK(program.wait() == 1);
}

TEST_CASE("program: a process id that is nobody's is ignored") {
  Place place;
  Program program = place.start({});
  json params = json::parse(initialize);
  params["params"]["processId"] = 2147483646;
  program.send_message(params.dump());
  program.receive_message();
  program.send_message(shutdown);
  CHECK(json::parse(program.receive_message())["id"] == 9);
  program.send_message(exit_now);
  CHECK(program.wait() == 0);
}

TEST_CASE("program: --version, wrong usage and the schema") {
  Place place;
  {
    Program program = place.start({"--version"});
    CHECK(program.wait() == 0);
    CHECK(program.output().rfind("pland ", 0) == 0);
  }
  {
    Program program = place.start({"run"});
    CHECK(program.wait() == 2);
  }
  {
    Program program = place.start({"--no-such-option"});
    CHECK(program.wait() == 2);
  }
  {
    Program program = place.start({"schema"});
    CHECK(program.wait() == 0);
    CHECK(json::parse(program.output()).contains("properties"));
  }
}

TEST_CASE("run: a plan file with mistakes gives each with its place, and 2") {
  Place place;
  testing::write_file(place.project / "x.plan.yaml", "plan: local/x\ngaol: y\nsubplans: []\n");
  Program program = place.start({"run", "x.plan.yaml"});
  CHECK(program.wait() == 2);
  CHECK(contains(program.errors(), "x.plan.yaml:2:1: error: "));
  CHECK(contains(program.errors(), "[unknown-key]"));
  CHECK(contains(program.errors(), "    2 | gaol: y\n      | ^~~~\n"));
  CHECK(contains(program.errors(), "hint: "));
}

TEST_CASE("run: a file that is not there is 2") {
  Place place;
  Program program = place.start({"run", "none.plan.yaml"});
  CHECK(program.wait() == 2);
  CHECK(contains(program.errors(), "none.plan.yaml"));
  Program asked = place.start({"run", "--json", "none.plan.yaml"});
  CHECK(asked.wait() == 2);
  CHECK(contains(json::parse(asked.output())["error"]["message"].get<std::string>(), "none.plan.yaml"));
}

TEST_CASE("run: a good plan is merged, and applied where asked") {
  Repository place("plan: local/good\ngoal: g\nsubplans:\n  - {name: a, goal: g, run: echo a > a.txt}\n");
  {
    Program program = place.start({"run", "x.plan.yaml"});
    CHECK(program.wait() == 0);
    CHECK(contains(program.output(), "ok    a  done"));
    CHECK(contains(program.output(), "1/1 done, no conflicts"));
    CHECK_FALSE(std::filesystem::exists(place.project / "a.txt"));
  }
  {
    Program program = place.start({"run", "--apply", "--json", "x.plan.yaml"});
    CHECK(program.wait() == 0);
    const json answer = json::parse(program.output());
    CHECK(answer["exitCode"] == 0);
    CHECK(answer["plan"]["state"] == "applied");
    CHECK(answer["applied"]["files"] == json::array({json{{"file", "a.txt"}, {"action", "created"}}}));
    CHECK(testing::read_file(place.project / "a.txt") == "a\n");
  }
  {
    Program program = place.start({"undo"});
    CHECK(program.wait() == 0);
    CHECK_FALSE(std::filesystem::exists(place.project / "a.txt"));
  }
}

TEST_CASE("run: conflicts are shown with both sides and give 1; --resolve takes a side") {
  {
    Repository place(colliding);
    Program program = place.start({"run", "x.plan.yaml"});
    CHECK(program.wait() == 1);
    CHECK(contains(program.output(), "list.txt:2:1: error: alpha and beta both changed these lines"));
    CHECK(contains(program.output(), "    2 | two\n      | ^~~\n"));
    CHECK(contains(program.output(), "  alpha:\n      | 2\n"));
    CHECK(contains(program.output(), "  beta:\n      | II\n"));
    CHECK(contains(program.output(), "pland resolve "));
    Program listed = place.start({"conflicts"});
    CHECK(listed.wait() == 0);
    CHECK(contains(listed.output(), "list.txt (alpha against beta)"));
  }
  {
    Repository place(colliding);
    Program program = place.start({"run", "--resolve", "both", "--apply", "x.plan.yaml"});
    CHECK(program.wait() == 0);
    CHECK(testing::read_file(place.project / "list.txt") == "one\n2\nII\nthree\n");
  }
}

TEST_CASE("run: --resolve goes on after a conflict that cannot be resolved that way") {
  Repository place(
      "plan: local/mixed\ngoal: g\nsubplans:\n"
      "  - {name: alpha, goal: g, run: \"rm a.txt && sed -i 's/two/2/' list.txt\"}\n"
      "  - {name: beta, goal: g, run: \"echo more >> a.txt && sed -i 's/two/II/' list.txt\"}\n");
  testing::write_file(place.project / "a.txt", "a\n");
  testing::commit_all(place.project.path());
  Program program = place.start({"run", "--resolve", "both", "x.plan.yaml"});
  CHECK(program.wait() == 1);
  CHECK(contains(program.errors(), "a.txt is not resolved: "));
  CHECK(contains(program.output(), "resolved list.txt: both"));
  CHECK(contains(program.output(), "1 conflict"));
}

TEST_CASE("run: a conflict that arises only when the result is applied is shown like the others") {
  Repository place("");
  testing::write_file(place.project / "x.plan.yaml",
                      "plan: local/late\ngoal: g\nsubplans:\n"
                      "  - {name: alpha, goal: g, run: \"sed -i 's/two/2/' list.txt; sed -i 's/two/mine/' " +
                          place.project.path().string() + "/list.txt\"}\n");
  Program program = place.start({"run", "--apply", "--json", "x.plan.yaml"});
  CHECK(program.wait() == 1);
  const json answer = json::parse(program.output());
  CHECK(answer["error"]["message"].is_string());
  CHECK(answer["conflicts"].size() == 1);
  CHECK(contains(program.errors(), "list.txt:2:1: error: "));
  CHECK(contains(program.errors(), "      | mine\n"));
  CHECK(testing::read_file(place.project / "list.txt") == "one\nmine\nthree\n");
}

TEST_CASE("run: a failure is shown at its name with its output and gives 1") {
  Repository place(
      "plan: local/fails\ngoal: g\nsubplan_defaults: {max_retries: 1}\nsubplans:\n"
      "  - {name: bad, goal: g, run: echo it is bad; exit 7}\n");
  Program program = place.start({"run", "x.plan.yaml"});
  CHECK(program.wait() == 1);
  CHECK(contains(program.output(), "x.plan.yaml:5:12: error: subplan 'bad' failed: "));
  CHECK(contains(program.output(), "exit code 7"));
  CHECK(contains(program.output(), "      | it is bad\n"));
}

TEST_CASE("run: an interrupt cancels the plan, keeps what is done, and says so") {
  Repository place(
      "plan: local/long\ngoal: g\nsubplans:\n"
      "  - {name: quick, goal: g, run: echo q > q.txt}\n"
      "  - {name: long, goal: g, run: touch started-long && sleep 60, after: [quick]}\n");
  Program program = place.start({"run", "x.plan.yaml"});
  // The plain lines of a run say when the second has begun.
  while (!contains(program.output(), "run   long")) REQUIRE(program.read_some());
  program.signal(SIGINT);
  CHECK(program.wait() == 1);
  CHECK(contains(program.errors(), "interrupted"));
  Program status = place.start({"status", "--json"});
  CHECK(status.wait() == 0);
  const json plan = json::parse(status.output())["plans"][0];
  CHECK(plan["subplans"][0]["state"] == "complete");
  CHECK(plan["subplans"][1]["state"] == "cancelled");
}

TEST_CASE("run: a project that another process works in names its pid") {
  Repository place("plan: local/long\ngoal: g\nsubplans:\n  - {name: long, goal: g, run: sleep 60}\n");
  Program first = place.start({"run", "x.plan.yaml"});
  while (!contains(first.output(), "run   long")) REQUIRE(first.read_some());
  Program second = place.start({"status"});
  CHECK(second.wait() == 1);
  CHECK(contains(second.errors(), std::to_string(first.pid())));
  Program third = place.start({"run", "--json", "x.plan.yaml"});
  CHECK(third.wait() == 1);
  CHECK(contains(json::parse(third.output())["error"]["message"].get<std::string>(),
                 std::to_string(first.pid())));
  // Who wants to know why can ask.
  Program doctor = place.start({"doctor"});
  CHECK(doctor.wait() == 0);
  CHECK(contains(doctor.output(), "process " + std::to_string(first.pid()) + " has the project open"));
  first.signal(SIGINT);
  CHECK(first.wait() == 1);
}

TEST_CASE("doctor: names what is wrong, what to do, and ends with 1") {
  Repository place("plan: local/p\ngoal: g\nsubplans:\n  - {name: a, goal: g, run: 'true'}\n");
  Program run = place.start({"run", "x.plan.yaml"});
  CHECK(run.wait() == 0);
  Program good = place.start({"doctor", "--json"});
  CHECK(good.wait() == 0);
  const json answer = json::parse(good.output());
  REQUIRE(answer["projects"].size() == 1);
  CHECK(answer["projects"][0]["folder"] == std::filesystem::canonical(place.project.path()).string());
  CHECK(answer["projects"][0]["bytes"]["store"] > 0);
  const std::filesystem::path state = answer["projects"][0]["stateDirectory"].get<std::string>();
  testing::write_file(state / "repo.git/objects/info/alternates", "/nowhere\n");
  Program bad = place.start({"doctor", place.project.path().string()});
  CHECK(bad.wait() == 1);
  CHECK(contains(bad.output(), "error    snapshots"));
  CHECK(contains(bad.output(), "move it back, or delete '" + state.string()));
  Program wrong = place.start({"doctor", (place.project / "missing" / "folder").string()});
  CHECK(wrong.wait() == 1);
  CHECK(contains(wrong.errors(), "missing"));
}
