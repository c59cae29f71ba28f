#include "server/verb_params.h"

#include <algorithm>

#include "server/verbs.h"

namespace pland::server {

PLAND_JSON_FIELDS(TargetParams, optional("planId", &TargetParams::plan_id),
                  optional("subplanId", &TargetParams::subplan_id), optional("uri", &TargetParams::uri))
PLAND_JSON_FIELDS(UseParams, optional("uri", &UseParams::uri), defaulted("replace", &UseParams::replace))
PLAND_JSON_FIELDS(SpawnParams, optional("uri", &SpawnParams::uri), optional("planId", &SpawnParams::plan_id),
                  defaulted("replace", &SpawnParams::replace))
PLAND_JSON_FIELDS(ShowParams, defaulted("show", &ShowParams::show))
PLAND_JSON_FIELDS(LogParams, defaulted("show", &LogParams::show), optional("attempt", &LogParams::attempt))
PLAND_JSON_FIELDS(CheckpointParams, defaulted("label", &CheckpointParams::label))
PLAND_JSON_FIELDS(RollbackParams, required("planId", &RollbackParams::plan_id),
                  required("checkpointId", &RollbackParams::checkpoint_id),
                  defaulted("dryRun", &RollbackParams::dry_run),
                  defaulted("confirmed", &RollbackParams::confirmed))
PLAND_JSON_FIELDS(ResolveParams, required("conflictId", &ResolveParams::conflict_id),
                  optional("hunk", &ResolveParams::hunk), required("resolution", &ResolveParams::resolution),
                  optional("content", &ResolveParams::content))
PLAND_JSON_FIELDS(ApplyParams, defaulted("dryRun", &ApplyParams::dry_run),
                  defaulted("paths", &ApplyParams::paths))
PLAND_JSON_FIELDS(DoctorParams, optional("uri", &DoctorParams::uri))
PLAND_JSON_FIELDS(TreeParams, defaulted("showSuperseded", &TreeParams::show_superseded))
PLAND_JSON_FIELDS(EventsParams, defaulted("after", &EventsParams::after),
                  defaulted("limit", &EventsParams::limit))
PLAND_JSON_FIELDS(ResumeParams, defaulted("dryRun", &ResumeParams::dry_run))
PLAND_JSON_FIELDS(RevertParams, optional("toPhase", &RevertParams::to_phase),
                  defaulted("reason", &RevertParams::reason))
PLAND_JSON_FIELDS(UndoParams, optional("operationId", &UndoParams::operation_id))

bool names_target(const Json& params) {
  const std::vector<std::string_view> members = members_of<TargetParams>();
  return params.is_object() && std::any_of(members.begin(), members.end(), [&](std::string_view member) {
           const auto given = params.find(member);
           return given != params.end() && !given->is_null();
         });
}

namespace {

using jsonrpc::ErrorCode;
using jsonrpc::ResponseError;

Target target_of(const Workspace::Found& found, std::string id) {
  return {found.engine, found.plan->plan.plan_id, std::move(id)};
}

ResponseError no_choice(const std::vector<Workspace::Found>& plans, std::string_view what) {
  if (plans.empty()) {
    return {ErrorCode::request_failed,
            "no plan is " + std::string(what) + "; name one by `planId` or by the `uri` of its file"};
  }
  std::string names;
  Json list = Json::array();
  for (const Workspace::Found& found : plans) {
    names += (names.empty() ? "" : ", ") + found.plan->plan.name + " (" + found.plan->plan.plan_id + ")";
    list.push_back({{"planId", found.plan->plan.plan_id}, {"name", found.plan->plan.name}});
  }
  return {ErrorCode::request_failed,
          "more than one plan is " + std::string(what) + ": name one by `planId`: " + names,
          Json{{"plans", std::move(list)}}};
}

}  // namespace

asio::awaitable<jsonrpc::Outcome<Target>> find_target(VerbHost& host, Json json, Candidates candidates) {
  auto params = params_of<TargetParams>(json);
  if (!params.ok()) co_return std::move(params.error());
  Workspace& workspace = host.workspace();
  const std::optional<std::string>& id =
      params.value().subplan_id ? params.value().subplan_id : params.value().plan_id;
  if (id) {
    const auto engine = co_await workspace.engine_of(*id);
    if (!engine.ok()) co_return response_error(engine.error());
    co_return target_of(workspace.find(*id), *id);
  }
  if (const auto& uri = params.value().uri) {
    const auto path = host.path_of(*uri);
    if (!path.ok()) co_return response_error(path.error());
    const auto engine = co_await workspace.engine_for(*path);
    if (!engine.ok()) co_return response_error(engine.error());
    const Workspace::Found found = workspace.find_by_file(host.engine_uri_of(*uri));
    if (found.plan == nullptr) {
      co_return ResponseError(ErrorCode::request_failed,
                              "no plan was spawned from " + path->string() + " yet");
    }
    co_return target_of(found, found.plan->plan.plan_id);
  }
  co_await workspace.settled();
  std::vector<Workspace::Found> fitting;
  for (engine::Engine* engine : workspace.engines()) {
    for (const engine::LivePlan* plan : engine->plans()) {
      // A newer plan of the same file has taken its place; who means the older one names it.
      const bool is_newest = plan->plan.uri.empty() || engine->plan_of_file(plan->plan.uri) == plan;
      if (is_newest && candidates.fits(*plan)) fitting.push_back({engine, plan});
    }
  }
  if (fitting.size() != 1) co_return no_choice(fitting, candidates.what);
  co_return target_of(fitting.front(), fitting.front().plan->plan.plan_id);
}

}  // namespace pland::server
