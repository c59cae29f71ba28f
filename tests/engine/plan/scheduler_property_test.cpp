// Whatever the plan and whatever happens: the limits hold, the order holds, it ends, and the event log tells
// the same story as the rows (requirements 3.2; #3171, #7394, #8944).
#include <rapidcheck.h>

#include <algorithm>
#include <map>

#include "tests/engine/plan/engine_fixture.h"

using namespace pland::engine;
using pland::test::EngineFixture;
using pland::test::Files;

namespace {

/// A subplan that succeeds, fails or never ends by itself; `after` names earlier ones only, so there is no
/// cycle.
SubplanSpec random_subplan(std::size_t index, int levels) {
  SubplanSpec spec;
  spec.name = "s" + std::to_string(index);
  for (std::size_t j = 0; j < index; ++j) {
    if (*rc::gen::inRange(0, 5) == 0) spec.after.push_back("s" + std::to_string(j));
  }
  const int kind = *rc::gen::inRange(0, levels > 0 ? 11 : 9);
  if (kind >= 9) {
    const auto count = static_cast<std::size_t>(*rc::gen::inRange(1, 4));
    for (std::size_t j = 0; j < count; ++j) spec.subplans.push_back(random_subplan(j, levels - 1));
    spec.subplan_defaults.emplace().max_parallel = *rc::gen::inRange(1, 4);
  } else if (kind == 8) {
    spec.run = "exec sleep 600";
    spec.timeout = std::chrono::milliseconds(30);
    spec.max_retries = 1;
  } else if (kind >= 6) {
    spec.tools = {{"builtin/delete_file", {{"path", "not-there"}}}};
  } else {
    spec.tools = {{"builtin/write_file", {{"path", spec.name + ".txt"}, {"content", spec.name}}}};
  }
  return spec;
}

PlanSpec random_plan() {
  PlanSpec spec;
  spec.name = "local/random";
  spec.subplan_defaults.max_parallel = *rc::gen::inRange(1, 6);
  spec.subplan_defaults.fail_fast = *rc::gen::arbitrary<bool>();
  spec.subplan_defaults.mode =
      *rc::gen::inRange(0, 4) == 0 ? ExecutionMode::sequential : ExecutionMode::parallel;
  const auto count = static_cast<std::size_t>(*rc::gen::inRange(1, 9));
  for (std::size_t i = 0; i < count; ++i) spec.subplans.push_back(random_subplan(i, 2));
  return spec;
}

/// Watches every event as it is published, and keeps what the log alone says of each subplan.
struct Watcher {
  EngineFixture& it;
  std::map<std::string, std::string> state;  ///< as the events have it
  std::string broken;                        ///< the first promise that did not hold
  int events = 0;

  void look(const Event& event) {
    ++events;
    if (event.type == "subplan.state_changed") {
      const std::string now = event.payload.at("state").get<std::string>();
      state[event.subplan_id] = now;
      if (now == "processing") started(event.subplan_id);
    }
  }
  void started(const std::string& id) {
    const LivePlan& plan = *it.engine().plan_of_subplan(id);
    const auto running = std::count_if(
        plan.subplans.begin(), plan.subplans.end(),
        [](const SubplanStatus& subplan) { return subplan.state == ProcessingState::processing; });
    const PlanSpec& spec = plan.plan.spec;
    if (running > spec.subplan_defaults.max_parallel) broken = "more than max_parallel run";
    const auto self = std::find_if(plan.subplans.begin(), plan.subplans.end(),
                                   [&](const SubplanStatus& subplan) { return subplan.subplan_id == id; });
    for (const std::string& name : self->spec.after) {
      const bool done =
          std::any_of(plan.subplans.begin(), plan.subplans.end(), [&](const SubplanStatus& subplan) {
            return subplan.spec.name == name && subplan.state == ProcessingState::complete;
          });
      if (!done) broken = "'" + self->spec.name + "' started before '" + name + "' was complete";
    }
    if (spec.subplan_defaults.mode == ExecutionMode::sequential && running > 1) broken = "not one by one";
  }
};

std::string check_end(EngineFixture& it, const Watcher& watcher) {
  if (!watcher.broken.empty()) return watcher.broken;
  std::map<std::string, std::string> log;
  auto page = it.engine().events_after(0, 10'000);
  if (!page.ok() || page->more) return "the log cannot be read whole";
  for (const Event& event : page->events) {
    if (event.type == "subplan.state_changed")
      log[event.subplan_id] = event.payload.at("state").get<std::string>();
  }
  for (const LivePlan* plan : it.engine().plans()) {
    const bool ended = is_settled(plan->plan.state);
    bool reached = plan->plan.phase == Phase::execute;
    if (reached && !ended) return plan->plan.name + " did not end";
    for (const auto& subplan : plan->subplans) {
      if (reached && !is_settled(subplan.state)) return subplan.spec.name + " did not end";
      const auto told = log.find(subplan.subplan_id);
      const std::string now(to_string(subplan.state));
      if (told != log.end() && told->second != now)
        return "the log says " + told->second + ", the row " + now;
      if (told == log.end() && now != "queued") return "nothing in the log of " + subplan.spec.name;
      if (subplan.state != ProcessingState::complete && !subplan.result_commit.empty())
        return subplan.spec.name + " has a result and is " + now;
    }
  }
  return "";
}

}  // namespace

TEST_CASE("scheduler: random plans with failures, time limits and cancels keep every promise") {
  const bool held = rc::check("random plans", [] {
    EngineFixture it(Files{{"a.txt", "a\n"}});
    Watcher watcher{it, {}, {}, 0};
    const auto subscription =
        it.engine().events().subscribe([&](const Event& event) { watcher.look(event); });
    SpawnRequest request;
    request.spec = random_plan();
    const auto id = it.engine().spawn(std::move(request));
    RC_ASSERT(id.ok());
    if (*rc::gen::inRange(0, 2) == 0) {
      const int moment = *rc::gen::inRange(1, 40);
      it.run_until([&] { return watcher.events >= moment || !it.engine().busy(); });
      if (it.engine().busy()) (void)it.await(it.engine().cancel(*id));
    }
    it.until_idle();
    const std::string broken = check_end(it, watcher);
    if (!broken.empty()) RC_FAIL(broken);
  });
  CHECK(held);
}

TEST_CASE(
    "scheduler: #4005 subplans that may write the same opaque file take turns, each on what came before") {
  EngineFixture it(Files{{"model.bin", std::string("\0\1", 2)}});
  const LivePlan& plan = it.run(R"(
plan: local/turns
goal: g
opaque: ["*.bin"]
subplans:
  - {name: one, goal: g, scope: ["*.bin"], run: "printf one >> model.bin"}
  - {name: two, goal: g, scope: [model.bin], run: "printf two >> model.bin"}
  - {name: beside, goal: g, scope: [docs/**], run: "mkdir docs; echo d > docs/d"}
)");
  CHECK(plan.plan.state == ProcessingState::complete);
  CHECK(it.merged(plan, "model.bin") == std::string("\0\1onetwo", 8));
  CHECK(plan.conflicts.empty());
}
