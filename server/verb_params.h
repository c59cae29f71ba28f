// Params of the verbs, as README.md documents them, and the choice of a plan when they name none.
#pragma once

#include <asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "protocol/jsonrpc/fields.h"
#include "protocol/jsonrpc/outcome.h"
#include "protocol/jsonrpc/reader.h"
#include "server/verb_host.h"

namespace pland::server {

using jsonrpc::Json;

/// Names a plan or a subplan; every verb about a plan takes these members.
struct TargetParams {
  std::optional<std::string> plan_id;
  std::optional<std::string> subplan_id;
  std::optional<std::string> uri;  ///< of a plan file: its newest plan
};
PLAND_JSON_STRUCT(TargetParams);
/// Whether a verb's params name a plan or a subplan, by whichever member.
bool names_target(const jsonrpc::Json& params);

struct UseParams {
  std::optional<std::string> uri;
  bool replace = false;
};
PLAND_JSON_STRUCT(UseParams);

struct SpawnParams {
  std::optional<std::string> uri;
  std::optional<std::string> plan_id;  ///< of a plan that `use` made
  bool replace = false;
};
PLAND_JSON_STRUCT(SpawnParams);

struct ShowParams {
  bool show = false;  ///< open the text in the editor
};
PLAND_JSON_STRUCT(ShowParams);

struct LogParams {
  bool show = false;
  std::optional<std::int64_t> attempt;  ///< the newest without it
};
PLAND_JSON_STRUCT(LogParams);

struct CheckpointParams {
  std::string label;
};
PLAND_JSON_STRUCT(CheckpointParams);

struct RollbackParams {
  std::string plan_id;
  std::string checkpoint_id;
  bool dry_run = false;
  bool confirmed = false;
};
PLAND_JSON_STRUCT(RollbackParams);

struct ResolveParams {
  std::string conflict_id;
  std::optional<std::int64_t> hunk;
  std::string resolution;
  std::optional<std::string> content;
};
PLAND_JSON_STRUCT(ResolveParams);

struct ApplyParams {
  bool dry_run = false;
  std::vector<std::string> paths;
};
PLAND_JSON_STRUCT(ApplyParams);

struct UndoParams {
  std::optional<std::string> operation_id;
};
PLAND_JSON_STRUCT(UndoParams);

struct TreeParams {
  bool show_superseded = false;
};
PLAND_JSON_STRUCT(TreeParams);

struct EventsParams {
  std::int64_t after = 0;    ///< the cursor; 0: from the first
  std::int64_t limit = 100;  ///< at most 10,000
};
PLAND_JSON_STRUCT(EventsParams);

struct ResumeParams {
  bool dry_run = false;
};
PLAND_JSON_STRUCT(ResumeParams);

struct RevertParams {
  std::optional<std::string> to_phase;  ///< "strategize", which is the only one
  std::string reason;
};
PLAND_JSON_STRUCT(RevertParams);

struct DoctorParams {
  std::optional<std::string> uri;  ///< of a file or folder of the project; all open ones without it
};
PLAND_JSON_STRUCT(DoctorParams);

/// The members of all these params.
template <typename... P>
std::vector<std::string_view> members_of() {
  std::vector<std::string_view> members;
  const auto add = [&](const std::vector<jsonrpc::FieldDescription>& fields) {
    for (const jsonrpc::FieldDescription& field : fields) members.push_back(field.key);
  };
  (add(describe_json(static_cast<const P*>(nullptr))), ...);
  return members;
}

/// Reads P; the error is InvalidParams with the JSON path.
template <typename P>
jsonrpc::Outcome<P> params_of(const Json& json) {
  static const Json empty = Json::object();
  jsonrpc::ReadProblems problems;
  P params{};
  if (!read_json(jsonrpc::Reader(json.is_null() ? empty : json, "params", problems), params)) {
    return jsonrpc::ResponseError(jsonrpc::ErrorCode::invalid_params, problems.to_string());
  }
  return params;
}

/// A plan, and the id (of it or of a subplan) that the call means.
struct Target {
  engine::Engine* engine = nullptr;
  std::string plan_id;
  std::string id;
  const engine::LivePlan& plan() const { return *engine->find_plan(plan_id); }
  bool is_subplan() const { return id != plan_id; }
};

/// Which plans a call without arguments may mean, in words ("running") and as a test.
struct Candidates {
  std::string_view what;
  bool (*fits)(const engine::LivePlan& plan);
};

/// The plan that `params` name; without a name the only one that fits. Errors: InvalidParams, RequestFailed
/// with the plans to choose from.
asio::awaitable<jsonrpc::Outcome<Target>> find_target(VerbHost& host, Json params, Candidates candidates);

}  // namespace pland::server
