#include "server/wire_history.h"

#include <nlohmann/json.hpp>
#include <string>

namespace pland::server {

using engine::Decision;
using engine::DecisionNode;
using engine::DecisionType;
using engine::to_string;

namespace {

Json node_json(const DecisionNode& node) {
  const Decision& decision = node.decision;
  Json json{{"decisionId", decision.decision_id},
            {"type", to_string(decision.decision_type)},
            {"question", decision.question},
            {"description", decision.chosen_option},
            {"createdAt", decision.created_at}};
  if (decision.confidence) json["confidence"] = *decision.confidence;
  if (!decision.rationale.empty()) json["rationale"] = decision.rationale;
  if (!decision.alternatives.empty()) json["alternatives"] = decision.alternatives;
  if (decision.superseded_at) {
    json["superseded"] = true;
    json["supersededBy"] = decision.superseded_by.value_or("");
  }
  if (!node.child_plan_id.empty()) json["planId"] = node.child_plan_id;
  Json children = Json::array();
  for (const DecisionNode& child : node.children) children.push_back(node_json(child));
  json["children"] = std::move(children);
  return json;
}

int count_of(const DecisionNode& node, DecisionType type) {
  int count = node.decision.decision_type == type ? 1 : 0;
  for (const DecisionNode& child : node.children) count += count_of(child, type);
  return count;
}

Json attempt_json(const engine::Attempt& attempt) {
  Json json{{"subplanId", attempt.subplan_id},
            {"attempt", attempt.number},
            {"state", to_string(attempt.state)},
            {"startedAt", attempt.started_at},
            {"wasRetried", attempt.was_retried}};
  if (attempt.completed_at) json["completedAt"] = *attempt.completed_at;
  if (attempt.exit_code) json["exitCode"] = *attempt.exit_code;
  if (attempt.signal) json["signal"] = *attempt.signal;
  if (!attempt.error.empty()) json["error"] = attempt.error;
  return json;
}

}  // namespace

Json tree_json(const engine::DecisionTree& tree) {
  Json children = Json::array();
  for (const engine::Plan& child : tree.child_plans) {
    children.push_back({{"planId", child.plan_id},
                        {"name", child.name},
                        {"phase", to_string(child.phase)},
                        {"state", to_string(child.state)}});
  }
  Json ids{{"root", tree.root.decision.decision_id}, {"all", Json::array()}};
  for (const DecisionNode& node : tree.root.children) ids["all"].push_back(node.decision.decision_id);
  return {{"planId", tree.plan_id},
          {"tree", node_json(tree.root)},
          {"summary",
           {{"nodes", tree.nodes},
            {"depth", tree.depth},
            {"childPlans", tree.child_plans.size()},
            {"invariants", count_of(tree.root, DecisionType::invariant_enforced)},
            {"superseded", tree.superseded}}},
          {"childPlans", std::move(children)},
          {"decisionIds", std::move(ids)}};
}

Json errors_json(const engine::ErrorReport& report) {
  Json errors = Json::array();
  for (const engine::RecordedError& error : report.errors) {
    const Json& recovery = error.decision.context_snapshot.at("recovery");
    errors.push_back({{"decisionId", error.decision.decision_id},
                      {"subplanId", error.subplan_id},
                      {"name", error.subplan_name},
                      {"createdAt", error.decision.created_at},
                      {"category", recovery.at("error_category")},
                      {"action", recovery.at("recovery_action")},
                      {"retryCount", recovery.at("retry_count")},
                      {"maxRetries", recovery.at("max_retries")},
                      {"isRetriable", recovery.at("is_retriable")},
                      {"message", recovery.at("stack_summary")},
                      {"hint", recovery.at("recovery_hint")},
                      {"command", recovery.at("recovery_command")}});
  }
  Json attempts = Json::array();
  for (const engine::Attempt& attempt : report.attempts) attempts.push_back(attempt_json(attempt));
  Json patterns = Json::array();
  for (const engine::ErrorPattern& pattern : report.patterns) {
    patterns.push_back({{"pattern", pattern.pattern},
                        {"frequency", pattern.frequency},
                        {"lastSeen", pattern.last_seen},
                        {"preventiveChecks", pattern.preventive_checks}});
  }
  Json json{{"planId", report.plan.plan_id},         {"phase", to_string(report.plan.phase)},
            {"state", to_string(report.plan.state)}, {"errorDetails", report.plan.error_details},
            {"errors", std::move(errors)},           {"attempts", std::move(attempts)},
            {"conflictFiles", report.conflicts},     {"patterns", std::move(patterns)}};
  if (!report.plan.error.empty()) json["error"] = report.plan.error;
  return json;
}

Json events_json(const engine::EventPage& page) {
  Json events = Json::array();
  for (const engine::Event& event : page.events) {
    Json json{{"sequence", event.sequence},
              {"createdAt", event.created_at},
              {"type", event.type},
              {"planId", event.plan_id},
              {"payload", event.payload}};
    if (!event.subplan_id.empty()) json["subplanId"] = event.subplan_id;
    events.push_back(std::move(json));
  }
  return {{"events", std::move(events)}, {"next", page.next}, {"more", page.more}};
}

}  // namespace pland::server
