#include <doctest/doctest.h>

#include "engine/base/nearest_name.h"
#include "engine/planfile/duration.h"
#include "engine/planfile/plan_document.h"

using namespace pland::engine;
using namespace pland::engine::planfile;
using std::chrono::milliseconds;

TEST_CASE("planfile duration: units and plain seconds") {
  CHECK(parse_duration("10m") == milliseconds(600'000));
  CHECK(parse_duration("90s") == milliseconds(90'000));
  CHECK(parse_duration("1h30m") == milliseconds(5'400'000));
  CHECK(parse_duration("500ms") == milliseconds(500));
  CHECK(parse_duration("90") == milliseconds(90'000));
  CHECK(parse_duration("0.5") == milliseconds(500));
  CHECK(parse_duration("1.5h") == milliseconds(5'400'000));
  CHECK(parse_duration("2d1s1ms") == milliseconds(172'801'001));
  CHECK(parse_duration("0") == milliseconds(0));
  for (const std::string_view bad : {"", "m", "10 m", "-1", "1e3", "10x", "1m1h", "1s1s", "1h30", ".5", "5.",
                                     "1.2.3s", "1m ", "99999999999d", "0x10", "١s", "1ms1s"}) {
    CAPTURE(bad);
    CHECK(parse_duration(bad) == std::nullopt);
  }
}

TEST_CASE("planfile nearest name: typing mistakes are found, other words are not") {
  const std::vector<std::string_view> names{"goal", "subplans", "subplan_defaults", "max_parallel", "run"};
  CHECK(nearest_name("gaol", names) == "goal");
  CHECK(nearest_name("subplan", names) == "subplans");
  CHECK(nearest_name("max-parallel", names) == "max_parallel");
  CHECK(nearest_name("MaxParallel", names) == "max_parallel");
  CHECK(nearest_name("rnu", names) == "run");
  CHECK(nearest_name("timeout", names).empty());
  CHECK(nearest_name("", names).empty());
  CHECK(nearest_name("x", std::vector<std::string_view>{"y"}).empty());
  CHECK(nearest_name(std::string(1000, 'g'), names).empty());
}

TEST_CASE("planfile edit distance: insert, delete, substitute, swap") {
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "abc") == 0);
  CHECK(edit_distance("abc", "acb") == 1);
  CHECK(edit_distance("abc", "ac") == 1);
  CHECK(edit_distance("abc", "axc") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("planfile: defaults hold where nothing is said") {
  const auto document = parse("plan: x\nsubplans: [{name: a, run: make}]\n");
  REQUIRE(document.spec.has_value());
  CHECK(document.spec->name == "local/x");
  CHECK(document.spec->profile.empty());  // chosen when the plan is made
  CHECK(document.spec->subplan_defaults.max_parallel == 5);
  CHECK(document.spec->subplan_defaults.max_retries == 2);
  CHECK_FALSE(document.spec->subplan_defaults.timeout.has_value());
  CHECK_FALSE(document.spec->subplans[0].max_retries.has_value());
}

TEST_CASE("planfile: every key reaches the specification") {
  const auto document = parse(
      "plan: srv:team/x\nsubplan_defaults: {mode: sequential, merge: last_wins, max_parallel: 50, fail_fast: "
      "true,\n"
      "  timeout: 1h, idle_timeout: 30, retry_failed: false, max_retries: 0}\n"
      "subplans:\n- name: a\n  goal: g\n  run: r\n  check: c\n  env: {A: b}\n  timeout: 5s\n  idle_timeout: "
      "2s\n"
      "  max_retries: 7\n  scope: [\"a/**\", .github]\n");
  for (const Problem& problem : document.problems) MESSAGE(problem.message);
  REQUIRE(document.spec.has_value());
  const PlanSpec& spec = *document.spec;
  CHECK(spec.name == "srv:team/x");
  CHECK(spec.subplan_defaults.mode == ExecutionMode::sequential);
  CHECK(spec.subplan_defaults.merge == MergeStrategy::last_wins);
  CHECK(spec.subplan_defaults.max_parallel == 50);
  CHECK(spec.subplan_defaults.fail_fast);
  CHECK(spec.subplan_defaults.timeout == milliseconds(3'600'000));
  CHECK(spec.subplan_defaults.idle_timeout == milliseconds(30'000));
  CHECK_FALSE(spec.subplan_defaults.retry_failed);
  CHECK(spec.subplan_defaults.max_retries == 0);
  const SubplanSpec& subplan = spec.subplans[0];
  CHECK(subplan.goal == "g");
  CHECK(subplan.check == "c");
  CHECK(subplan.environment == std::map<std::string, std::string>{{"A", "b"}});
  CHECK(subplan.timeout == milliseconds(5000));
  CHECK(subplan.idle_timeout == milliseconds(2000));
  CHECK(subplan.max_retries == 7);
  CHECK(subplan.scope == std::vector<std::string>{"a/**", ".github"});
}
