#include "server/verbs_life.h"

#include <nlohmann/json.hpp>

#include "server/verb_params.h"
#include "server/wire.h"

namespace pland::server {

using engine::Phase;
using engine::ProcessingState;
using jsonrpc::ErrorCode;
using jsonrpc::ResponseError;

namespace {

bool can_start(const engine::LivePlan& plan) {
  const bool on_the_way = plan.plan.phase == Phase::strategize || engine::awaits_input(plan.plan) ||
                          plan.plan.state == ProcessingState::errored;
  return on_the_way && !plan.plan.parent_plan_id;
}

constexpr Candidates startable{"waiting to be executed", can_start};
constexpr Candidates revertible{"waiting for a person", [](const engine::LivePlan& plan) {
                                  return plan.plan.state == ProcessingState::errored ||
                                         plan.plan.state == ProcessingState::constrained;
                                }};

ResponseError whole_plans_only(std::string_view verb) {
  return {ErrorCode::request_failed,
          "`" + std::string(verb) + "` takes a whole plan; name it by `planId`, or `retry` the subplan"};
}

}  // namespace

asio::awaitable<Answer> execute_plan(VerbHost& host, Json json) {
  const auto target = co_await find_target(host, std::move(json), startable);
  if (!target.ok()) co_return target.error();
  if (target.value().is_subplan()) co_return whole_plans_only("execute");
  const engine::Status done = co_await target.value().engine->execute(target.value().plan_id);
  if (!done.ok()) co_return response_error(done.error());
  host.run_started(*target.value().engine, target.value().plan_id);
  co_return plan_state_json(target.value().plan(), target.value().id);
}

asio::awaitable<Answer> resume_plan(VerbHost& host, Json json) {
  const auto params = params_of<ResumeParams>(json);
  if (!params.ok()) co_return params.error();
  const auto target = co_await find_target(host, std::move(json), startable);
  if (!target.ok()) co_return target.error();
  if (target.value().is_subplan()) co_return whole_plans_only("resume");
  const bool dry_run = params.value().dry_run;
  const auto report = co_await target.value().engine->resume(target.value().plan_id, dry_run);
  if (!report.ok()) co_return response_error(report.error());
  if (!dry_run) host.run_started(*target.value().engine, target.value().plan_id);
  co_return resume_json(*report, dry_run);
}

asio::awaitable<Answer> revert_plan(VerbHost& host, Json json) {
  const auto params = params_of<RevertParams>(json);
  if (!params.ok()) co_return params.error();
  const auto target = co_await find_target(host, std::move(json), revertible);
  if (!target.ok()) co_return target.error();
  if (target.value().is_subplan()) co_return whole_plans_only("revert");
  engine::RevertRequest request;
  request.plan_id = target.value().plan_id;
  request.reason = params.value().reason;
  if (params.value().to_phase) {
    const auto phase = engine::parse_phase(*params.value().to_phase);
    if (!phase.ok())
      co_return ResponseError(ErrorCode::invalid_params, "params.toPhase: " + phase.error().message);
    request.to_phase = *phase;
  }
  const engine::Status done = co_await target.value().engine->revert(std::move(request));
  if (!done.ok()) co_return response_error(done.error());
  Json answer = plan_state_json(target.value().plan(), target.value().id);
  answer["reversionCount"] = target.value().plan().plan.reversion_count;
  co_return answer;
}

}  // namespace pland::server
