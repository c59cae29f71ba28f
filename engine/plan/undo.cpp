// The verb `undo`: takes back the newest operation, and records that as an operation of its own.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "engine/plan/apply_change.h"
#include "engine/plan/change.h"
#include "engine/plan/operations.h"
#include "engine/plan/sandboxes_of_plans.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

/// The rows without what changes by itself, to see whether the plan has gone on.
nlohmann::json comparable(nlohmann::json dump) {
  if (dump.contains("plan")) {
    for (const char* key : {"revision", "updated_at"}) dump["plan"].erase(key);
  }
  return dump;
}

asio::awaitable<Result<std::vector<FileAction>>> undo_apply(EngineState& state, PlanRuntime& plan,
                                                            const Operation& operation, Operation& undoing) {
  PLAND_CO_TRY(const std::vector<FileWrite> writes, file_writes_from(operation.after.at("writes")));
  WantedChange wanted;
  wanted.ours_name = "you";
  wanted.theirs_name = "undo of " + operation.description;
  PLAND_CO_TRY(wanted.from, co_await tree_of_versions(state, writes, true));
  PLAND_CO_TRY(wanted.to, co_await tree_of_versions(state, writes, false));
  PLAND_CO_TRY(PreparedChange prepared, co_await prepare_change(state, std::move(wanted)));
  nlohmann::json paths = nlohmann::json::array();
  std::string names;
  for (const auto& conflict : prepared.conflicts) {
    if (!is_open(conflict)) continue;
    paths.push_back(conflict.path);
    names += (names.empty() ? "" : ", ") + conflict.path;
  }
  if (!paths.empty()) {
    co_return Error{
        ErrorCode::conflict,
        fmt::format("you changed the applied lines of {} since; undo those edits first, or keep them", names),
        {{"paths", paths}}};
  }
  std::vector<FileAction> actions;
  for (const auto& write : prepared.all())
    actions.push_back({write.path, write.after.exists() ? "restored" : "removed"});
  PLAND_CO_CHECK(co_await keep_versions(state, plan, undoing.operation_id, prepared.all()));
  undoing.after = {{"on_disk", to_json_value(prepared.writes)}};  // so that recovery finds what was staged
  {
    Change change(state, plan, "starting to undo an apply");
    change.end_operation(undoing);
    PLAND_CO_CHECK(change.commit(Durability::full));
  }
  PLAND_CO_CHECK(co_await write_change(state, std::move(prepared), undoing.operation_id,
                                       "Undo: " + operation.description));
  co_return actions;
}

asio::awaitable<Result<std::vector<FileAction>>> undo_rollback(EngineState& state, PlanRuntime& plan,
                                                               const Operation& operation) {
  PLAND_CO_TRY(const nlohmann::json rows_now, state.store->dump_plan(plan.live.plan.plan_id));
  if (comparable(rows_now) != comparable(operation.after.value("rows", nlohmann::json()))) {
    co_return refused(
        "the plan has gone on since that rollback; roll back to the checkpoint made before it instead "
        "('before rolling back to ...')");
  }
  const std::string sandbox = operation.before.at("sandbox").get<std::string>();
  const std::string ref = fmt::format("refs/pland-snap/{}/undo-{}", plan.live.plan.plan_id, state.ids.next());
  PLAND_CO_TRY(Snapshot now, co_await capture_sandbox(state, sandbox, {}, "before undoing a rollback", ref));
  const std::string commit = operation.before.at("commit").get<std::string>();
  PLAND_CO_TRY(auto actions, co_await restore_sandbox(state, sandbox, std::move(now), commit));
  PLAND_CO_TRY(SandboxRecord record, sandbox_record(state, sandbox));
  if (record.subplan_id.empty()) record.base_commit = commit;
  if (record.state == "rolled_back") record.state = "prepared";
  PLAND_CO_CHECK(save_sandbox_record(state, record));
  co_return actions;
}

void undo_resolve(Change& change, const Operation& operation) {
  for (auto& conflict : change.conflicts()) {
    if (conflict.conflict_id != operation.before.at("conflict_id").get<std::string>()) continue;
    conflict.hunks = operation.before.at("hunks").get<std::vector<ConflictHunk>>();
    conflict.resolution.reset();
    conflict.manual_oid.reset();
    if (operation.before.contains("resolution")) {
      if (auto parsed = parse_resolution(operation.before.at("resolution").get<std::string>()); parsed.ok()) {
        conflict.resolution = *parsed;
      }
    }
    if (operation.before.contains("manual_oid"))
      conflict.manual_oid = operation.before.at("manual_oid").get<std::string>();
    conflict.resolved_by.clear();
    conflict.resolved_at.reset();
  }
}

Result<Operation> find_operation(EngineState& state, const UndoRequest& request) {
  if (!request.operation_id.empty()) {
    PLAND_TRY(Operation operation, state.store->operation(request.operation_id));
    if (operation.verb != "undo") return operation;
    return refused(
        "an undo is not undone but done again: apply the plan, resolve the conflict, or roll back once more");
  }
  std::optional<std::string_view> plan_id;
  if (!request.plan_id.empty()) {
    const PlanRuntime* plan = state.find_any(request.plan_id);
    if (plan == nullptr) return unknown_plan(request.plan_id);
    plan_id = plan->live.plan.plan_id;
  }
  PLAND_TRY(auto newest, state.store->latest_undoable(plan_id));
  if (!newest) return refused("there is nothing to undo");
  return *std::move(newest);
}

}  // namespace

asio::awaitable<Result<UndoReport>> Engine::undo(UndoRequest request) {
  EngineState& state = *state_;
  const BusyGuard busy(state);
  PLAND_CO_TRY(Operation operation, find_operation(state, request));
  PlanRuntime* plan = state.find(operation.plan_id);
  if (plan == nullptr) co_return unknown_plan(operation.plan_id);
  if (operation.state != "done") {
    co_return refused(fmt::format("'{}' is {}; only something that was done can be undone",
                                  operation.description, operation.state));
  }
  if (plan->exclusive)
    co_return refused("another operation on this plan is at work; try again when it has ended");
  if (plan->scheduled && operation.verb != "resolve") {
    co_return refused(fmt::format("{} still runs; cancel it first (pland.cancel)", plan->live.plan.name));
  }
  PLAND_CO_TRY(const auto newest, state.store->latest_undoable(operation.plan_id));
  if (newest && newest->operation_id != operation.operation_id) {
    co_return refused(fmt::format("'{}' came after it; undo that first", newest->description));
  }

  const ExclusiveGuard exclusive(*plan);
  Operation undoing = make_operation(state, *plan, "undo", "undid: " + operation.description);
  undoing.before = {{"operation_id", operation.operation_id}};
  UndoReport report;
  report.operation_id = undoing.operation_id;
  report.undone = operation.operation_id;
  report.description = operation.description;
  {
    Change change(state, *plan, "starting an undo");
    change.begin_operation(undoing);
    PLAND_CO_CHECK(change.commit(Durability::full));
  }
  Result<std::vector<FileAction>> files = std::vector<FileAction>{};
  if (operation.verb == "apply") files = co_await undo_apply(state, *plan, operation, undoing);
  if (operation.verb == "rollback") files = co_await undo_rollback(state, *plan, operation);

  Change change(state, *plan, "ending an undo");
  undoing.state = files.ok() ? "done" : "failed";
  change.end_operation(undoing);
  if (!files.ok()) {
    PLAND_CO_CHECK(change.commit());
    co_return files.error();
  }
  operation.state = "undone";
  change.end_operation(operation);
  if (operation.verb == "apply") {
    change.plan().phase = Phase::execute;
    change.plan().applied_at.reset();
    settle(plan->live, change.plan());
  } else if (operation.verb == "rollback" || operation.verb == "revert") {
    change.load(operation.before.at("rows"));
  } else if (operation.verb == "resolve") {
    undo_resolve(change, operation);
  }
  for (const auto& child : operation.before.value("children", nlohmann::json::array())) {
    PlanRuntime* below = state.find(child.at("plan_id").get<std::string>());
    if (below == nullptr) continue;
    Change back(state, *below, "undoing a revert");
    back.load(child.at("rows"));
    PLAND_CO_CHECK(back.commit());
  }
  change.event("operation.undone", {}, {{"operation_id", operation.operation_id}, {"verb", operation.verb}});
  PLAND_CO_CHECK(change.commit(Durability::full));
  // It is undone whatever becomes of these; the next start, or the next merge, tries again.
  Status followed;
  if (operation.verb == "apply") followed = co_await keep_base(state, *plan);
  if (operation.verb == "resolve") followed = co_await refold(state, *plan);
  if (!followed.ok()) spdlog::warn("{}", followed.error().message);
  report.files = *std::move(files);
  co_return report;
}

}  // namespace pland::engine
