#include "engine/model/escalation.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

using namespace pland::engine;

namespace {

AutomationProfile with_threshold(double threshold) {
  AutomationProfile profile;
  profile.name = "local/one";
  for (const Step step : all_steps()) profile.thresholds[step] = threshold;
  return profile;
}

}  // namespace

TEST_CASE("escalation: the weights (#558, #546)") {
  CHECK(confidence({1, 0, 1, 1}) == doctest::Approx(0.30));
  CHECK(confidence({0, 1, 1, 1}) == doctest::Approx(0.20));
  CHECK(confidence({0, 0, 0, 1}) == doctest::Approx(0.30));
  CHECK(confidence({0, 0, 1, 0}) == doctest::Approx(0.20));
  CHECK(confidence({0.5, 0.25, 0.75, 0.5}) == doctest::Approx(0.15 + 0.05 + 0.075 + 0.10));
  CHECK(confidence(ConfidenceFactors()) == 0.0);
}

TEST_CASE("escalation: what is no share of one counts as the worse end") {
  const double nan = std::nan("");
  CHECK(confidence({nan, nan, nan, nan}) == 0.0);
  CHECK(confidence({7, 7, -7, -7}) == 1.0);
  CHECK(confidence({-7, -7, 7, 7}) == 0.0);
}

TEST_CASE("escalation: a step runs when confidence is at least the threshold") {
  const ConfidenceFactors seventy{0.7, 0.7, 0.3, 0.3};
  CHECK(confidence(seventy) == 0.7);  // exactly: a sum of four products would be off by a rounding
  CHECK(escalate(with_threshold(0.7), Step::start_execute, seventy).proceed);
  CHECK_FALSE(escalate(with_threshold(0.700001), Step::start_execute, seventy).proceed);
  CHECK(escalate(with_threshold(0.699999), Step::start_execute, seventy).proceed);
  // 0 is always; 1 is met by nothing but certainty; what is below 1 is not "always" (#4018, #3333).
  CHECK(escalate(with_threshold(0), Step::start_execute, {0, 0, 1, 1}).proceed);
  CHECK_FALSE(escalate(with_threshold(1), Step::start_execute, {0.99, 1, 0, 0}).proceed);
  CHECK_FALSE(escalate(with_threshold(0.1), Step::start_execute, {0, 0, 1, 1}).proceed);
}

TEST_CASE("escalation: the answer says what was compared") {
  const EscalationDecision asked = escalate(with_threshold(0.8), Step::start_apply, {0.7, 0.7, 0.3, 0.3});
  CHECK_FALSE(asked.proceed);
  CHECK(asked.explanation ==
        "confidence 0.7 is below the 0.8 that profile 'local/one' asks for (select_tool): asking before it "
        "may start Apply when Execute is complete");
  CHECK(asked.factors == ConfidenceFactors{0.7, 0.7, 0.3, 0.3});
  CHECK(nlohmann::json(asked).get<EscalationDecision>() == asked);
  CHECK(nlohmann::json(asked).size() == 4);
}

TEST_CASE("escalation: a profile that requires a person's approval lets nothing through") {
  AutomationProfile profile = with_threshold(0);
  profile.safety.require_human_approval = true;
  const EscalationDecision decision = escalate(profile, Step::retry_transient, {1, 1, 0, 0});
  CHECK_FALSE(decision.proceed);
  CHECK(decision.confidence == 1.0);
  CHECK(decision.explanation.find("requires a person's approval") != std::string::npos);
}

TEST_CASE("escalation: success history per type of operation") {
  SuccessHistory history;
  CHECK(history.past_success_rate("edit") == 0.5);
  for (int i = 0; i < 8; ++i) history.record("edit", true);
  CHECK(history.past_success_rate("edit") == 0.9);
  CHECK(history.past_success_rate("delete") == 0.5);
  history.record("delete", false);
  CHECK(history.past_success_rate("delete") == doctest::Approx(1.0 / 3));
  CHECK(history.past_success_rate("edit") == 0.9);
  const auto stored = nlohmann::json::parse(nlohmann::json(history).dump());
  CHECK(stored.get<SuccessHistory>() == history);
}
