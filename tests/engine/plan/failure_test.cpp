// Failing subplans: what is recorded, what is kept, what retry does (requirements 3.3).
#include "tests/engine/plan/engine_fixture.h"

using namespace pland::engine;
using pland::test::EngineFixture;
using pland::test::Files;

TEST_CASE("failure: every way to fail is told apart, and the others' results are kept") {
  EngineFixture it(Files{{"a.txt", "one\n"}});
  const LivePlan& plan = it.run(R"(
plan: local/fail
goal: g
subplan_defaults: {retry_failed: false, max_parallel: 8}
subplans:
  - {name: good, goal: g, run: "echo good > good.txt"}
  - {name: code, goal: g, run: "echo the reason; exit 7"}
  - {name: check, goal: g, run: "echo x > x.txt", check: "echo not good enough; false"}
  - {name: slow, goal: g, run: "echo started; exec sleep 600", timeout: 300ms}
  - {name: silent, goal: g, run: "exec sleep 600", idle_timeout: 300ms}
  - {name: missing, goal: g, run: "no-such-command-here --flag"}
  - {name: killed, goal: g, run: "kill -9 $$"}
  - {name: tool, goal: g, tools: [{builtin/delete_file: {path: not-there}}]}
)");
  CHECK(plan.plan.state == ProcessingState::errored);
  CHECK(it.merged(plan, "good.txt") == "good\n");
  const auto kind = [&](const std::string& name) { return it.subplan(plan, name).failure; };
  CHECK(kind("good") == FailureKind::none);
  CHECK(kind("code") == FailureKind::exit_code);
  CHECK(it.subplan(plan, "code").exit_code == 7);
  CHECK(kind("check") == FailureKind::check_failed);
  CHECK(kind("slow") == FailureKind::timed_out);
  CHECK(kind("silent") == FailureKind::idle);
  CHECK(kind("missing") == FailureKind::missing_command);
  CHECK(kind("killed") == FailureKind::killed);
  CHECK(kind("tool") == FailureKind::tool_failed);
  auto attempts = it.engine().attempts(it.subplan(plan, "code").subplan_id);
  REQUIRE(attempts.ok());
  REQUIRE(attempts->size() == 1);
  CHECK((*attempts)[0].output_tail.find("the reason") != std::string::npos);
  CHECK_FALSE((*attempts)[0].was_retried);
  CHECK(plan.plan.error_details["failed_subplan_ids"].size() == 7);
}

TEST_CASE("failure: #1271 the attempt whose number is max_retries is the last one") {
  EngineFixture it(Files{{"a.txt", "one\n"}});
  for (const int limit : {0, 1, 2, 3}) {
    const LivePlan& plan =
        it.run("plan: local/retry\ngoal: g\nsubplan_defaults: {max_retries: " + std::to_string(limit) +
               "}\nsubplans:\n  - {name: f, goal: g, run: 'exit 1'}\n");
    auto attempts = it.engine().attempts(it.subplan(plan, "f").subplan_id);
    REQUIRE(attempts.ok());
    const auto expected = static_cast<std::size_t>(std::max(1, limit));
    CHECK(attempts->size() == expected);
    // #4010: was_retried only where another attempt followed.
    for (std::size_t i = 0; i < attempts->size(); ++i)
      CHECK((*attempts)[i].was_retried == (i + 1 < expected));
  }
}

TEST_CASE("failure: a retried attempt starts from the subplan's base, not from what the failed one left") {
  EngineFixture it(Files{{"a.txt", "one\n"}});
  const LivePlan& plan = it.run(R"(
plan: local/clean
goal: g
subplans:
  - {name: f, goal: g, run: "test ! -e left && echo two >> a.txt; touch left; test $PLAND_ATTEMPT = 2"}
)");
  INFO(it.subplan(plan, "f").error);
  CHECK(it.subplan(plan, "f").state == ProcessingState::complete);
  CHECK(it.subplan(plan, "f").attempt_number == 2);
  CHECK(it.merged(plan, "a.txt") == "one\ntwo\n");
}

TEST_CASE("failure: retry runs what failed, and what waited for it") {
  EngineFixture it(Files{{"a.txt", "one\n"}});
  const auto flag = it.state_root() / "flag";
  const LivePlan& plan = it.run(
      "plan: local/again\ngoal: g\nsubplan_defaults: {retry_failed: false}\nsubplans:\n"
      "  - {name: f, goal: g, run: 'test -e " +
      flag.string() +
      " && echo f > f'}\n"
      "  - {name: after, goal: g, after: [f], run: 'cat f > after'}\n");
  const std::string failed = it.subplan(plan, "f").subplan_id;
  CHECK(it.subplan(plan, "after").failure == FailureKind::dependency);
  CHECK(it.subplan(plan, "after").error.find("'f'") != std::string::npos);
  {
    std::FILE* made = std::fopen(flag.c_str(), "w");
    REQUIRE(made != nullptr);
    std::fclose(made);
  }
  const auto retry = [](Engine& engine, std::string id, const LivePlan& retried) -> asio::awaitable<Status> {
    PLAND_CO_CHECK(co_await engine.retry(std::move(id)));
    CHECK(retried.plan.state == ProcessingState::processing);  // with the answer, not some time after it
    co_return Status{};
  };
  CHECK(plan.plan.state == ProcessingState::errored);
  REQUIRE(it.await(retry(it.engine(), failed, plan)).ok());
  it.until_idle();
  CHECK(plan.plan.state == ProcessingState::complete);
  CHECK(it.merged(plan, "after") == "f\n");
  CHECK(it.subplan(plan, "f").attempt_number == 2);
  CHECK_FALSE(it.await(it.engine().retry(failed)).ok());
}

TEST_CASE("failure: fail_fast stops the rest; queued ones are cancelled and late results are not merged") {
  EngineFixture it(Files{{"a.txt", "one\n"}});
  const LivePlan& plan = it.run(R"(
plan: local/fast
goal: g
subplan_defaults: {fail_fast: true, retry_failed: false, max_parallel: 2}
subplans:
  - {name: long, goal: g, run: "echo early > early; exec sleep 600"}
  - {name: bad, goal: g, run: "exit 1"}
  - {name: queued, goal: g, run: "echo q > q"}
)");
  CHECK(it.subplan(plan, "bad").state == ProcessingState::errored);
  CHECK(it.subplan(plan, "long").state == ProcessingState::cancelled);
  CHECK(it.subplan(plan, "queued").state == ProcessingState::cancelled);
  CHECK(it.merged(plan, "early").find("not in that snapshot") != std::string::npos);
}

TEST_CASE("failure: cancel ends what runs, keeps what it did as a checkpoint, and retry goes on") {
  EngineFixture it(Files{{"a.txt", "one\n"}});
  const std::string id = it.spawn(R"(
plan: local/stop
goal: g
subplan_defaults: {max_parallel: 1}
subplans:
  - {name: long, goal: g, run: "echo partial > partial.txt; if [ $PLAND_ATTEMPT = 1 ]; then touch $PLAND_PROJECT/../started; echo ready; exec sleep 600; fi"}
  - {name: later, goal: g, run: "echo l > l"}
)");
  const LivePlan& plan = it.plan(id);
  it.run_until([&] {
    return std::filesystem::exists(it.project().parent_path() / "started") ||
           plan.plan.state == ProcessingState::errored;
  });
  REQUIRE(it.await(it.engine().cancel(id)).ok());
  CHECK(plan.plan.state == ProcessingState::cancelled);
  CHECK(it.subplan(plan, "long").state == ProcessingState::cancelled);
  CHECK(it.subplan(plan, "later").state == ProcessingState::cancelled);
  auto checkpoints = it.engine().checkpoints(id);
  REQUIRE(checkpoints.ok());
  bool kept = false;
  for (const auto& checkpoint : *checkpoints) kept = kept || checkpoint.trigger == "on_cancel";
  CHECK(kept);
  it.until_idle();
  REQUIRE(it.await(it.engine().retry(id)).ok());
  it.until_idle();
  CHECK(plan.plan.state == ProcessingState::complete);
  CHECK(it.merged(plan, "l") == "l\n");
}

TEST_CASE("failure: setup that fails is told with its command") {
  EngineFixture it(Files{{"a.txt", "one\n"}});
  const LivePlan& plan = it.run(R"(
plan: local/setup
goal: g
setup: ["echo preparing", "exit 4"]
subplan_defaults: {retry_failed: false}
subplans:
  - {name: f, goal: g, run: "echo never > never"}
)");
  CHECK(it.subplan(plan, "f").failure == FailureKind::setup_failed);
  CHECK(it.subplan(plan, "f").error.find("exit 4") != std::string::npos);
}

TEST_CASE("failure: fail_fast looks at the failures of this run, so that one of two can be retried") {
  EngineFixture it(Files{{"a.txt", "one\n"}});
  const LivePlan& plan = it.run(R"(
plan: local/one-of-two
goal: g
subplan_defaults: {fail_fast: true, retry_failed: false, max_parallel: 2}
subplans:
  - {name: long, goal: g, run: "[ $PLAND_ATTEMPT -gt 1 ] || exec sleep 600; echo done > done.txt"}
  - {name: bad, goal: g, run: "exit 1"}
)");
  CHECK(it.subplan(plan, "bad").state == ProcessingState::errored);
  CHECK(it.subplan(plan, "long").state == ProcessingState::cancelled);
  REQUIRE(it.await(it.engine().retry(it.subplan(plan, "long").subplan_id)).ok());
  it.until_idle();
  CHECK(it.subplan(plan, "long").state == ProcessingState::complete);
  CHECK(it.merged(plan, "done.txt") == "done\n");
}

TEST_CASE("failure: a retried attempt gets a git that nothing was done with, and the old commits are kept") {
  EngineFixture it(Files{{"a.txt", "one\n"}});
  const LivePlan& plan = it.run(R"(
plan: local/git
goal: g
subplans:
  - {name: f, goal: g, run: "git log --format=%s -1 >> log.txt; git commit -q --allow-empty -m half && if [ $PLAND_ATTEMPT = 1 ]; then touch .git/index.lock; exit 1; fi"}
)");
  INFO(it.subplan(plan, "f").error);
  CHECK(it.subplan(plan, "f").state == ProcessingState::complete);
  CHECK(it.subplan(plan, "f").attempt_number == 2);
  CHECK(it.merged(plan, "log.txt") == "base of local/git\n");
  const std::string store = "--git-dir=" + (it.engine().state_directory() / "repo.git").string();
  CHECK(it.git(store + " log -1 --format=%s refs/pland-snap/" + plan.plan.plan_id + "/" +
               it.subplan(plan, "f").subplan_id + "-1-git/HEAD") == "half\n");
}

TEST_CASE("failure: locks that a killed process left in the private repository stop nobody") {
  EngineFixture it(Files{{"a.txt", "1\n2\n3\n"}});
  const LivePlan& before = it.run(R"(
plan: local/locked
goal: g
subplan_defaults: {retry_failed: false}
subplans:
  - {name: f, goal: g, run: "echo f > f; test $PLAND_ATTEMPT = 2"}
)");
  const std::string id = before.plan.plan_id;
  const auto repository = it.engine().state_directory() / "repo.git";
  it.close_engine();
  REQUIRE(std::filesystem::exists(repository / "refs/pland-snap" / id / "merged"));
  for (const std::string& name :
       {"refs/pland-snap/" + id + "/merged.lock", std::string("packed-refs.lock")}) {
    std::FILE* lock = std::fopen((repository / name).c_str(), "w");
    REQUIRE(lock != nullptr);
    std::fclose(lock);
  }
  it.open_engine();
  REQUIRE(it.await(it.engine().retry(id)).ok());
  it.until_idle();
  const LivePlan& plan = it.plan(id);
  CHECK_MESSAGE(plan.plan.state == ProcessingState::complete, plan.plan.error);
  CHECK(it.merged(plan, "f") == "f\n");
}
