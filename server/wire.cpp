#include "server/wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "server/wording.h"

namespace pland::server {

using engine::to_string;

Json subplan_json(const engine::SubplanStatus& subplan) {
  Json json{{"subplanId", subplan.subplan_id},
            {"name", subplan.spec.name},
            {"state", to_string(subplan.state)},
            {"attempt", subplan.attempt_number},
            {"filesChanged", subplan.files_changed}};
  if (subplan.exit_code) json["exitCode"] = *subplan.exit_code;
  if (!subplan.error.empty()) json["error"] = subplan.error;
  if (subplan.failure != engine::FailureKind::none) json["failure"] = to_string(subplan.failure);
  return json;
}

Json plan_json(const engine::LivePlan& plan, std::size_t checkpoints, const std::string& uri) {
  Json subplans = Json::array();
  for (const engine::SubplanStatus& subplan : plan.subplans) subplans.push_back(subplan_json(subplan));
  const auto open = std::count_if(plan.conflicts.begin(), plan.conflicts.end(), engine::is_open);
  Json json{
      {"planId", plan.plan.plan_id},
      {"name", plan.plan.name},
      {"phase", to_string(plan.plan.phase)},
      {"state", to_string(plan.plan.state)},
      {"revision", plan.plan.revision},
      {"subplans", std::move(subplans)},
      {"conflicts", {{"open", open}, {"resolved", static_cast<std::int64_t>(plan.conflicts.size()) - open}}},
      {"checkpoints", checkpoints}};
  json["profile"] = {{"name", plan.plan.profile.profile}, {"source", to_string(plan.plan.profile.source)}};
  json["reversionCount"] = plan.plan.reversion_count;
  json["lastCompletedStep"] = plan.plan.last_completed_step;
  if (plan.plan.parent_plan_id) json["parentPlanId"] = *plan.plan.parent_plan_id;
  if (!uri.empty()) json["uri"] = uri;
  if (!plan.plan.error.empty()) json["error"] = plan.plan.error;
  return json;
}

Json plan_changed_json(const engine::LivePlan& plan) {
  Json children = Json::array();
  for (const engine::SubplanStatus& subplan : plan.subplans) {
    children.push_back({{"subplanId", subplan.subplan_id},
                        {"name", subplan.spec.name},
                        {"state", to_string(subplan.state)},
                        {"attempt", subplan.attempt_number}});
  }
  Json json{{"planId", plan.plan.plan_id},
            {"revision", plan.plan.revision},
            {"phase", to_string(plan.plan.phase)},
            {"state", to_string(plan.plan.state)},
            {"children", std::move(children)}};
  if (plan.plan.parent_plan_id) json["parentPlanId"] = *plan.plan.parent_plan_id;
  return json;
}

Json spawned_json(const engine::LivePlan& plan) {
  Json children = Json::array();
  for (const engine::SubplanStatus& subplan : plan.subplans) {
    children.push_back({{"subplanId", subplan.subplan_id},
                        {"name", subplan.spec.name},
                        {"state", to_string(subplan.state)}});
  }
  return {
      {"planId", plan.plan.plan_id}, {"operationId", plan.plan.plan_id}, {"children", std::move(children)}};
}

Json plan_state_json(const engine::LivePlan& plan, const std::string& subplan_id) {
  Json json{{"planId", plan.plan.plan_id},
            {"phase", to_string(plan.plan.phase)},
            {"state", to_string(plan.plan.state)}};
  for (const engine::SubplanStatus& subplan : plan.subplans) {
    if (subplan.subplan_id == subplan_id) json["subplan"] = subplan_json(subplan);
  }
  return json;
}

Json resume_json(const engine::ResumeReport& report, bool dry_run) {
  Json json{{"planId", report.plan_id},
            {"phase", to_string(report.phase)},
            {"state", to_string(report.state)},
            {"lastCompletedStep", report.last_completed_step},
            {"done", report.done},
            {"remaining", report.remaining},
            {"dryRun", dry_run}};
  if (!report.last_checkpoint_id.empty()) json["lastCheckpointId"] = report.last_checkpoint_id;
  if (!report.decision_id.empty()) json["decisionId"] = report.decision_id;
  return json;
}

Json checkpoint_json(const engine::Checkpoint& checkpoint) {
  Json left_out = Json::array();
  for (const engine::LeftOut& file : checkpoint.left_out) {
    left_out.push_back({{"path", file.path}, {"why", file.why}});
  }
  Json json{{"checkpointId", checkpoint.checkpoint_id},
            {"planId", checkpoint.plan_id},
            {"label", checkpoint.label},
            {"trigger", checkpoint.trigger},
            {"createdAt", engine::to_iso8601(checkpoint.created_at)},
            {"files", checkpoint.files},
            {"leftOut", std::move(left_out)}};
  if (!checkpoint.subplan_id.empty()) json["subplanId"] = checkpoint.subplan_id;
  return json;
}

Json range_json(engine::LineRange range) {
  return {{"start", range.start}, {"count", range.count}};
}

Json conflict_json(const engine::Conflict& conflict, const engine::LivePlan& plan, const std::string& uri) {
  Json hunks = Json::array();
  for (const engine::ConflictHunk& hunk : conflict.hunks) {
    Json entry{{"base", {{"lines", range_json(hunk.base)}, {"text", hunk.base_text}}},
               {"ours", {{"lines", range_json(hunk.ours)}, {"text", hunk.ours_text}}},
               {"theirs", {{"lines", range_json(hunk.theirs)}, {"text", hunk.theirs_text}}},
               {"state", hunk.resolution || conflict.resolution ? "resolved" : "open"}};
    if (hunk.resolution) entry["resolution"] = to_string(*hunk.resolution);
    hunks.push_back(std::move(entry));
  }
  Json json{{"conflictId", conflict.conflict_id},
            {"planId", conflict.plan_id},
            {"uri", uri},
            {"path", conflict.path},
            {"kind", to_string(conflict.kind)},
            {"state", engine::is_open(conflict) ? "open" : "resolved"},
            {"ours", ours_name(conflict)},
            {"theirs", theirs_name(conflict, plan)},
            {"hunks", std::move(hunks)}};
  if (!conflict.subplan_id.empty()) json["subplanId"] = conflict.subplan_id;
  if (!conflict.detail.empty()) json["detail"] = conflict.detail;
  if (conflict.resolution) json["resolution"] = to_string(*conflict.resolution);
  if (!conflict.resolved_by.empty()) json["resolvedBy"] = conflict.resolved_by;
  if (conflict.resolved_at) json["resolvedAt"] = engine::to_iso8601(*conflict.resolved_at);
  return json;
}

namespace {

Json files_json(const std::vector<engine::FileAction>& files) {
  Json json = Json::array();
  for (const engine::FileAction& file : files) json.push_back({{"file", file.file}, {"action", file.action}});
  return json;
}

}  // namespace

Json apply_json(const engine::ApplyReport& report) {
  Json json{{"files", files_json(report.files)}, {"notIncluded", report.not_included}};
  if (!report.operation_id.empty()) json["operationId"] = report.operation_id;
  return json;
}

Json undo_json(const engine::UndoReport& report) {
  return {{"operationId", report.operation_id},
          {"undone", report.undone},
          {"description", report.description},
          {"files", files_json(report.files)}};
}

Json diff_json(const engine::DiffReport& report) {
  Json files = Json::array();
  for (const engine::DiffReport::File& file : report.files) {
    files.push_back({{"path", file.path}, {"change", file.change}});
  }
  return {{"files", std::move(files)}, {"patch", report.patch}};
}

Json rollback_json(const engine::RollbackReport& report, const std::string& plan_id,
                   engine::Timestamp started, engine::Timestamp ended, bool dry_run) {
  const engine::Checkpoint& checkpoint = report.checkpoint;
  std::string state(to_string(report.state));
  if (report.state == engine::ProcessingState::queued) state += " (awaiting input)";
  Json data{{"rollback_summary",
             {{"plan", plan_id},
              {"checkpoint", checkpoint.checkpoint_id},
              {"label", checkpoint.label},
              {"files_reverted", report.changes.size()}}},
            {"changes_reverted", files_json(report.changes)},
            {"impact",
             {{"child_plans_invalidated", report.invalidated.size()},
              {"sandbox", "restored to " + checkpoint.checkpoint_id},
              {"decisions_after_cp", fmt::format("{} discarded", report.decisions_discarded)},
              {"tool_calls_after_cp", fmt::format("{} undone", report.tool_calls_undone)}}},
            {"post_rollback_state",
             {{"phase", to_string(report.phase)},
              {"state", std::move(state)},
              {"checkpoints_remaining", report.checkpoints_remaining}}}};
  return {{"command", "plan rollback"},
          {"status", "ok"},
          {"exit_code", 0},
          {"data", std::move(data)},
          {"timing", {{"started", engine::to_iso8601(started)}, {"duration_ms", ended - started}}},
          {"messages", {dry_run ? "Dry run: nothing was changed" : "Rollback complete"}}};
}

}  // namespace pland::server
