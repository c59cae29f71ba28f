#include "server/verbs_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "server/verb_params.h"
#include "server/wire.h"
#include "server/wording.h"

namespace pland::server {

using engine::ProcessingState;
using engine::planfile::PlanDocument;
using engine::planfile::Problem;
using engine::planfile::Severity;
using jsonrpc::ErrorCode;
using jsonrpc::ResponseError;

namespace {

bool can_retry(const engine::LivePlan& plan) {
  return std::any_of(plan.subplans.begin(), plan.subplans.end(), [](const engine::SubplanStatus& subplan) {
    return subplan.state == ProcessingState::errored || subplan.state == ProcessingState::cancelled;
  });
}

constexpr Candidates running{"running",
                             [](const engine::LivePlan& plan) { return engine::is_running(plan.plan); }};
constexpr Candidates held{
    "not started", [](const engine::LivePlan& plan) { return plan.plan.phase == engine::Phase::strategize; }};
constexpr Candidates retriable{"waiting for a retry", can_retry};

/// The answer for a plan file with errors: names the first few, carries all.
ResponseError problems_error(const std::string& uri, const std::filesystem::path& path,
                             const PlanDocument& document) {
  constexpr std::size_t shown = 3;
  std::size_t errors = 0;
  std::string text;
  Json list = Json::array();
  for (const Problem& problem : document.problems) {
    if (problem.severity != Severity::error) continue;
    if (++errors <= shown) text += "\n" + problem_line(path.filename().string(), problem);
    list.push_back({{"code", problem.code},
                    {"line", problem.range.first.line + 1},
                    {"column", problem.range.first.column + 1},
                    {"message", problem.message}});
  }
  std::string message = "the plan file has " + count_text(errors, "error") + ":" + text;
  if (errors > shown) message += fmt::format("\nand {} more", errors - shown);
  return {ErrorCode::request_failed, std::move(message),
          Json{{"code", "plan-file"}, {"uri", uri}, {"problems", std::move(list)}}};
}

/// The file that a call without `uri` means: the only one known.
engine::Result<std::string> only_plan_file(const VerbHost& host) {
  const std::vector<std::string> files = host.plan_files();
  if (files.size() == 1) return files.front();
  std::string message = files.empty() ? "no plan file is open; open a *.plan.yaml file or name it by `uri`"
                                      : "more than one plan file is open; name one by `uri`:";
  for (const std::string& file : files) message += " " + file;
  return engine::Error{engine::ErrorCode::refused, std::move(message)};
}

asio::awaitable<Answer> spawn_file(VerbHost& host, SpawnParams params, bool hold) {
  if (!params.uri) {
    auto only = only_plan_file(host);
    if (!only.ok()) co_return response_error(only.error());
    params.uri = *std::move(only);
  }
  const std::string uri = *params.uri;
  const auto path = host.path_of(uri);
  if (!path.ok()) co_return response_error(path.error());
  auto text = co_await host.text_of(uri);
  if (!text.ok()) co_return response_error(text.error());

  PlanDocument document = engine::planfile::parse(*text);
  host.plan_file_read(uri, *text, document);
  if (!document.spec) co_return problems_error(uri, *path, document);

  auto engine = co_await host.workspace().engine_for(*path);
  if (!engine.ok()) co_return response_error(engine.error());
  engine::SpawnRequest request;
  request.spec = *std::move(document.spec);
  request.uri = host.engine_uri_of(uri);
  request.source_text = *std::move(text);
  request.replace = params.replace;
  request.hold = hold;
  const auto plan_id = (*engine)->spawn(std::move(request));
  if (!plan_id.ok()) co_return response_error(plan_id.error());
  const engine::LivePlan& plan = *(*engine)->find_plan(*plan_id);
  if (!hold) host.run_started(**engine, *plan_id);
  co_return spawned_json(plan);
}

asio::awaitable<Answer> run_again(VerbHost& host, Target target) {
  const bool held_plan = target.plan().plan.phase == engine::Phase::strategize && !target.is_subplan();
  auto started = held_plan ? target.engine->execute(target.id) : target.engine->retry(target.id);
  const engine::Status done = co_await std::move(started);
  if (!done.ok()) co_return response_error(done.error());
  host.run_started(*target.engine, target.plan_id);
  co_return plan_state_json(target.plan(), target.id);
}

}  // namespace

std::string problem_line(const std::string& file, const Problem& problem) {
  std::string line =
      fmt::format("{}:{}:{}: {}: {} [{}]", file, problem.range.first.line + 1, problem.range.first.column + 1,
                  problem.severity == Severity::error ? "error" : "warning", problem.message, problem.code);
  if (!problem.hint.empty()) line += "\n  hint: " + problem.hint;
  return line;
}

asio::awaitable<Answer> use_plan(VerbHost& host, Json json) {
  auto params = params_of<UseParams>(json);
  if (!params.ok()) co_return std::move(params.error());
  SpawnParams spawn;
  spawn.uri = std::move(params.value().uri);
  spawn.replace = params.value().replace;
  co_return co_await spawn_file(host, std::move(spawn), true);
}

asio::awaitable<Answer> spawn_plan(VerbHost& host, Json json) {
  auto params = params_of<SpawnParams>(json);
  if (!params.ok()) co_return std::move(params.error());
  if (!params.value().plan_id) co_return co_await spawn_file(host, std::move(params).value(), false);
  Json named = Json::object();
  named["planId"] = *params.value().plan_id;
  auto target = co_await find_target(host, std::move(named), held);
  if (!target.ok()) co_return std::move(target.error());
  if (target.value().plan().plan.phase != engine::Phase::strategize) {
    co_return ResponseError(ErrorCode::request_failed,
                            target.value().plan().plan.name +
                                " was started already: retry what did not succeed, or spawn its file again");
  }
  auto answer = co_await run_again(host, target.value());
  if (!answer.ok()) co_return std::move(answer.error());
  co_return spawned_json(target.value().plan());
}

asio::awaitable<Answer> cancel_plan(VerbHost& host, Json json) {
  const auto target = co_await find_target(host, std::move(json), running);
  if (!target.ok()) co_return target.error();
  const engine::Status done = co_await target.value().engine->cancel(target.value().id);
  if (!done.ok()) co_return response_error(done.error());
  co_return plan_state_json(target.value().plan(), target.value().id);
}

asio::awaitable<Answer> retry_plan(VerbHost& host, Json json) {
  const auto target = co_await find_target(host, std::move(json), retriable);
  if (!target.ok()) co_return target.error();
  co_return co_await run_again(host, target.value());
}

}  // namespace pland::server
