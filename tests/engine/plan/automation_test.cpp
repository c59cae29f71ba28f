// What the automation profile lets happen by itself, and what holds it in (requirements 1.1; #2061, #3372,
// #5619, #8956, #2392).
#include "tests/engine/plan/engine_fixture.h"

using namespace pland::engine;
using pland::test::EngineFixture;
using pland::test::Files;

namespace {

std::string plan_under(const std::string& profile, const std::string& rest = "") {
  return "plan: local/p\ngoal: g\n" + (profile.empty() ? "" : "profile: " + profile + "\n") + rest +
         "subplans:\n  - {name: w, goal: g, run: 'echo new > new.txt'}\n";
}

const LivePlan& used(EngineFixture& it, const std::string& profile) {
  SpawnRequest request;
  request.spec.name = "local/used";
  request.spec.profile = profile;
  SubplanSpec subplan;
  subplan.name = "w";
  subplan.run = "true";
  request.spec.subplans = {subplan};
  request.hold = true;
  const auto id = it.engine().spawn(request);
  REQUIRE_MESSAGE(id.ok(), id.error().message);
  it.until_idle();
  return it.plan(*id);
}

}  // namespace

TEST_CASE("profile: #8956 locked at use, with where it came from; an unknown name is refused with the list") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const LivePlan& named = it.run(plan_under("trusted"));
  CHECK(named.plan.profile == ProfileReference{"trusted", ProfileSource::plan});
  CHECK(named.plan.effective_profile["thresholds"]["select_tool"] == 1.0);
  const LivePlan& unnamed = it.run(plan_under(""));
  CHECK(unnamed.plan.profile == ProfileReference{"supervised", ProfileSource::fallback});
  SpawnRequest request;
  request.spec.name = "local/x";
  request.spec.profile = "balanced";  // #2379
  request.spec.subplans.emplace_back().name = "w";
  const auto refused = it.engine().spawn(request);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("full-auto") != std::string::npos);
}

TEST_CASE("profile: Execute begins by itself after `use` under trusted, and waits under supervised") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  CHECK(used(it, "supervised").plan.phase == Phase::strategize);
  CHECK(used(it, "manual").plan.phase == Phase::strategize);
  CHECK(used(it, "trusted").plan.phase == Phase::execute);
  CHECK(used(it, "trusted").plan.state == ProcessingState::complete);
}

TEST_CASE("profile: Apply begins by itself under ci, and never under auto, trusted, review or supervised") {
  for (const char* profile : {"auto", "trusted", "review", "supervised", "manual", "cautious"}) {
    EngineFixture it(Files{{"a.txt", "a\n"}});
    const LivePlan& plan = it.run(plan_under(profile));
    CAPTURE(profile);
    CHECK(plan.plan.state == ProcessingState::complete);
    CHECK_FALSE(it.exists("new.txt"));
  }
  for (const char* profile : {"ci", "full-auto"}) {
    EngineFixture it(Files{{"a.txt", "a\n"}});
    const LivePlan& plan = it.run(plan_under(profile));
    CAPTURE(profile);
    CHECK(plan.plan.state == ProcessingState::applied);
    CHECK(it.read("new.txt") == "new\n");
  }
}

TEST_CASE("profile: #4018 no retry by itself where the threshold is 1, and none that guards forbid") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const auto attempts = [&](const std::string& profile) {
    const LivePlan& plan = it.run("plan: local/r\ngoal: g\nprofile: " + profile +
                                  "\nsubplans:\n  - {name: f, goal: g, run: 'exit 1', max_retries: 2}\n");
    auto made = it.engine().attempts(it.subplan(plan, "f").subplan_id);
    REQUIRE(made.ok());
    return made->size();
  };
  CHECK(attempts("manual") == 1);
  CHECK(attempts("supervised") == 2);
}

TEST_CASE(
    "invariant: #2392 its check gates apply: constrained until it passes, and the files stay as they are") {
  EngineFixture it(Files{{"a.txt", "a\n"}});
  const std::string flag = (it.project().parent_path() / "allowed").string();
  const LivePlan& plan = it.run(plan_under(
      "", "invariants:\n  - words alone\n  - {text: nothing new, check: 'test ! -e new.txt || test -e " +
              flag + "'}\n"));
  CHECK(plan.plan.invariants.size() == 2);
  CHECK(plan.plan.invariants[1].source == InvariantSource::plan);
  ApplyRequest request;
  request.plan_id = plan.plan.plan_id;
  const auto refused = it.await(it.engine().apply(request));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("'nothing new' does not hold") != std::string::npos);
  CHECK(plan.plan.phase == Phase::apply);
  CHECK(plan.plan.state == ProcessingState::constrained);
  CHECK_FALSE(it.exists("new.txt"));
  CHECK(plan.plan.validation_summary["invariants"][0]["passed"] == false);

  it.write("../allowed", "");
  const auto applied = it.await(it.engine().apply(request));
  REQUIRE_MESSAGE(applied.ok(), applied.error().message);
  CHECK(it.read("new.txt") == "new\n");
  CHECK(plan.plan.state == ProcessingState::applied);
}
