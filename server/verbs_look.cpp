#include "server/verbs_look.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "engine/plan/doctor.h"
#include "server/texts.h"
#include "server/verb_params.h"
#include "server/version.h"
#include "server/wire.h"

namespace pland::server {

namespace fs = std::filesystem;
using jsonrpc::ErrorCode;
using jsonrpc::ResponseError;

namespace {

constexpr Candidates known{"known", [](const engine::LivePlan&) { return true; }};

/// Plans that a listing is about: the one that `params` name, or all.
asio::awaitable<jsonrpc::Outcome<std::vector<Workspace::Found>>> plans_for(VerbHost& host, Json json) {
  const auto params = params_of<TargetParams>(json);
  if (!params.ok()) co_return params.error();
  std::vector<Workspace::Found> plans;
  if (names_target(json)) {
    const auto target = co_await find_target(host, std::move(json), known);
    if (!target.ok()) co_return target.error();
    plans.push_back({target.value().engine, &target.value().plan()});
    co_return plans;
  }
  co_await host.workspace().settled();
  for (engine::Engine* engine : host.workspace().engines()) {
    for (const engine::LivePlan* plan : engine->plans()) {
      // A child plan is part of its root's answer, unless it is named.
      if (!plan->plan.parent_plan_id) plans.push_back({engine, plan});
    }
  }
  co_return plans;
}

/// Puts `text` into a file of the state directory that nobody may write to.
engine::Status write_view(const fs::path& path, const std::string& text) {
  std::error_code failure;
  fs::create_directories(path.parent_path(), failure);
  if (failure) return engine::io_error("creating", path.parent_path().native(), failure.value());
  fs::remove(path, failure);
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) return engine::io_error("writing", path.native(), errno);
  if (::chmod(path.c_str(), 0444) != 0) return engine::io_error("protecting", path.native(), errno);
  return {};
}

Json findings_json(const std::vector<engine::Finding>& findings) {
  Json list = Json::array();
  for (const engine::Finding& finding : findings) {
    Json json{{"name", finding.name}, {"state", to_string(finding.health)}, {"text", finding.text}};
    if (!finding.remedy.empty()) json["remedy"] = finding.remedy;
    list.push_back(std::move(json));
  }
  return list;
}

Json health_json(const engine::ProjectHealth& health) {
  return {{"folder", health.project.string()},
          {"stateDirectory", health.state_directory.string()},
          {"bytes",
           {{"store", health.bytes.store},
            {"repository", health.bytes.repository},
            {"sandboxes", health.bytes.sandboxes},
            {"other", health.bytes.other},
            {"total", health.bytes.total()}}},
          {"checks", findings_json(health.findings)}};
}

std::string name_of(const Target& target) {
  for (const engine::SubplanStatus& subplan : target.plan().subplans) {
    if (subplan.subplan_id == target.id) return subplan.spec.name;
  }
  const std::string& name = target.plan().plan.name;
  return name.substr(name.rfind('/') + 1);
}

}  // namespace

asio::awaitable<Answer> plan_status(VerbHost& host, Json json) {
  const bool one = names_target(json);
  const auto plans = co_await plans_for(host, std::move(json));
  if (!plans.ok()) co_return plans.error();
  Json list = Json::array();
  for (const Workspace::Found& found : plans.value()) {
    const auto checkpoints = found.engine->checkpoint_count(found.plan->plan.plan_id);
    if (!checkpoints.ok()) co_return response_error(checkpoints.error());
    list.push_back(plan_json(*found.plan, *checkpoints, host.client_uri_of(found.plan->plan.uri)));
  }
  if (one) co_return list.front();
  co_return Json{{"plans", std::move(list)}};
}

asio::awaitable<Answer> plan_diff(VerbHost& host, Json json) {
  const auto show = params_of<ShowParams>(json);
  if (!show.ok()) co_return show.error();
  const auto target = co_await find_target(host, std::move(json), known);
  if (!target.ok()) co_return target.error();
  const auto report = co_await target.value().engine->diff(target.value().id);
  if (!report.ok()) co_return response_error(report.error());
  Json answer = diff_json(*report);
  answer[target.value().is_subplan() ? "subplanId" : "planId"] = target.value().id;
  if (show.value().show) {
    const fs::path path = target.value().engine->state_directory() / "views" /
                          (name_of(target.value()) + "-" + target.value().id + ".diff");
    auto write = [path, text = report->patch] { return write_view(path, text); };
    const auto written = co_await host.arena().run(write);
    if (!written.ok()) co_return response_error(written.error());
    answer["path"] = path.string();
    co_await host.show(path);
  }
  co_return answer;
}

asio::awaitable<Answer> subplan_log(VerbHost& host, Json json) {
  const auto show = params_of<LogParams>(json);
  if (!show.ok()) co_return show.error();
  const auto target = co_await find_target(host, std::move(json), known);
  if (!target.ok()) co_return target.error();
  if (target.value().plan().plan.parent_plan_id && !target.value().is_subplan()) {
    co_return ResponseError(
        ErrorCode::request_failed,
        "'" + name_of(target.value()) +
            "' has subplans of its own and no output; `errors` tells what failed below it");
  }
  if (!target.value().is_subplan()) {
    co_return ResponseError(ErrorCode::request_failed,
                            "name the subplan whose output you want by `subplanId`");
  }
  const auto attempts = target.value().engine->attempts(target.value().id);
  if (!attempts.ok()) co_return response_error(attempts.error());
  const engine::Attempt* chosen = nullptr;
  for (const engine::Attempt& attempt : *attempts) {
    if (!show.value().attempt || attempt.number == *show.value().attempt) chosen = &attempt;
  }
  if (chosen == nullptr) {
    co_return ResponseError(ErrorCode::request_failed, "'" + name_of(target.value()) +
                                                           "' has no such attempt: it has made " +
                                                           std::to_string(attempts->size()));
  }
  Json answer{{"subplanId", target.value().id}, {"attempt", chosen->number}};
  if (chosen->output_path.empty()) {
    answer["text"] = chosen->output_tail;
    co_return answer;
  }
  // The store keeps the path below the state directory; an absolute one stays as it is.
  const fs::path path = target.value().engine->state_directory() / chosen->output_path;
  auto look = [path] { return read_text_file(path); };
  auto text = co_await host.arena().run(look);
  if (!text.ok()) co_return response_error(text.error());
  answer["text"] = *std::move(text);
  answer["path"] = path.string();
  if (show.value().show) co_await host.show(path);
  co_return answer;
}

asio::awaitable<Answer> doctor(VerbHost& host, Json json) {
  const auto params = params_of<DoctorParams>(json);
  if (!params.ok()) co_return params.error();
  std::vector<fs::path> folders = host.places();
  if (params.value().uri) {
    auto folder = host.path_of(*params.value().uri);
    if (!folder.ok()) co_return response_error(folder.error());
    folders = {*std::move(folder)};
  }
  const WorkspaceOptions& options = host.workspace().options();
  auto look = [folders, options]() -> engine::Result<Json> {
    Json answer{{"version", version()},
                {"machine", findings_json(engine::examine_machine(options.state_root, options.supervisor))},
                {"projects", Json::array()}};
    for (const fs::path& folder : folders) {
      std::error_code error;
      if (!fs::exists(folder, error)) {
        return engine::Error{engine::ErrorCode::not_found, "there is no '" + folder.string() + "'"};
      }
      const fs::path place = fs::is_directory(folder, error) ? folder : folder.parent_path();
      PLAND_TRY(const engine::ProjectHealth health, engine::examine_project(place, options.state_root));
      answer["projects"].push_back(health_json(health));
    }
    return answer;
  };
  auto answer = co_await host.arena().run(look);
  if (!answer.ok()) co_return response_error(answer.error());
  co_return *std::move(answer);
}

bool nothing_is_wrong(const Json& answer) {
  const auto good = [](const Json& checks) {
    return std::none_of(checks.begin(), checks.end(),
                        [](const Json& check) { return check["state"] == to_string(engine::Health::error); });
  };
  const Json& projects = answer["projects"];
  return good(answer["machine"]) && std::all_of(projects.begin(), projects.end(),
                                                [&](const Json& project) { return good(project["checks"]); });
}

asio::awaitable<Answer> list_checkpoints(VerbHost& host, Json json) {
  const auto plans = co_await plans_for(host, std::move(json));
  if (!plans.ok()) co_return plans.error();
  Json list = Json::array();
  for (const Workspace::Found& found : plans.value()) {
    const auto checkpoints = found.engine->checkpoints(found.plan->plan.plan_id);
    if (!checkpoints.ok()) co_return response_error(checkpoints.error());
    for (const engine::Checkpoint& checkpoint : *checkpoints) list.push_back(checkpoint_json(checkpoint));
  }
  co_return Json{{"checkpoints", std::move(list)}};
}

asio::awaitable<Answer> list_conflicts(VerbHost& host, Json json) {
  const auto plans = co_await plans_for(host, std::move(json));
  if (!plans.ok()) co_return plans.error();
  Json list = Json::array();
  for (const Workspace::Found& found : plans.value()) {
    for (const engine::Conflict& conflict : found.plan->conflicts) {
      list.push_back(
          conflict_json(conflict, *found.plan, host.uri_of(found.engine->project() / conflict.path)));
    }
  }
  co_return Json{{"conflicts", std::move(list)}};
}

}  // namespace pland::server
