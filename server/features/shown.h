// Which plans have their conflicts and failures on the screen. Loop thread only.
#pragma once

#include "engine/plan/engine.h"

namespace pland::server {

/// Until the plan is applied, or a newer one of the same file takes its place. A cancelled plan too: its
/// results can be applied once its conflicts are resolved, and what failed can be retried.
inline bool is_shown(const engine::Engine& engine, const engine::LivePlan& plan) {
  if (plan.plan.state == engine::ProcessingState::applied) return false;
  return plan.plan.uri.empty() || engine.plan_of_file(plan.plan.uri) == &plan;
}

}  // namespace pland::server
