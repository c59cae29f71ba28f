// Plans below plans (requirements 3.1; #823, #2061, #2073, #3749, #8972, #11253).
#include "tests/engine/plan/engine_fixture.h"

#include <algorithm>
#include <set>

using namespace pland::engine;
using pland::test::EngineFixture;
using pland::test::Files;

namespace {

const LivePlan& child_of(EngineFixture& it, const LivePlan& plan, const std::string& name) {
  return it.plan(it.subplan(plan, name).subplan_id);
}

constexpr const char* kThreeLevels = R"(
plan: local/deep
goal: the whole
done: everything is there
profile: trusted
invariants: [nothing is lost]
subplans:
  - {name: flat, goal: g, run: "echo flat > flat.txt"}
  - name: middle
    goal: the middle
    after: [flat]
    check: test -f flat.txt && test -f one.txt && test -f two.txt
    subplan_defaults: {max_parallel: 2}
    subplans:
      - {name: one, goal: g, run: "cat flat.txt > one.txt"}
      - name: inner
        goal: the inner
        after: [one]
        subplans:
          - {name: two, goal: the innermost, run: "cat one.txt > two.txt && cat $PLAND_CONTEXT > context.txt"}
)";

}  // namespace

TEST_CASE("nested: #11253 three levels run, each on what it runs after, and merge into the root") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const LivePlan& plan = it.run(kThreeLevels);
  CHECK(plan.plan.state == ProcessingState::complete);
  CHECK(it.merged(plan, "flat.txt") == "flat\n");
  CHECK(it.merged(plan, "one.txt") == "flat\n");
  CHECK(it.merged(plan, "two.txt") == "flat\n");
  const LivePlan& middle = child_of(it, plan, "middle");
  CHECK(middle.plan.state == ProcessingState::complete);
  CHECK(middle.plan.phase == Phase::execute);
  CHECK(it.subplan(plan, "middle").files_changed ==
        std::vector<std::string>{"context.txt", "one.txt", "two.txt"});
}

TEST_CASE("nested: #823 #2061 #2073 #2095 #3959 a child is a full plan with exactly what it inherits") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const LivePlan& plan = it.run(kThreeLevels);
  const LivePlan& middle = child_of(it, plan, "middle");
  const LivePlan& inner = child_of(it, middle, "inner");
  for (const auto& [parent, child] : {std::pair(&plan, &middle), std::pair(&middle, &inner)}) {
    CHECK(child->plan.parent_plan_id == parent->plan.plan_id);
    CHECK(child->plan.root_plan_id == plan.plan.plan_id);
    CHECK(child->plan.depth == parent->plan.depth + 1);
    // Inherited.
    CHECK(child->plan.profile == parent->plan.profile);
    CHECK(child->plan.effective_profile == parent->plan.effective_profile);
    CHECK(child->plan.execution_environment == parent->plan.execution_environment);
    CHECK(child->plan.execution_env_priority == parent->plan.execution_env_priority);
    CHECK(child->plan.invariants == parent->plan.invariants);
    CHECK(child->plan.project_links == parent->plan.project_links);
    CHECK(child->plan.actors == parent->plan.actors);
    CHECK(child->plan.created_by == parent->plan.created_by);
    CHECK(child->plan.read_only == parent->plan.read_only);
    CHECK(child->plan.reusable == parent->plan.reusable);
    // Not inherited.
    CHECK(child->plan.description != parent->plan.description);
    CHECK(child->plan.definition_of_done != parent->plan.definition_of_done);
    CHECK(child->plan.action_name.empty());
    CHECK(child->plan.decision_root_id != parent->plan.decision_root_id);
  }
  CHECK(plan.plan.profile.profile == "trusted");
  CHECK(plan.plan.definition_of_done == "everything is there");
  CHECK(middle.plan.definition_of_done == "the middle");
  CHECK(plan.plan.depth == 0);
}

TEST_CASE(
    "nested: #8972 the tree of the root holds the decisions of every level, under the spawn that made them") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const LivePlan& plan = it.run(kThreeLevels);
  auto tree = it.engine().tree(plan.plan.plan_id, false);
  REQUIRE_MESSAGE(tree.ok(), tree.error().message);
  CHECK(tree->root.decision.decision_type == DecisionType::prompt_definition);
  CHECK(tree->root.decision.question == "What is the plan prompt?");
  CHECK(tree->root.decision.chosen_option == "the whole");
  CHECK_FALSE(tree->root.decision.parent_decision_id.has_value());
  CHECK(tree->child_plans.size() == 5);
  REQUIRE(tree->root.children.size() == 3);  // the invariant and two spawns
  CHECK(tree->root.children[0].decision.decision_type == DecisionType::invariant_enforced);
  const DecisionNode& middle = tree->root.children[2];
  CHECK(middle.decision.decision_type == DecisionType::subplan_parallel_spawn);
  REQUIRE(middle.children.size() == 1);
  CHECK(middle.children[0].decision.decision_type == DecisionType::prompt_definition);
  CHECK(middle.children[0].decision.plan_id == middle.child_plan_id);
  CHECK(tree->depth == 7);
}

TEST_CASE(
    "nested: a failure far below fails every plan above; a retry of it completes them, and repeats nothing") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const auto flag = it.project().parent_path() / "mended";
  const std::string yaml = R"(
plan: local/mend
goal: g
subplan_defaults: {retry_failed: false}
subplans:
  - name: outer
    goal: g
    subplans:
      - {name: good, goal: g, run: "echo x >> )" +
                           (it.project().parent_path() / "runs").string() +
                           R"(; echo good > good.txt"}
      - {name: bad, goal: g, run: "test -e )" +
                           flag.string() + R"( && echo bad > bad.txt"}
)";
  const std::string id = it.spawn(yaml);
  it.until_idle();
  CHECK(it.plan(id).plan.state == ProcessingState::errored);
  const SubplanStatus outer = it.subplan(it.plan(id), "outer");
  CHECK(outer.state == ProcessingState::errored);
  CHECK(outer.failure == FailureKind::children);
  const LivePlan& child = it.plan(outer.subplan_id);
  CHECK(it.subplan(child, "good").state == ProcessingState::complete);
  const std::string bad = it.subplan(child, "bad").subplan_id;

  it.write("../mended", "");
  REQUIRE(it.await(it.engine().retry(bad)).ok());
  it.until_idle();
  CHECK(it.plan(id).plan.state == ProcessingState::complete);
  CHECK(it.merged(it.plan(id), "good.txt") == "good\n");
  CHECK(it.merged(it.plan(id), "bad.txt") == "bad\n");
  CHECK(it.read("../runs") == "x\n");
}

TEST_CASE("nested: a conflict between children waits for a person, whose answer completes the plans above") {
  EngineFixture it(Files{{"a.txt", "one\n"}});
  const std::string id = it.spawn(R"(
plan: local/clash
goal: g
subplans:
  - name: outer
    goal: g
    subplans:
      - {name: left, goal: g, run: "echo left > a.txt"}
      - {name: right, goal: g, run: "echo right > a.txt"}
)");
  it.until_idle();
  const SubplanStatus outer = it.subplan(it.plan(id), "outer");
  CHECK(outer.failure == FailureKind::conflict);
  const LivePlan& child = it.plan(outer.subplan_id);
  REQUIRE(child.conflicts.size() == 1);
  ResolveRequest request;
  request.conflict_id = child.conflicts[0].conflict_id;
  request.resolution = Resolution::theirs;
  REQUIRE(it.await(it.engine().resolve(request)).ok());
  it.until_idle();
  CHECK(it.plan(outer.subplan_id).plan.state == ProcessingState::complete);
  CHECK(it.plan(id).plan.state == ProcessingState::complete);
  CHECK(it.merged(it.plan(id), "a.txt") == "right\n");
}

TEST_CASE("nested: #3943 cancelling the root reaches every descendant") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const auto started = it.project().parent_path() / "started";
  const std::string id = it.spawn(R"(
plan: local/stop
goal: g
subplans:
  - name: outer
    goal: g
    subplans:
      - {name: long, goal: g, run: "touch )" +
                                  started.string() + R"(; echo ready; exec sleep 600"}
      - {name: later, goal: g, after: [long], run: "true"}
)");
  it.run_until([&] { return std::filesystem::exists(started); });
  REQUIRE(it.await(it.engine().cancel(id)).ok());
  it.until_idle();
  const LivePlan& child = it.plan(it.subplan(it.plan(id), "outer").subplan_id);
  CHECK(it.plan(id).plan.state == ProcessingState::cancelled);
  CHECK(child.plan.state == ProcessingState::cancelled);
  CHECK(it.subplan(child, "long").state == ProcessingState::cancelled);
  CHECK(it.subplan(child, "later").state == ProcessingState::cancelled);
}

TEST_CASE("nested: max_child_depth is held, before anything is stored") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const auto spawned = [&](int depth) {
    PlanSpec spec;
    spec.name = "local/depth";
    spec.max_child_depth = depth;
    SubplanSpec leaf;
    leaf.name = "leaf";
    leaf.run = "true";
    SubplanSpec middle;
    middle.name = "middle";
    middle.subplans = {leaf};
    spec.subplans = {middle};
    SpawnRequest request;
    request.spec = spec;
    return it.engine().spawn(request);
  };
  CHECK_FALSE(spawned(1).ok());
  const auto refused = spawned(2);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("max_child_depth is 2") != std::string::npos);
  CHECK(refused.error().message.find("middle") != std::string::npos);
  CHECK(it.engine().plans().empty());
  CHECK(spawned(3).ok());
  it.until_idle();
}

TEST_CASE("nested: #3749 names of children spawned in one millisecond differ, whatever their own names") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  std::string yaml = "plan: local/names\ngoal: g\nsubplans:\n";
  for (int i = 0; i < 60; ++i) yaml += "  - {name: s" + std::to_string(i) + ", goal: g, run: 'true'}\n";
  const LivePlan& plan = it.run(yaml);
  std::set<std::string> names;
  auto tree = it.engine().tree(plan.plan.plan_id, false);
  REQUIRE(tree.ok());
  for (const Plan& child : tree->child_plans) names.insert(child.name);
  CHECK(names.size() == 60);
}

TEST_CASE("nested: after a restart the children are there, and what is done stays done") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const std::string id = it.run(kThreeLevels).plan.plan_id;
  const LivePlan before = it.plan(id);
  it.close_engine();
  it.open_engine();
  CHECK(it.plan(id).plan == before.plan);
  CHECK(it.plan(id).subplans == before.subplans);
  CHECK(child_of(it, it.plan(id), "middle").subplans.size() == 2);
}

TEST_CASE(
    "spawn: #198 #3561 a command asks for child plans, which run on what it did and merge into its result") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  it.write("work.sh", R"(echo own > own.txt
for name in one two; do
  echo "{\"tool\": \"builtin/plan-subplan\", \"arguments\": {\"name\": \"$name\", \"goal\": \"do $name\", \"parallel\": true, \"run\": \"cat own.txt > $name.txt\", \"resource_scopes\": [\"$name.txt\"]}}" >> "$PLAND_CALLS"
done
echo '{"tool": "builtin/write_file", "arguments": {"path": "called.txt", "content": "called"}}' >> "$PLAND_CALLS"
)");
  const LivePlan& plan = it.run(R"(
plan: local/asks
goal: g
subplans:
  - {name: boss, goal: the boss, run: sh work.sh, check: test -f one.txt && test -f two.txt && test -f called.txt}
)");
  CHECK(plan.plan.state == ProcessingState::complete);
  CHECK(it.merged(plan, "one.txt") == "own\n");
  CHECK(it.merged(plan, "two.txt") == "own\n");
  CHECK(it.merged(plan, "called.txt") == "called");
  const LivePlan& boss = child_of(it, plan, "boss");
  CHECK(boss.subplans.size() == 2);
  CHECK(it.engine().find_plan(boss.plan.plan_id)->plan.depth == 1);
  auto tree = it.engine().tree(boss.plan.plan_id, false);
  REQUIRE_MESSAGE(tree.ok(), tree.error().message);
  CHECK(tree->root.decision.chosen_option == "the boss");
  int spawns = 0;
  for (const auto& node : tree->root.children) {
    if (node.decision.decision_type == DecisionType::subplan_parallel_spawn) ++spawns;
  }
  CHECK(spawns == 2);
  it.close_engine();
  it.open_engine();
  CHECK(it.plan(it.engine().plans().front()->plan.plan_id).plan.state == ProcessingState::complete);
}

TEST_CASE(
    "spawn: #198 a proposal without a scope is refused with everything that is wrong, and nothing is "
    "spawned") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const LivePlan& plan = it.run(R"(
plan: local/wrong
goal: g
subplans:
  - name: boss
    goal: g
    tools:
      - builtin/plan-subplan: {name: one, goal: g, run: "true"}
)");
  const SubplanStatus& boss = it.subplan(plan, "boss");
  CHECK(boss.failure == FailureKind::tool_failed);
  CHECK(boss.error.find("resource_scopes") != std::string::npos);
  CHECK(it.engine().plans().size() == 1);
}

TEST_CASE("nested: revert sets the results of every level aside, and its undo brings them back") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const std::string runs = (it.project().parent_path() / "runs").string();
  const std::string id = it.spawn(
      "plan: local/back\ngoal: g\nsubplan_defaults: {retry_failed: false}\nsubplans:\n"
      "  - name: outer\n    goal: g\n    subplans:\n"
      "      - {name: good, goal: g, run: 'echo x >> " +
      runs +
      "; echo 1 > good.txt'}\n"
      "      - {name: bad, goal: g, run: 'exit 3'}\n");
  it.until_idle();
  const std::string outer = it.subplan(it.plan(id), "outer").subplan_id;
  auto report = it.engine().errors(id);
  REQUIRE(report.ok());
  CHECK(report->errors[0].decision.context_snapshot["recovery"]["recovery_command"] ==
        "pland errors " + outer);
  RevertRequest request;
  request.plan_id = id;
  request.reason = "other work";
  REQUIRE(it.await(it.engine().revert(request)).ok());
  CHECK(it.plan(outer).plan.phase == Phase::strategize);
  CHECK(it.subplan(it.plan(outer), "good").state == ProcessingState::queued);
  REQUIRE(it.await(it.engine().undo()).ok());
  CHECK(it.subplan(it.plan(outer), "good").state == ProcessingState::complete);
  REQUIRE(it.await(it.engine().revert(request)).ok());
  REQUIRE(it.await(it.engine().execute(id)).ok());
  it.until_idle();
  CHECK(it.read("../runs") == "x\nx\n");
  auto tree = it.engine().tree(id, false);
  REQUIRE(tree.ok());
  const bool told =
      std::any_of(tree->root.children.begin(), tree->root.children.end(),
                  [](const DecisionNode& node) { return node.decision.rationale == "other work"; });
  CHECK(told);
  tree = it.engine().tree(id, true);
  REQUIRE(tree.ok());
  CHECK(std::any_of(tree->root.children.begin(), tree->root.children.end(), [](const DecisionNode& node) {
    return node.decision.decision_type == DecisionType::prompt_definition && node.decision.superseded_at;
  }));
}
