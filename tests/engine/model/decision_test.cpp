// Which decisions are legal where (#973, requirements 2.9).
#include "engine/model/decision.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

using namespace pland::engine;
using enum DecisionType;

namespace {

constexpr std::array kTypes{prompt_definition,      invariant_enforced,    strategy_choice,
                            resource_selection,     implementation_choice, subplan_spawn,
                            subplan_parallel_spawn, tool_invocation,       validation_response,
                            error_recovery,         user_intervention};

Decision decision_of(DecisionType type) {
  Decision decision;
  decision.decision_type = type;
  if (type != prompt_definition) decision.parent_decision_id = "root";
  return decision;
}

bool legal(DecisionType type, Phase phase) {
  return check_decision(decision_of(type), phase).ok();
}

}  // namespace

TEST_CASE("decisions: each of the eleven types is legal exactly where it belongs") {
  for (const DecisionType type : kTypes) {
    CAPTURE(to_string(type));
    const bool strategize_only =
        type == prompt_definition || type == invariant_enforced || type == strategy_choice;
    const bool execute_only = type == implementation_choice || type == tool_invocation ||
                              type == validation_response || type == error_recovery;
    CHECK(legal(type, Phase::strategize) == !execute_only);
    CHECK(legal(type, Phase::execute) == !strategize_only);
    CHECK(legal(type, Phase::apply) == (type == user_intervention));
    CHECK_FALSE(legal(type, Phase::action));
  }
}

TEST_CASE("decisions: #973 a violation names the type, the phase and what is allowed there") {
  const Status refused = check_decision(decision_of(tool_invocation), Phase::strategize);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().context["decision_type"] == "tool_invocation");
  CHECK(refused.error().context["plan_phase"] == "strategize");
  const auto& allowed = refused.error().context["allowed_types"];
  CHECK(std::find(allowed.begin(), allowed.end(), "strategy_choice") != allowed.end());
  CHECK(std::find(allowed.begin(), allowed.end(), "tool_invocation") == allowed.end());
}

TEST_CASE("decisions: prompt_definition alone has no parent") {
  Decision root = decision_of(prompt_definition);
  CHECK(check_decision(root, Phase::strategize).ok());
  root.parent_decision_id = "x";
  CHECK_FALSE(check_decision(root, Phase::strategize).ok());
  Decision other = decision_of(subplan_spawn);
  other.parent_decision_id.reset();
  CHECK_FALSE(check_decision(other, Phase::execute).ok());
}
