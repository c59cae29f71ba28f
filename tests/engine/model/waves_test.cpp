#include <doctest/doctest.h>

#include "engine/model/plan_spec.h"

using namespace pland::engine;

namespace {

PlanSpec spec_of(std::vector<std::pair<std::string, std::vector<std::string>>> subplans) {
  PlanSpec spec;
  for (auto& [name, after] : subplans) {
    SubplanSpec subplan;
    subplan.name = name;
    subplan.after = after;
    spec.subplans.push_back(subplan);
  }
  return spec;
}

}  // namespace

TEST_CASE("waves: independent subplans share the first wave") {
  CHECK(*waves(spec_of({{"a", {}}, {"b", {}}})) == std::vector<int>{0, 0});
}

TEST_CASE("waves: a dependent comes one wave after the latest it waits for") {
  CHECK(*waves(spec_of({{"d", {"b", "a"}}, {"a", {}}, {"b", {"a"}}})) == std::vector<int>{2, 0, 1});
}

TEST_CASE("waves: a cycle is refused with its members, not those that merely stand before it") {
  const auto result = waves(spec_of({{"free", {}}, {"x", {"y"}}, {"y", {"x"}}}));
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message == "these subplans wait for each other in a cycle: x, y");
}

TEST_CASE("waves: an unknown name is refused and named") {
  const auto result = waves(spec_of({{"a", {"zzz"}}}));
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message.find("'zzz'") != std::string::npos);
}

TEST_CASE("waves: sequential mode is one subplan a wave, dependencies first") {
  auto spec = spec_of({{"late", {"early"}}, {"early", {}}, {"other", {}}});
  spec.subplan_defaults.mode = ExecutionMode::sequential;
  CHECK(*waves(spec) == std::vector<int>{2, 0, 1});
}

TEST_CASE("a plan specification survives JSON") {
  auto spec = spec_of({{"a", {}}});
  spec.name = "local/x";
  spec.subplans[0].tools.push_back({"builtin/write_file", {{"path", "a"}, {"content", "b"}}});
  spec.subplans[0].timeout = std::chrono::milliseconds(1500);
  spec.subplan_defaults.max_retries = 7;
  const nlohmann::json json = spec;
  CHECK(nlohmann::json(json.get<PlanSpec>()) == json);
  CHECK(json.get<PlanSpec>().subplans[0].timeout == std::chrono::milliseconds(1500));
}
