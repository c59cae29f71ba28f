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
  if (plan.plan.uri.empty()) return true;
  const engine::LivePlan* newest = engine.plan_of_file(plan.plan.uri);
  return newest != nullptr && newest->plan.plan_id == plan.plan.root_plan_id;  // a child shows with its root
}

}  // namespace pland::server
