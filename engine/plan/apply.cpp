// The verb `apply`: the plan's result into the user's folder, three-way with what the user has now.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "engine/plan/apply_change.h"
#include "engine/plan/automation.h"
#include "engine/plan/change.h"
#include "engine/plan/operations.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

nlohmann::json open_paths(const std::vector<Conflict>& conflicts) {
  nlohmann::json paths = nlohmann::json::array();
  for (const auto& conflict : conflicts) {
    if (is_open(conflict) && std::find(paths.begin(), paths.end(), conflict.path) == paths.end()) {
      paths.push_back(conflict.path);
    }
  }
  return paths;
}

Error open_conflicts(const std::vector<Conflict>& conflicts, const std::string& where) {
  const nlohmann::json paths = open_paths(conflicts);
  std::string names;
  for (const auto& path : paths) names += (names.empty() ? "" : ", ") + path.get<std::string>();
  return Error{
      ErrorCode::conflict,
      fmt::format(
          "{} in {}: resolve with a quick fix on the diagnostic or with pland.resolve, then apply again",
          where, names),
      {{"paths", paths}}};
}

Status check_allowed(const EngineState& state, const PlanRuntime& plan) {
  const Plan& values = plan.live.plan;
  if (state.closing) return refused("pland is shutting down");
  if (plan.exclusive)
    return refused("another operation on this plan is at work; try again when it has ended");
  if (plan.scheduled) {
    return refused(fmt::format(
        "{} still runs; wait for it, or cancel what is left (pland.cancel), then apply", values.name));
  }
  if (values.state == ProcessingState::applied) {
    return refused(fmt::format("{} is applied already; pland.undo takes it back", values.name));
  }
  const bool any =
      std::any_of(plan.live.subplans.begin(), plan.live.subplans.end(),
                  [](const SubplanStatus& subplan) { return subplan.state == ProcessingState::complete; });
  if (!any)
    return refused(fmt::format("no subplan of {} is complete, so there is nothing to apply", values.name));
  std::vector<Conflict> merge_conflicts;
  for (const auto& conflict : plan.live.conflicts) {
    if (!conflict.subplan_id.empty() && is_open(conflict)) merge_conflicts.push_back(conflict);
  }
  if (!merge_conflicts.empty())
    return open_conflicts(merge_conflicts, "results of subplans contradict each other");
  return {};
}

bool concerns(const Conflict& conflict, const std::vector<std::string>& paths) {
  return conflict.subplan_id.empty() &&
         (paths.empty() || std::find(paths.begin(), paths.end(), conflict.path) != paths.end());
}

/// The conflicts of the apply step as they are now, with ids, in place of those an earlier try found; those
/// of the subplans stay as they are.
void put_apply_conflicts(EngineState& state, const Plan& plan, std::vector<Conflict>& conflicts,
                         std::vector<Conflict> found, const std::vector<std::string>& paths) {
  std::erase_if(conflicts, [&](const Conflict& conflict) { return concerns(conflict, paths); });
  for (auto& conflict : found) {
    if (conflict.conflict_id.empty()) conflict.conflict_id = state.ids.next();
    conflict.plan_id = plan.plan_id;
    conflicts.push_back(std::move(conflict));
  }
}

}  // namespace

asio::awaitable<Result<ApplyReport>> Engine::apply(ApplyRequest request) {
  co_return co_await apply_plan(*state_, std::move(request));
}

asio::awaitable<Result<ApplyReport>> apply_plan(EngineState& state, ApplyRequest request) {
  const BusyGuard busy(state);
  PlanRuntime* plan = state.find_any(request.plan_id);
  if (plan == nullptr) co_return unknown_plan(request.plan_id);
  if (plan->live.plan.parent_plan_id) {
    co_return refused("a child plan is applied with its root plan " + plan->live.plan.root_plan_id);
  }
  PLAND_CO_CHECK(check_allowed(state, *plan));
  const ExclusiveGuard exclusive(*plan);
  if (!request.dry_run) PLAND_CO_CHECK(co_await hold_invariants(state, *plan));

  WantedChange wanted;
  wanted.paths = request.paths;
  wanted.ours_name = "you";
  wanted.theirs_name = plan->live.plan.name;
  for (const auto& conflict : plan->live.conflicts) {
    if (conflict.subplan_id.empty()) wanted.known.push_back(conflict);
  }
  PLAND_CO_TRY(wanted.from, co_await tree_of(state, plan->live.plan.base_commit));
  PLAND_CO_TRY(wanted.to, co_await tree_of(state, plan->live.plan.merged_commit));
  PLAND_CO_TRY(PreparedChange prepared, co_await prepare_change(state, std::move(wanted)));

  const bool conflicted = std::any_of(prepared.conflicts.begin(), prepared.conflicts.end(), is_open);
  if (conflicted && request.dry_run)
    co_return open_conflicts(prepared.conflicts, "your files and the plan's result differ");
  const bool known = std::any_of(plan->live.conflicts.begin(), plan->live.conflicts.end(),
                                 [&](const Conflict& conflict) { return concerns(conflict, request.paths); });
  if (!request.dry_run && (known || !prepared.conflicts.empty())) {
    Change change(state, *plan, "recording conflicts with the user's files");
    put_apply_conflicts(state, plan->live.plan, change.conflicts(), prepared.conflicts, request.paths);
    if (conflicted) {
      change.plan().phase = Phase::execute;
      change.plan().state = ProcessingState::errored;
      change.plan().error = "its result and your own changes contradict each other";
      change.event("conflict.found", {}, {{"paths", open_paths(prepared.conflicts)}});
    }
    PLAND_CO_CHECK(change.commit());
    if (conflicted)
      co_return open_conflicts(prepared.conflicts,
                               "your own changes and the plan's result contradict each other");
  }

  ApplyReport report;
  report.files = prepared.actions();
  for (const auto& subplan : plan->live.subplans) {
    if (subplan.state != ProcessingState::complete) report.not_included.push_back(subplan.spec.name);
  }
  if (request.dry_run) co_return report;

  Operation operation = make_operation(
      state, *plan, "apply",
      fmt::format("applied {} of {}",
                  report.files.size() == 1 ? "1 file" : fmt::format("{} files", report.files.size()),
                  plan->live.plan.name));
  operation.before = {{"phase", to_string(plan->live.plan.phase)},
                      {"state", to_string(plan->live.plan.state)}};
  operation.after = {{"writes", to_json_value(prepared.all())},
                     {"on_disk", to_json_value(prepared.writes)},
                     {"partial", !request.paths.empty()}};
  PLAND_CO_CHECK(co_await keep_versions(state, *plan, operation.operation_id, prepared.all()));
  {
    Change change(state, *plan, "starting an apply");
    change.plan().phase = Phase::apply;
    change.plan().state = ProcessingState::processing;
    change.begin_operation(operation);
    PLAND_CO_CHECK(change.commit(Durability::full));
  }
  const Status written = co_await write_change(state, std::move(prepared), operation.operation_id,
                                               "Apply " + plan->live.plan.name);
  Change change(state, *plan, "ending an apply");
  if (!written.ok()) {
    operation.state = "failed";
    change.end_operation(operation);
    change.plan().phase = Phase::execute;
    settle(plan->live, change.plan());
    PLAND_CO_CHECK(change.commit());
    co_return written.error();
  }
  operation.state = "done";
  change.end_operation(operation);
  if (request.paths.empty()) {
    change.plan().state = ProcessingState::applied;
    change.plan().applied_at = state.clock.now();
    remember_outcome(state, change, operation_type(Step::start_apply), true);
    change.plan().error.clear();
    change.event("plan.applied", {}, {{"files", report.files.size()}});
  } else {
    // A part of it: the rest can still be applied.
    change.plan().phase = Phase::execute;
    settle(plan->live, change.plan());
    change.event("plan.partly_applied", {}, {{"files", report.files.size()}});
  }
  PLAND_CO_CHECK(change.commit(Durability::full));
  if (request.paths.empty()) {
    // It is applied whatever becomes of this; the next start tries again.
    if (const Status released = co_await release_base(state, *plan); !released.ok())
      spdlog::warn("{}", released.error().message);
    drop_sandboxes(state, *plan);
  }
  report.operation_id = operation.operation_id;
  co_return report;
}

}  // namespace pland::engine
