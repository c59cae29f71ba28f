#include "engine/plan/automation.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/actor/shell_command.h"
#include "engine/plan/attempt.h"
#include "engine/plan/change.h"
#include "engine/plan/sandboxes_of_plans.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

constexpr const char* kHistoryKey = "success_history";

double share(double part, double half) {
  return part / (part + half);
}

/// How much a step can break, from the size of what it would do: half at ten files.
double risk_of(const LivePlan& live, Step step) {
  constexpr double kHalf = 10;
  std::size_t files = 0;
  for (const auto& subplan : live.subplans) files += subplan.files_changed.size();
  switch (step) {
    case Step::start_strategize:
    case Step::decide_in_strategize:
      return 0;  // Strategize writes nothing
    case Step::start_apply:
    case Step::restore_checkpoint:
    case Step::revise_strategy:
    case Step::revert_from_apply:
      return share(static_cast<double>(files), kHalf);
    default:
      return share(static_cast<double>(live.subplans.size()), kHalf);
  }
}

}  // namespace

AutomationProfile profile_of(const Plan& plan) {
  if (plan.effective_profile.empty()) return *find_built_in_profile(fallback_profile);  // of an older pland
  return plan.effective_profile.get<AutomationProfile>();
}

Result<ChosenProfile> choose_profile_for(const EngineState& state, const PlanSpec& spec,
                                         const std::optional<std::string>& action_profile) {
  ProfileWishes wishes;
  if (!spec.profile.empty()) wishes.plan = spec.profile;
  wishes.action = action_profile;
  wishes.project = state.options.project_profile;
  wishes.global = global_profile_wish(inherited_environment(), state.options.global_profile);
  return choose_profile(wishes, state.profiles);
}

std::string operation_type(Step step) {
  return "step." + std::string(to_string(step));
}

ConfidenceFactors factors_of(const EngineState& state, const LivePlan& live, Step step) {
  constexpr double kHalfFamiliar = 3;  // plans applied here before
  constexpr double kHalfComplex = 5;   // invariants
  ConfidenceFactors factors;
  factors.past_success_rate = state.history.past_success_rate(operation_type(step));
  const auto applied = std::count_if(state.plans.begin(), state.plans.end(), [](const auto& entry) {
    return entry.second->live.plan.state == ProcessingState::applied;
  });
  factors.codebase_familiarity = share(static_cast<double>(applied), kHalfFamiliar);
  factors.risk_assessment = risk_of(live, step);
  factors.invariant_complexity = share(static_cast<double>(live.plan.invariants.size()), kHalfComplex);
  return factors;
}

EscalationDecision may(const EngineState& state, const LivePlan& live, Step step) {
  return escalate(profile_of(live.plan), step, factors_of(state, live, step));
}

void remember_outcome(EngineState& state, Change& change, const std::string& operation_type, bool succeeded) {
  state.history.record(operation_type, succeeded);
  change.remember(kHistoryKey, nlohmann::json(state.history).dump());
}

Status load_history(EngineState& state) {
  PLAND_TRY(const auto text, state.store->meta(kHistoryKey));
  if (!text) return {};
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (json.is_discarded()) {
    return Error{ErrorCode::store,
                 "the record of how operations went is damaged ('success_history' in meta)"};
  }
  state.history = json.get<SuccessHistory>();
  return {};
}

asio::awaitable<Status> hold_invariants(EngineState& state, PlanRuntime& plan) {
  const std::vector<PlanInvariant> invariants = plan.live.plan.invariants;
  const bool any = std::any_of(invariants.begin(), invariants.end(), [](const PlanInvariant& invariant) {
    return !invariant.invariant.check.empty();
  });
  if (!any) co_return Status{};
  PLAND_CO_TRY(const std::string sandbox, co_await plan_sandbox(state, plan));
  nlohmann::json results = nlohmann::json::array();
  std::string broken;
  for (const auto& invariant : invariants) {
    if (invariant.invariant.check.empty()) continue;
    WorkRequest request;
    request.sandbox = sandbox_path(state, sandbox);
    request.timeout = plan.live.plan.spec.subplan_defaults.timeout;
    request.environment = {{"PLAND_PLAN", plan.live.plan.name},
                           {"PLAND_PLAN_ID", plan.live.plan.plan_id},
                           {"PLAND_SANDBOX", request.sandbox.string()},
                           {"PLAND_PROJECT", state.options.project.string()}};
    request.output_path =
        state.directory / "logs" / fmt::format("{}-invariant-{}.log", plan.live.plan.plan_id, results.size());
    request.token = state.ids.next();
    request.supervisor = state.options.supervisor;
    auto outcome = co_await run_shell_command(invariant.invariant.check, CommandPurpose::check,
                                              std::move(request), plan.cancellation);
    if (!outcome.ok()) co_return with_context(std::move(outcome).error(), "checking an invariant");
    const bool holds = outcome->succeeded();
    results.push_back({{"invariant", invariant.invariant.text},
                       {"check", invariant.invariant.check},
                       {"passed", holds},
                       {"output", holds ? "" : outcome->output_tail}});
    if (!holds) {
      broken += fmt::format("{}'{}' does not hold: `{}` {}", broken.empty() ? "" : "; ",
                            invariant.invariant.text, invariant.invariant.check, outcome->error);
    }
  }
  Change change(state, plan, "checking invariants");
  change.plan().validation_summary["invariants"] = results;
  change.event(broken.empty() ? "invariant.enforced" : "invariant.violated", {}, {{"results", results}});
  if (!broken.empty()) {
    change.plan().phase = Phase::apply;
    change.plan().state = ProcessingState::constrained;
    change.plan().error = broken;
  }
  PLAND_CO_CHECK(change.commit());
  if (broken.empty()) co_return Status{};
  Error error = refused(broken + ". Nothing was applied: mend it and retry, or `revert` the plan");
  error.context = {{"invariants", results}};
  co_return error;
}

}  // namespace pland::engine
