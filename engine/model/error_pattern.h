// What failed before, and what to look at before the same is tried again (requirements 2.14, 3.8 layer 4).
// Plain data and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/model/plan.h"

namespace pland::engine {

struct ErrorPattern {
  std::string pattern;                           ///< `pattern_of` the failures that it stands for; the key
  std::vector<std::string> historical_failures;  ///< "<plan>/<subplan>: <error>", newest last, at most 10
  std::vector<std::string> preventive_checks;    ///< one sentence each, for the actor and the person
  Timestamp created_at = 0;
  std::int64_t frequency = 0;
  Timestamp last_seen = 0;
  bool operator==(const ErrorPattern&) const = default;
};

/// What the same failure has in common each time: the class, the work's first words and the error's words
/// without numbers, quoted names and paths.
std::string pattern_of(FailureClass failure_class, std::string_view work, std::string_view error);

/// `known` (or a new one when its pattern is empty) after one more failure of `subplan`.
ErrorPattern learn(ErrorPattern known, const std::string& pattern, FailureClass failure_class,
                   const std::string& plan_name, const SubplanStatus& subplan, Timestamp now);

/// Those of `patterns` that failures of work like this one's have left: to be shown before it runs.
std::vector<ErrorPattern> patterns_for(const std::vector<ErrorPattern>& patterns, const SubplanSpec& work);

}  // namespace pland::engine
