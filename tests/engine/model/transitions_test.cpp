// The table of legal steps (requirements 1), and going back (#2380, #1737, #185, #2864).
#include "engine/model/transitions.h"

#include <doctest/doctest.h>

#include <array>
#include <fstream>
#include <set>
#include <sstream>

using namespace pland::engine;
using enum Phase;
using enum ProcessingState;

namespace {

constexpr std::array kPhases{action, strategize, execute, apply};
constexpr std::array kStates{queued, processing, complete, errored, cancelled, applied, constrained};

std::string words(Place place) {
  return std::string(to_string(place.phase)) + "/" + std::string(to_string(place.state));
}

}  // namespace

TEST_CASE("transitions: every step leads from a possible place to another one") {
  std::set<std::string> seen;
  for (const Transition& transition : transitions()) {
    const std::string name = words(transition.from) + " -> " + words(transition.to);
    CAPTURE(name);
    CHECK(is_consistent(transition.from));
    CHECK(is_consistent(transition.to));
    CHECK_FALSE(transition.from == transition.to);
    CHECK_FALSE(transition.by.empty());
    CHECK(seen.insert(name).second);
  }
}

TEST_CASE(
    "transitions: forward only from action to strategize to execute to apply, back only to strategize") {
  for (const Transition& transition : transitions()) {
    const int from = static_cast<int>(transition.from.phase);
    const int to = static_cast<int>(transition.to.phase);
    CAPTURE(transition.by);
    if (to > from) CHECK(to == from + 1);
    // An apply that was undone, was of a part or failed goes back to where it came from: nothing is executed
    // again. Everything else that goes back goes to strategize (#1737).
    const bool from_apply = transition.from.phase == apply && transition.to.phase == execute;
    if (to < from && !from_apply) CHECK(transition.to == Place{strategize, queued});
  }
}

TEST_CASE(
    "transitions: applied and constrained belong to apply alone, and every place but an end has a way on") {
  for (const Phase phase : kPhases) {
    for (const ProcessingState state : kStates) {
      const Place place{phase, state};
      CAPTURE(words(place));
      if (state == applied || state == constrained) CHECK(is_consistent(place) == (phase == apply));
      if (!is_consistent(place)) continue;
      const bool has_way =
          std::any_of(transitions().begin(), transitions().end(),
                      [&](const Transition& transition) { return transition.from == place; });
      CHECK(has_way);
    }
  }
}

TEST_CASE("transitions: an illegal step is refused, with where it is and the ways on") {
  const Status refused = check_transition({execute, complete}, {apply, applied});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::refused);
  CHECK(refused.error().message.find("execute/complete cannot become apply/applied") != std::string::npos);
  CHECK(refused.error().message.find("apply/processing (apply)") != std::string::npos);
  CHECK(refused.error().context["from"] == "execute/complete");
  CHECK(check_transition({execute, complete}, {execute, complete}).ok());
  CHECK_FALSE(check_transition({strategize, queued}, {apply, processing}).ok());
  CHECK_FALSE(check_transition({apply, applied}, {strategize, queued}).ok());
}

TEST_CASE("transitions: #2380 #1737 #185 a plan goes back to strategize only, and at most three times") {
  CHECK(check_reversion({strategize, errored}, strategize, 0).ok());
  CHECK(check_reversion({execute, errored}, strategize, 2).ok());
  CHECK(check_reversion({apply, constrained}, strategize, 0).ok());
  CHECK_FALSE(check_reversion({execute, errored}, strategize, kMaxReversions).ok());
  CHECK_FALSE(check_reversion({execute, errored}, execute, 0).ok());
  CHECK_FALSE(check_reversion({apply, applied}, strategize, 0).ok());
  CHECK_FALSE(check_reversion({execute, processing}, strategize, 0).ok());
  const Status used_up = check_reversion({execute, errored}, strategize, 3);
  CHECK(used_up.error().message.find("3 times") != std::string::npos);
}

TEST_CASE("transitions: docs/lifecycle.md shows this very table") {
  std::string table = "| from | to | by |\n| --- | --- | --- |\n";
  for (const Transition& transition : transitions()) {
    table += "| " + words(transition.from) + " | " + words(transition.to) + " | " +
             std::string(transition.by) + " |\n";
  }
  std::ifstream file(std::string(PLAND_SOURCE_DIR) + "/docs/lifecycle.md");
  std::stringstream text;
  text << file.rdbuf();
  const bool shown = text.str().find(table) != std::string::npos;
  CHECK_MESSAGE(shown, "docs/lifecycle.md lacks this table:\n" << table);
}
