// Where an attempt works: its sandbox before the work, and what the sandbox holds after it.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "engine/git/tree_edit.h"
#include "engine/plan/attempt.h"
#include "engine/plan/change.h"
#include "engine/plan/sandboxes_of_plans.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

/// Behind the output, where a person looks for what a command did.
void tell_left_out(const AttemptContext& context, AttemptEnd& end) {
  std::string names;
  for (std::size_t i = 0; i < end.left_out.size() && i < 10; ++i) {
    names += fmt::format("{}'{}' ({})", i == 0 ? "" : ", ", end.left_out[i].path, end.left_out[i].why);
  }
  if (end.left_out.size() > 10) names += fmt::format(" and {} more", end.left_out.size() - 10);
  spdlog::warn("not in the result of {}, only in its sandbox {}: {}", context.spec.name,
               context.folder.string(), names);
  if (!end.output_tail.empty() && end.output_tail.back() != '\n') end.output_tail += '\n';
  end.output_tail +=
      fmt::format("pland: not in the result, only in the sandbox {}: {}\n", context.folder.string(), names);
}

}  // namespace

asio::awaitable<std::optional<AttemptEnd>> prepare_sandbox(EngineState& state, PlanRuntime& plan,
                                                           std::size_t index, AttemptContext& context) {
  auto record = sandbox_record(state, context.sandbox_id);
  if (record.ok()) {
    // An earlier attempt's sandbox: what is in it stays reachable, then it starts over; after a rollback,
    // with the files that it was rolled back to.
    auto now = co_await capture_sandbox(state, context.sandbox_id, {},
                                        "before attempt " + std::to_string(context.number),
                                        snapshot_ref(context, "before"));
    if (!now.ok()) co_return failed(FailureKind::internal, now.error().message);
    auto kept = co_await keep_history(state, context.sandbox_id, snapshot_ref(context, "before-git"));
    if (!kept.ok()) spdlog::warn("{}", kept.error().message);
    const bool same_base = record->base_commit == context.spawned_from;
    const bool rolled_back = record->state == "rolled_back" && same_base;
    const bool prepared = record->state == "prepared" && same_base;
    const std::string target = rolled_back ? now->commit.hex()
                               : prepared  ? plan.live.subplans[index].base_commit
                                           : context.spawned_from;
    auto reset =
        co_await reset_sandbox(state, context.sandbox_id, *std::move(now), target, context.spawned_from);
    if (!reset.ok()) co_return failed(FailureKind::internal, reset.error().message);
    context.folder = sandbox_path(state, context.sandbox_id);
    if (rolled_back) {
      record->state = "prepared";
      if (auto saved = save_sandbox_record(state, *record); !saved.ok())
        co_return failed(FailureKind::internal, saved.error().message);
    }
    if (rolled_back || prepared) co_return std::nullopt;
    record->base_commit = context.spawned_from;
  } else {
    auto made = co_await make_sandbox(state, context.plan_id, context.subplan_id, context.spawned_from);
    if (!made.ok()) co_return failed(FailureKind::internal, "making the sandbox: " + made.error().message);
    context.sandbox_id = *std::move(made);
    context.folder = sandbox_path(state, context.sandbox_id);
    Change change(state, plan, "recording a sandbox");
    change.subplan(index).sandbox_id = context.sandbox_id;
    if (auto written = change.commit(); !written.ok())
      co_return failed(FailureKind::internal, written.error().message);
    record = sandbox_record(state, context.sandbox_id);
    if (!record.ok()) co_return failed(FailureKind::internal, record.error().message);
  }

  for (const auto& command : context.plan_spec.setup) {
    auto stopped = co_await run_part(state, context, command, CommandPurpose::setup);
    if (stopped) co_return stopped;
  }
  // Files that the preparation made are where the work starts from, not part of its result.
  auto start = co_await capture_sandbox(state, context.sandbox_id, context.spawned_from,
                                        "start of " + context.spec.name, snapshot_ref(context, "start"));
  if (!start.ok()) co_return failed(FailureKind::internal, start.error().message);
  // In this order: a sandbox that is said to be prepared has a base, whenever the process ends.
  Change change(state, plan, "recording a subplan's base");
  change.subplan(index).base_commit = start->commit.hex();
  if (auto written = change.commit(); !written.ok())
    co_return failed(FailureKind::internal, written.error().message);
  record->state = "prepared";
  record->base_commit = context.spawned_from;
  if (auto saved = save_sandbox_record(state, *record); !saved.ok()) {
    co_return failed(FailureKind::internal, saved.error().message);
  }
  auto checkpoint = record_checkpoint(state, plan, context.subplan_id, "spawn of " + context.spec.name,
                                      "on_subplan_spawn", *start);
  if (!checkpoint.ok()) co_return failed(FailureKind::internal, checkpoint.error().message);
  co_return std::nullopt;
}

asio::awaitable<Result<std::vector<std::string>>> changed_paths(EngineState& state, std::string from_commit,
                                                                git::Oid to_tree) {
  auto work = [pool = state.pool, from = std::move(from_commit),
               to_tree]() -> Result<std::vector<std::string>> {
    PLAND_TRY(auto repository, pool->lease());
    const auto commit = git::Oid::parse(from);
    if (!commit) return Error{ErrorCode::internal, "'" + from + "' is no commit"};
    PLAND_TRY(const git::Commit base, repository->read_commit(*commit));
    PLAND_TRY(const auto changes, git::diff_trees(*repository, base.tree, to_tree));
    std::vector<std::string> paths;
    for (const auto& change : changes) paths.push_back(change.path);
    return paths;
  };
  co_return co_await state.arena.run(work);
}

asio::awaitable<std::optional<AttemptEnd>> keep_result(EngineState& state, PlanRuntime& plan,
                                                       std::size_t index, AttemptContext& context,
                                                       AttemptEnd& end) {
  auto result = co_await capture_sandbox(state, context.sandbox_id, plan.live.subplans[index].base_commit,
                                         fmt::format("{}, attempt {}", context.spec.name, context.number),
                                         snapshot_ref(context, "result"));
  if (!result.ok()) co_return failed(FailureKind::internal, "keeping the result: " + result.error().message);
  auto kept = co_await keep_history(state, context.sandbox_id, snapshot_ref(context, "git"));
  if (!kept.ok()) spdlog::warn("{}", kept.error().message);
  auto changed = co_await changed_paths(state, plan.live.subplans[index].base_commit, result->tree);
  if (!changed.ok()) co_return failed(FailureKind::internal, changed.error().message);
  end.result_commit = result->commit.hex();
  end.files_changed = *std::move(changed);
  end.left_out = result->left_out;
  if (!end.left_out.empty()) tell_left_out(context, end);
  const bool cancelled = context.cancellation.cancelled();
  if ((cancelled || end.state != ProcessingState::complete) && !end.files_changed.empty()) {
    auto checkpoint = record_checkpoint(state, plan, context.subplan_id,
                                        fmt::format("{} after {} attempt {}", context.spec.name,
                                                    cancelled ? "cancelled" : "failed", context.number),
                                        cancelled ? "on_cancel" : "on_error", *result);
    if (!checkpoint.ok()) spdlog::error("{}", checkpoint.error().message);
  }
  co_return std::nullopt;
}

}  // namespace pland::engine
