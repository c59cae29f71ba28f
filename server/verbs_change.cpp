#include "server/verbs_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "server/verb_params.h"
#include "server/wire.h"
#include "server/wording.h"

namespace pland::server {

using jsonrpc::ErrorCode;
using jsonrpc::ResponseError;

namespace {

constexpr Candidates known{"known", [](const engine::LivePlan&) { return true; }};

bool can_apply(const engine::LivePlan& plan) {
  return !plan.plan.merged_commit.empty() && plan.plan.state != engine::ProcessingState::applied &&
         !engine::is_running(plan.plan) && !engine::awaits_input(plan.plan);
}

constexpr Candidates ready{"ready to be applied", can_apply};

}  // namespace

asio::awaitable<Answer> make_checkpoint(VerbHost& host, Json json) {
  const auto params = params_of<CheckpointParams>(json);
  if (!params.ok()) co_return params.error();
  const auto target = co_await find_target(host, std::move(json), known);
  if (!target.ok()) co_return target.error();
  const std::string label = params.value().label.empty() ? "checkpoint" : params.value().label;
  const auto checkpoint = co_await target.value().engine->checkpoint(target.value().id, label);
  if (!checkpoint.ok()) co_return response_error(checkpoint.error());
  co_return checkpoint_json(*checkpoint);
}

/// Requirements 3.6; the second line only if there is something to lose.
asio::awaitable<jsonrpc::Outcome<Question>> rollback_question(VerbHost& host, Json json) {
  const auto read = params_of<RollbackParams>(json);
  if (!read.ok()) co_return read.error();
  const RollbackParams& params = read.value();
  Question question;
  if (params.dry_run || params.confirmed) co_return question;
  const auto engine = co_await host.workspace().engine_of(params.plan_id);
  if (!engine.ok()) co_return response_error(engine.error());
  engine::RollbackRequest request;
  request.plan_id = params.plan_id;
  request.checkpoint_id = params.checkpoint_id;
  request.dry_run = true;
  const auto preview = co_await (*engine)->rollback(request);
  if (!preview.ok()) co_return response_error(preview.error());
  question.lines.push_back(fmt::format("Roll back plan {} to checkpoint '{}' (created {})?", params.plan_id,
                                       preview->checkpoint.label,
                                       age_text(preview->checkpoint.created_at, host.now())));
  const auto decisions = static_cast<std::size_t>(std::max(0, preview->decisions_discarded));
  const std::size_t children = preview->invalidated.size();
  if (decisions > 0 || children > 0) {
    question.lines.push_back(fmt::format("This will invalidate {} and cancel {}.",
                                         count_text(decisions, "decision"),
                                         count_text(children, "child plan")));
  }
  Json files = Json::array();
  for (const engine::FileAction& change : preview->changes) files.push_back({change.file, change.action});
  question.stakes = {{"files", std::move(files)},
                     {"invalidated", preview->invalidated},
                     {"decisions", preview->decisions_discarded},
                     {"toolCalls", preview->tool_calls_undone}};
  co_return question;
}

asio::awaitable<Answer> rollback_plan(VerbHost& host, Json json) {
  const auto read = params_of<RollbackParams>(json);
  if (!read.ok()) co_return read.error();
  const RollbackParams& params = read.value();
  const auto engine = co_await host.workspace().engine_of(params.plan_id);
  if (!engine.ok()) co_return response_error(engine.error());
  const engine::Timestamp started = host.now();
  engine::RollbackRequest request;
  request.plan_id = params.plan_id;
  request.checkpoint_id = params.checkpoint_id;
  request.dry_run = params.dry_run;
  const auto report = co_await (*engine)->rollback(request);
  if (!report.ok()) co_return response_error(report.error());
  co_return rollback_json(*report, params.plan_id, started, host.now(), params.dry_run);
}

asio::awaitable<Answer> resolve_conflict(VerbHost& host, Json json) {
  if (json.is_object() && json.empty()) {
    co_return ResponseError(ErrorCode::request_failed,
                            "name the conflict: use the quick fixes on its line, or pass `conflictId` and "
                            "`resolution` (see `conflicts`)");
  }
  const auto read = params_of<ResolveParams>(json);
  if (!read.ok()) co_return read.error();
  const ResolveParams& params = read.value();
  const auto resolution = engine::parse_resolution(params.resolution);
  if (!resolution.ok()) {
    co_return ResponseError(ErrorCode::invalid_params, "params.resolution: " + resolution.error().message);
  }
  if (params.hunk && *params.hunk < 0) {
    co_return ResponseError(ErrorCode::invalid_params, "params.hunk: hunks are counted from 0");
  }
  if (*resolution == engine::Resolution::manual && !params.content) {
    co_return ResponseError(ErrorCode::invalid_params, "params.content: is required for a manual resolution");
  }
  const auto engine = co_await host.workspace().engine_of(params.conflict_id);
  if (!engine.ok()) co_return response_error(engine.error());
  engine::ResolveRequest request;
  request.conflict_id = params.conflict_id;
  request.resolution = *resolution;
  request.content = params.content.value_or("");
  request.resolved_by = host.actor();
  if (params.hunk) request.hunk = static_cast<std::size_t>(*params.hunk);
  const engine::Status done = co_await (*engine)->resolve(std::move(request));
  if (!done.ok()) co_return response_error(done.error());
  const engine::LivePlan* plan = (*engine)->plan_of_conflict(params.conflict_id);
  if (plan == nullptr) {
    co_return ResponseError(ErrorCode::request_failed, "the conflict is gone: it was merged again meanwhile");
  }
  Json answer;
  for (const engine::Conflict& conflict : plan->conflicts) {
    if (conflict.conflict_id != params.conflict_id) continue;
    answer = conflict_json(conflict, *plan, host.uri_of((*engine)->project() / conflict.path));
  }
  answer["open"] = std::count_if(plan->conflicts.begin(), plan->conflicts.end(), engine::is_open);
  co_return answer;
}

asio::awaitable<Answer> apply_plan(VerbHost& host, Json json) {
  auto params = params_of<ApplyParams>(json);
  if (!params.ok()) co_return std::move(params.error());
  const auto target = co_await find_target(host, std::move(json), ready);
  if (!target.ok()) co_return target.error();
  engine::ApplyRequest request;
  request.plan_id = target.value().plan_id;
  request.dry_run = params.value().dry_run;
  request.paths = std::move(params.value().paths);
  const auto report = co_await target.value().engine->apply(std::move(request));
  if (!report.ok()) co_return response_error(report.error());
  co_return apply_json(*report);
}

asio::awaitable<Answer> undo_operation(VerbHost& host, Json json) {
  const auto params = params_of<UndoParams>(json);
  if (!params.ok()) co_return params.error();
  std::vector<engine::Engine*> engines;
  engine::UndoRequest request;
  request.operation_id = params.value().operation_id.value_or("");
  if (names_target(json)) {
    const auto target = co_await find_target(host, std::move(json), known);
    if (!target.ok()) co_return target.error();
    engines.push_back(target.value().engine);
    request.plan_id = target.value().plan_id;
  } else {
    co_await host.workspace().settled();
    engines = host.workspace().engines();
  }
  if (engines.empty())
    co_return ResponseError(ErrorCode::request_failed, "no project is open; nothing to undo");
  if (engines.size() > 1 && request.operation_id.empty()) {
    co_return ResponseError(
        ErrorCode::request_failed,
        "more than one project is open: name a plan by `planId`, or a plan file by `uri`");
  }
  engine::Error refused;
  for (engine::Engine* engine : engines) {
    const auto report = co_await engine->undo(request);
    if (report.ok()) co_return undo_json(*report);
    refused = report.error();
    // An operation of another project is not known here.
    if (refused.code != engine::ErrorCode::not_found) break;
  }
  co_return response_error(refused);
}

}  // namespace pland::server
