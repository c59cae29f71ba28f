#include "server/verbs_history.h"

#include <nlohmann/json.hpp>

#include "server/verb_params.h"
#include "server/wire.h"
#include "server/wire_history.h"

namespace pland::server {

using jsonrpc::ErrorCode;
using jsonrpc::ResponseError;

namespace {

constexpr Candidates any{"there", [](const engine::LivePlan& plan) { return !plan.plan.parent_plan_id; }};

}  // namespace

asio::awaitable<Answer> plan_tree(VerbHost& host, Json json) {
  const auto params = params_of<TreeParams>(json);
  if (!params.ok()) co_return params.error();
  const auto target = co_await find_target(host, std::move(json), any);
  if (!target.ok()) co_return target.error();
  const auto tree = target.value().engine->tree(target.value().id, params.value().show_superseded);
  if (!tree.ok()) co_return response_error(tree.error());
  co_return tree_json(*tree);
}

asio::awaitable<Answer> plan_errors(VerbHost& host, Json json) {
  const auto target = co_await find_target(host, std::move(json), any);
  if (!target.ok()) co_return target.error();
  const auto report = target.value().engine->errors(target.value().id);
  if (!report.ok()) co_return response_error(report.error());
  co_return errors_json(*report);
}

asio::awaitable<Answer> list_events(VerbHost& host, Json json) {
  const auto params = params_of<EventsParams>(json);
  if (!params.ok()) co_return params.error();
  const std::int64_t limit = params.value().limit;
  if (params.value().after < 0 || limit < 1) {
    co_return ResponseError(ErrorCode::invalid_params,
                            params.value().after < 0
                                ? "params.after: it must be 0 or a cursor that `events` gave"
                                : "params.limit: it must be 1 or more");
  }
  const bool one = names_target(json);
  const auto target = co_await find_target(host, std::move(json), any);
  if (!target.ok()) co_return target.error();
  std::optional<std::string> plan_id;
  if (one) plan_id = target.value().plan_id;
  const auto page =
      target.value().engine->events_after(params.value().after, static_cast<std::size_t>(limit), plan_id);
  if (!page.ok()) co_return response_error(page.error());
  co_return events_json(*page);
}

}  // namespace pland::server
