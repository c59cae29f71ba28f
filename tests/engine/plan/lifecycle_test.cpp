// execute, resume, revert, errors and events (requirements 3.7, 3.8, 3.12; #186, #328, #2380, #2864, #4036).
#include "tests/engine/plan/engine_fixture.h"

#include <algorithm>

using namespace pland::engine;
using pland::test::EngineFixture;
using pland::test::Files;

namespace {

constexpr const char* kOneFails = R"(
plan: local/half
goal: g
subplan_defaults: {max_retries: 2, mode: sequential}
subplans:
  - {name: good, goal: g, run: "echo good > good.txt"}
  - {name: bad, goal: g, run: "echo 'the reason'; exit 3"}
  - {name: later, goal: g, after: [bad], run: "true"}
)";

RevertRequest revert_of(const std::string& id, const std::string& reason) {
  RevertRequest request;
  request.plan_id = id;
  request.reason = reason;
  return request;
}

}  // namespace

TEST_CASE("revert: #2380 #185 back to strategize, recorded, and executed again from there") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const std::string id = it.run(kOneFails).plan.plan_id;
  REQUIRE(it.await(it.engine().revert(revert_of(id, "wrong order"))).ok());
  const LivePlan& plan = it.plan(id);
  CHECK(plan.plan.phase == Phase::strategize);
  CHECK(plan.plan.state == ProcessingState::queued);
  CHECK(plan.plan.reversion_count == 1);
  CHECK(plan.plan.last_completed_step == -1);
  CHECK(plan.plan.merged_commit == plan.plan.base_commit);
  for (const auto& subplan : plan.subplans) CHECK(subplan.state == ProcessingState::queued);
  // #4036: what is known of the failure stays.
  CHECK(plan.plan.error_details["error_category"] == "unknown");
  auto tree = it.engine().tree(id, true);
  REQUIRE(tree.ok());
  const auto& children = tree->root.children;
  const auto record = std::find_if(children.begin(), children.end(), [](const DecisionNode& node) {
    return node.decision.decision_type == DecisionType::user_intervention;
  });
  REQUIRE(record != children.end());
  CHECK(record->decision.rationale == "wrong order");
  CHECK(record->decision.context_snapshot["source_phase"] == "execute");
  CHECK(record->decision.context_snapshot["target_phase"] == "strategize");

  REQUIRE(it.await(it.engine().execute(id)).ok());
  it.until_idle();
  CHECK(it.plan(id).plan.phase == Phase::execute);
  CHECK(it.subplan(it.plan(id), "good").state == ProcessingState::complete);
  tree = it.engine().tree(id, false);
  REQUIRE(tree.ok());
  CHECK(tree->root.decision.rationale.find("wrong order") != std::string::npos);
  CHECK(tree->superseded > 0);
}

TEST_CASE("revert: #2864 at most three times, counted over restarts; undo takes one back") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const std::string id = it.run(kOneFails).plan.plan_id;
  for (int i = 0; i < kMaxReversions; ++i) {
    REQUIRE(it.await(it.engine().revert(revert_of(id, "again"))).ok());
    REQUIRE(it.await(it.engine().execute(id)).ok());
    it.until_idle();
  }
  it.close_engine();
  it.open_engine();
  CHECK(it.plan(id).plan.reversion_count == 3);
  const Status refused = it.await(it.engine().revert(revert_of(id, "once more")));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("3 times") != std::string::npos);
  CHECK(it.plan(id).plan.phase == Phase::execute);
}

TEST_CASE("revert: undone, every result is there again") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const std::string id = it.run(kOneFails).plan.plan_id;
  const std::string merged = it.plan(id).plan.merged_commit;
  REQUIRE(it.await(it.engine().revert(revert_of(id, "a mistake"))).ok());
  REQUIRE(it.await(it.engine().undo()).ok());
  CHECK(it.plan(id).plan.merged_commit == merged);
  CHECK(it.plan(id).plan.phase == Phase::execute);
  CHECK(it.plan(id).plan.state == ProcessingState::errored);
  CHECK(it.subplan(it.plan(id), "good").state == ProcessingState::complete);
}

TEST_CASE("resume: #328 #424 says what it would go on with, goes on there, and repeats nothing") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const auto outside = it.project().parent_path();
  const std::string id = it.run(R"(
plan: local/resume
goal: g
subplan_defaults: {retry_failed: false, mode: sequential}
subplans:
  - {name: first, goal: g, run: "echo x >> )" +
                                (outside / "first").string() + R"(; echo 1 > 1.txt"}
  - {name: second, goal: g, run: "test -e )" +
                                (outside / "flag").string() + R"( && echo 2 > 2.txt"}
  - {name: third, goal: g, after: [second], run: "echo 3 > 3.txt"}
)")
                             .plan.plan_id;
  CHECK(it.plan(id).plan.last_completed_step == 0);
  CHECK_FALSE(it.plan(id).plan.last_checkpoint_id.empty());
  auto dry = it.await(it.engine().resume(id, true));
  REQUIRE_MESSAGE(dry.ok(), dry.error().message);
  CHECK(dry->done == std::vector<std::string>{"first"});
  CHECK(dry->remaining == std::vector<std::string>{"second", "third"});
  CHECK(dry->last_checkpoint_id == it.plan(id).plan.last_checkpoint_id);
  CHECK_FALSE(dry->decision_id.empty());
  CHECK(it.plan(id).plan.state == ProcessingState::errored);

  it.write("../flag", "");
  REQUIRE(it.await(it.engine().resume(id, false)).ok());
  it.until_idle();
  CHECK(it.plan(id).plan.state == ProcessingState::complete);
  CHECK(it.plan(id).plan.last_completed_step == 2);
  CHECK(it.read("../first") == "x\n");
  const auto again = it.await(it.engine().resume(id, false));
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().message.find("nothing left") != std::string::npos);
}

TEST_CASE("errors: #186 #4036 each failed attempt is a decision with category, action, hint and command") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const LivePlan& plan = it.run(kOneFails);
  auto report = it.engine().errors(plan.plan.plan_id);
  REQUIRE_MESSAGE(report.ok(), report.error().message);
  REQUIRE(report->errors.size() == 2);
  const auto& first = report->errors[0].decision.context_snapshot["recovery"];
  const auto& last = report->errors[1].decision.context_snapshot["recovery"];
  CHECK(first["recovery_action"] == "retry");
  CHECK(last["recovery_action"] == "surface");
  CHECK(last["retry_count"] == 1);
  CHECK(last["max_retries"] == 2);
  const std::string bad = it.subplan(plan, "bad").subplan_id;
  CHECK(last["recovery_command"] == "pland retry " + bad);
  CHECK(report->attempts.size() == 2);
  CHECK(plan.plan.error_details["error_category"] == "unknown");
  CHECK(plan.plan.error_details["failed_subplan_ids"].size() == 2);
  CHECK(plan.plan.error_details["retry_count"] == 1);
}

TEST_CASE("error patterns: #4032 what failed once is in the context of the same work the next time") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const std::string yaml =
      "plan: local/learn\ngoal: g\nsubplan_defaults: {retry_failed: false}\nsubplans:\n"
      "  - {name: w, goal: g, run: 'sh work.sh', check: 'test -e done'}\n";
  it.write("work.sh", "cp \"$PLAND_CONTEXT\" seen.md\n");
  CHECK(it.subplan(it.run(yaml), "w").failure == FailureKind::check_failed);
  it.write("work.sh", "cp \"$PLAND_CONTEXT\" seen.md; touch done\n");
  const LivePlan& plan = it.run(yaml);
  CHECK(plan.plan.state == ProcessingState::complete);
  const std::string seen = it.merged(plan, "seen.md");
  CHECK(seen.find("What failed before") != std::string::npos);
  CHECK(seen.find("test -e done") != std::string::npos);
}

TEST_CASE(
    "repair: a failed attempt is mended by its repair command, as often as it may be, and checked again") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const LivePlan& plan = it.run(R"(
plan: local/repair
goal: g
profile: trusted
subplan_defaults: {retry_failed: false}
subplans:
  - name: mended
    goal: g
    run: echo work >> log.txt; echo wrong > out.txt
    check: grep -q right out.txt
    repair: {run: "echo $PLAND_FAILURE_CLASS >> log.txt; echo right > out.txt"}
  - name: hopeless
    goal: g
    run: "true"
    check: "false"
    repair: {run: "echo tried >> tries.txt", max_tries: 2}
)");
  CHECK(it.subplan(plan, "mended").state == ProcessingState::complete);
  CHECK(it.merged(plan, "out.txt") == "right\n");
  CHECK(it.merged(plan, "log.txt") == "work\nvalidation\n");
  auto attempts = it.engine().attempts(it.subplan(plan, "hopeless").subplan_id);
  REQUIRE(attempts.ok());
  CHECK(attempts->size() == 3);
  CHECK(it.subplan(plan, "hopeless").files_changed == std::vector<std::string>{"tries.txt"});
  auto report = it.engine().errors(it.subplan(plan, "mended").subplan_id);
  REQUIRE(report.ok());
  CHECK(report->errors[0].decision.chosen_option == "repair");
}

TEST_CASE("events: the log is read from a cursor, page by page, and never twice") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const std::string id = it.run(kOneFails).plan.plan_id;
  auto all = it.engine().events_after(0, 10'000);
  REQUIRE(all.ok());
  CHECK_FALSE(all->more);
  std::vector<Event> paged;
  std::int64_t cursor = 0;
  for (bool more = true; more;) {
    auto page = it.engine().events_after(cursor, 3);
    REQUIRE(page.ok());
    paged.insert(paged.end(), page->events.begin(), page->events.end());
    cursor = page->next;
    more = page->more;
  }
  CHECK(paged == all->events);
  CHECK(paged.front().type == "plan.created");
  CHECK_FALSE(it.engine().events_after(0, 0).ok());
  auto none = it.engine().events_after(cursor, 10);
  REQUIRE(none.ok());
  CHECK(none->events.empty());
  CHECK(none->next == cursor);
}

TEST_CASE("decisions: #3819 #9083 every tool call is one, with the arguments that were really sent") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const LivePlan& plan = it.run(R"(
plan: local/tools
goal: g
subplans:
  - name: t
    goal: g
    tools:
      - builtin/write_file: {path: b.txt, content: "b"}
      - builtin/delete_file: {path: a.txt}
)");
  auto tree = it.engine().tree(it.subplan(plan, "t").subplan_id, false);
  REQUIRE(tree.ok());
  REQUIRE(tree->root.children.size() == 2);
  const Decision& first = tree->root.children[0].decision;
  CHECK(first.decision_type == DecisionType::tool_invocation);
  CHECK(first.chosen_option == "builtin/write_file");
  CHECK(first.context_snapshot["arguments"]["path"] == "b.txt");
  // #5889: all four parts are really filled.
  for (const char* part : {"hot_context_hash", "hot_context_ref", "relevant_resources", "actor_state_ref"}) {
    CHECK(first.context_snapshot.contains(part));
  }
  CHECK(plan.plan.tool_calls == 2);
}
