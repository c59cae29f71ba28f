// Which plans have their conflicts and failures on the screen. Loop thread only.
#pragma once

#include "server/workspace.h"

namespace pland::server {

/// Until the plan is applied, a newer one of the same file takes its place, or its project leaves the
/// workspace. A cancelled plan too: its results can be applied once its conflicts are resolved, and what
/// failed can be retried.
inline bool is_shown(const Workspace& workspace, const engine::Engine& engine, const engine::LivePlan& plan) {
  if (!workspace.is_wanted(engine)) return false;
  if (plan.plan.state == engine::ProcessingState::applied) return false;
  return plan.plan.uri.empty() || engine.plan_of_file(plan.plan.uri) == &plan;
}

}  // namespace pland::server
