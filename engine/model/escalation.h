// May a step run by itself, or is a person asked? Confidence against a profile's threshold (requirements
// 1.1, #558, #546). Plain values, any thread.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "engine/model/profile.h"

namespace pland::engine {

/// What confidence is made of, each 0 to 1; what is outside (or no number) counts as the worse end.
struct ConfidenceFactors {
  double past_success_rate = 0;     ///< weight 0.30; see SuccessHistory
  double codebase_familiarity = 0;  ///< weight 0.20
  double risk_assessment = 1;       ///< weight 0.30, as 1 - risk
  double invariant_complexity = 1;  ///< weight 0.20, as 1 - complexity
  bool operator==(const ConfidenceFactors&) const = default;
};

/// The weighted sum, 0 to 1, rounded to six decimals, so that factors which add up to a threshold meet it.
double confidence(const ConfidenceFactors& factors);

struct EscalationDecision {
  bool proceed = false;  ///< the step runs by itself; otherwise a person is asked
  double confidence = 0;
  ConfidenceFactors factors;
  std::string explanation;  ///< one line for people: the numbers compared, or the rule that decided
  bool operator==(const EscalationDecision&) const = default;
};

/// proceed = confidence >= threshold, unless the profile requires a person's approval of everything.
EscalationDecision escalate(const AutomationProfile& profile, Step step, const ConfidenceFactors& factors);

/// How often operations of each type went well. The loop thread owns the project's one.
class SuccessHistory {
 public:
  struct Count {
    std::int64_t succeeded = 0;
    std::int64_t failed = 0;
    bool operator==(const Count&) const = default;
  };
  void record(const std::string& operation_type, bool succeeded);
  /// (succeeded + 1) / (tried + 2), Laplace's rule of succession: 0.5 for what was never tried, and never
  /// certain.
  double past_success_rate(std::string_view operation_type) const;
  const std::map<std::string, Count, std::less<>>& counts() const { return counts_; }
  bool operator==(const SuccessHistory&) const = default;

 private:
  friend void from_json(const nlohmann::json& json, SuccessHistory& history);
  std::map<std::string, Count, std::less<>> counts_;
};

void to_json(nlohmann::json& json, const ConfidenceFactors& factors);
void from_json(const nlohmann::json& json, ConfidenceFactors& factors);
void to_json(nlohmann::json& json, const EscalationDecision& decision);
void from_json(const nlohmann::json& json, EscalationDecision& decision);
void to_json(nlohmann::json& json, const SuccessHistory& history);
void from_json(const nlohmann::json& json, SuccessHistory& history);

}  // namespace pland::engine
