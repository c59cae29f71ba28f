#include "engine/plan/decisions.h"

#include <fmt/format.h>

namespace pland::engine {

Decision make_decision(EngineState& state, const std::string& plan_id, const std::string& parent,
                       DecisionType type, std::string question, std::string chosen) {
  Decision decision;
  decision.decision_id = state.ids.next();
  decision.plan_id = plan_id;
  if (!parent.empty()) decision.parent_decision_id = parent;
  decision.decision_type = type;
  decision.question = std::move(question);
  decision.chosen_option = std::move(chosen);
  decision.created_at = state.clock.now();
  return decision;
}

nlohmann::json context_snapshot(const std::string& commit, const std::vector<std::string>& resources,
                                const std::string& actor_record) {
  return {{"hot_context_hash", commit},
          {"hot_context_ref", commit.empty() ? "" : "commit:" + commit},
          {"relevant_resources", resources},
          {"actor_state_ref", actor_record}};
}

std::vector<Decision> strategize(EngineState& state, const Plan& plan,
                                 const std::vector<SubplanStatus>& subplans, const std::string& reason) {
  std::vector<Decision> decisions;
  const auto decide = [&](DecisionType type, std::string question, std::string chosen) -> Decision& {
    const std::string parent = decisions.empty() ? "" : decisions.front().decision_id;
    decisions.push_back(
        make_decision(state, plan.plan_id, parent, type, std::move(question), std::move(chosen)));
    decisions.back().context_snapshot = context_snapshot(plan.base_commit, {}, "");
    return decisions.back();
  };
  Decision& root = decide(DecisionType::prompt_definition, "What is the plan prompt?",
                          plan.description.empty() ? plan.goal : plan.description);
  if (!reason.empty()) root.rationale = "strategized again: " + reason;
  for (const auto& invariant : plan.invariants) {
    if (plan.parent_plan_id) break;  // reconciled once, above (#2095)
    Decision& decision = decide(DecisionType::invariant_enforced, "Which constraint holds throughout?",
                                invariant.invariant.text);
    decision.rationale = fmt::format("from {}", invariant.origin);
    if (!invariant.invariant.check.empty()) {
      decision.rationale += fmt::format("; `{}` must pass before apply", invariant.invariant.check);
    }
  }
  const SubplanConfig& config = plan.spec.subplan_defaults;
  const bool parallel = config.mode == ExecutionMode::parallel;
  for (const auto& subplan : subplans) {
    Decision& decision =
        decide(parallel ? DecisionType::subplan_parallel_spawn : DecisionType::subplan_spawn,
               subplan.spec.goal.empty() ? subplan.spec.name : subplan.spec.goal, subplan.spec.name);
    decision.context_snapshot = context_snapshot(plan.base_commit, subplan.spec.scope, "");
    decision.context_snapshot["subplan_id"] = subplan.subplan_id;
    decision.context_snapshot["dependencies"] = subplan.spec.after;
    decision.context_snapshot["merge_strategy"] = to_string(config.merge);
    decision.context_snapshot["execution_mode"] = to_string(config.mode);
    decision.rationale =
        subplan.spec.after.empty()
            ? (parallel ? "nothing stands before it: it may run beside the others" : "one after the other")
            : fmt::format("runs after {}", fmt::join(subplan.spec.after, ", "));
  }
  return decisions;
}

std::string recovery_command(FailureClass failure_class, const Plan& plan, const SubplanStatus& subplan) {
  switch (failure_class) {
    case FailureClass::merge_conflict:
      return "pland conflicts " + subplan.subplan_id;
    case FailureClass::permanent:
    case FailureClass::validation:
      return (subplan.failure == FailureKind::children ? "pland errors " : "pland log ") + subplan.subplan_id;
    case FailureClass::resource:
      return "pland revert " + plan.root_plan_id + " --to-phase strategize";
    case FailureClass::none:
    case FailureClass::transient:
    case FailureClass::timeout:
    case FailureClass::cancelled:
    case FailureClass::unknown:
      break;
  }
  return "pland retry " + subplan.subplan_id;
}

std::string recovery_hint(FailureClass failure_class) {
  switch (failure_class) {
    case FailureClass::transient:
      return "it may pass by itself: retry it";
    case FailureClass::permanent:
      return "it would fail again the same way: look what failed, mend the plan or the machine, then retry";
    case FailureClass::resource:
      return "the machine ran out of something: free some, or go back to strategize and do less at once";
    case FailureClass::merge_conflict:
      return "the results of its own subplans clash: resolve the conflicts";
    case FailureClass::validation:
      return "the work is done but its check does not pass: read its log, then retry";
    case FailureClass::timeout:
      return "give it more time, or less to do, then retry";
    case FailureClass::cancelled:
      return "it was cancelled: retry it when it is wanted again";
    case FailureClass::unknown:
      return "read its log, then retry";
    case FailureClass::none:
      break;
  }
  return "";
}

Recovery recovery_of(EngineState& state, const Plan& plan, const SubplanStatus& subplan,
                     const Attempt& attempt, std::string_view action) {
  const FailureClass failure_class =
      classify(attempt.failure, attempt.exit_code, attempt.signal, attempt.output_tail);
  const SubplanConfig& config = plan.spec.subplan_defaults;
  Recovery recovery;
  recovery.details = {{"error_category", to_string(failure_class)},
                      {"error_phase", to_string(Phase::execute)},
                      {"phase", to_string(Phase::execute)},
                      {"actor", subplan.spec.tools.empty() ? "shell" : "tools"},
                      {"mode", subplan.spec.tools.empty() ? "shell" : "tools"},
                      {"tool_call", subplan.spec.tools.empty() ? subplan.spec.run : attempt.error},
                      {"stack_summary", attempt.error},
                      {"exception_type", to_string(attempt.failure)},
                      {"retry_count", attempt.number - 1},
                      {"max_retries", subplan.spec.max_retries.value_or(config.max_retries)},
                      {"is_retriable", is_retriable(failure_class)},
                      {"recovery_action", action},
                      {"recovery_hint", recovery_hint(failure_class)},
                      {"recovery_command", recovery_command(failure_class, plan, subplan)}};
  recovery.decision =
      make_decision(state, subplan.subplan_id, {}, DecisionType::error_recovery,
                    fmt::format("How does '{}' go on after attempt {}?", subplan.spec.name, attempt.number),
                    std::string(action));
  recovery.decision.alternatives = {"retry", "repair", "surface"};
  recovery.decision.rationale = fmt::format("{}: {}", to_string(failure_class), attempt.error);
  recovery.decision.context_snapshot =
      context_snapshot(subplan.base_commit, subplan.spec.scope, attempt.output_path);
  recovery.decision.context_snapshot["recovery"] = recovery.details;
  return recovery;
}

}  // namespace pland::engine
