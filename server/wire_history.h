// The answers of `tree`, `errors` and `events` as JSON, documented in README.md. Pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "engine/plan/look.h"

namespace pland::server {

using Json = nlohmann::json;

/// `{planId, tree, summary, childPlans, decisionIds}` (requirements 3.13)
Json tree_json(const engine::DecisionTree& tree);
/// `{planId, phase, state, error?, errorDetails, errors, attempts, conflictFiles, patterns}`
Json errors_json(const engine::ErrorReport& report);
/// `{events, next, more}`
Json events_json(const engine::EventPage& page);

}  // namespace pland::server
