// A subplan's life, top to bottom (design invariant 3): sandbox, preparation, checkpoint, work, check,
// snapshot, once per attempt.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <random>

#include "engine/actor/tool_calls.h"
#include "engine/base/delay.h"
#include "engine/plan/attempt.h"
#include "engine/plan/automation.h"
#include "engine/plan/change.h"
#include "engine/plan/decisions.h"
#include "engine/plan/family.h"
#include "engine/plan/operations.h"
#include "engine/plan/sandboxes_of_plans.h"
#include "engine/plan/verbs.h"

namespace pland::engine {

AttemptEnd failed(FailureKind kind, std::string error) {
  AttemptEnd end;
  end.failure = kind;
  end.error = std::move(error);
  return end;
}

std::string snapshot_ref(const AttemptContext& context, std::string_view what) {
  return fmt::format("refs/pland-snap/{}/{}-{}-{}", context.plan_id, context.subplan_id, context.number,
                     what);
}

std::filesystem::path calls_file(const EngineState& state, const AttemptContext& context) {
  return state.directory / "contexts" / fmt::format("{}-{}.calls", context.subplan_id, context.number);
}

WorkRequest work_request(const EngineState& state, const AttemptContext& context, std::string_view part) {
  WorkRequest request;
  request.sandbox = context.folder;
  request.spec = context.spec;
  request.timeout = context.spec.timeout ? context.spec.timeout : context.plan_spec.subplan_defaults.timeout;
  request.idle_timeout =
      context.spec.idle_timeout ? context.spec.idle_timeout : context.plan_spec.subplan_defaults.idle_timeout;
  request.environment = {{"PLAND_PLAN", context.plan_spec.name},
                         {"PLAND_PLAN_ID", context.plan_id},
                         {"PLAND_SUBPLAN", context.spec.name},
                         {"PLAND_SUBPLAN_ID", context.subplan_id},
                         {"PLAND_ATTEMPT", std::to_string(context.number)},
                         {"PLAND_SANDBOX", context.folder.string()},
                         {"PLAND_PROJECT", state.options.project.string()},
                         {"PLAND_CONTEXT", context.context_file.string()},
                         {"PLAND_CALLS", calls_file(state, context).string()},
                         {"PLAND_PORT", std::to_string(context.first_port)},
                         {"PLAND_PORTS", std::to_string(kPortsPerSubplan)}};
  request.output_path =
      state.directory / "logs" / fmt::format("{}-{}-{}.log", context.subplan_id, context.number, part);
  request.token = context.token;
  request.supervisor = state.options.supervisor;
  return request;
}

AttemptEnd end_of(const WorkOutcome& outcome) {
  AttemptEnd end;
  end.failure = outcome.failure;
  end.exit_code = outcome.exit_code;
  end.signal = outcome.signal;
  end.error = outcome.error;
  end.output_tail = outcome.output_tail;
  end.output_path = outcome.output_path.string();
  end.state = outcome.succeeded() ? ProcessingState::complete : ProcessingState::errored;
  return end;
}

asio::awaitable<std::optional<AttemptEnd>> run_part(EngineState& state, const AttemptContext& context,
                                                    std::string command, CommandPurpose purpose) {
  const std::string_view part = purpose == CommandPurpose::setup ? "setup" : "check";
  WorkRequest request = work_request(state, context, part);
  if (purpose == CommandPurpose::setup) request.timeout.reset();  // the subplan's clock starts with its work
  auto outcome =
      co_await run_shell_command(std::move(command), purpose, std::move(request), context.cancellation);
  if (!outcome.ok()) co_return failed(FailureKind::internal, outcome.error().message);
  if (outcome->succeeded()) co_return std::nullopt;
  co_return end_of(*outcome);
}

namespace {

/// Each call as it was really made: an event, and a decision of the child (#3819).
Status record_calls(EngineState& state, PlanRuntime& plan, std::size_t index, const AttemptContext& context,
                    const WorkOutcome& outcome) {
  if (outcome.invocations.empty()) return {};
  Change change(state, plan, "recording tool calls");
  const SubplanStatus& subplan = plan.live.subplans[index];
  for (const auto& call : outcome.invocations) {
    change.event(call.succeeded ? "tool.completed" : "tool.errored", context.subplan_id,
                 {{"tool", call.tool}, {"arguments", call.arguments}, {"answer", call.answer}});
    Decision decision = make_decision(state, context.subplan_id, {}, DecisionType::tool_invocation,
                                      "Which tool comes next?", call.tool);
    decision.rationale = call.answer;
    decision.context_snapshot =
        context_snapshot(subplan.base_commit, subplan.spec.scope, outcome.output_path.string());
    decision.context_snapshot["arguments"] = call.arguments;
    change.add(std::move(decision));
    ++change.plan().tool_calls;
  }
  return change.commit();
}

/// The profile's guards (#5619). The spawn of a plan by a person is the approval of what its file says.
ToolGate gate_of(const Plan& plan) {
  return [profile = profile_of(plan)](const IntendedCall& call) -> Status {
    ToolUse use;
    use.tool = call.tool;
    use.writes = call.writes;
    use.calls_in_step = call.calls_before;
    use.sandboxed = true;
    use.has_checkpoints = true;
    use.write_approved = true;
    if (const auto violation = check_tool_use(profile, use)) return to_error(*violation);
    return {};
  };
}

/// What the calls that a command asked for came to, as the outcome of the command.
void add_calls(WorkOutcome& outcome, WorkOutcome calls) {
  outcome.invocations = std::move(calls.invocations);
  outcome.proposals = std::move(calls.proposals);
  outcome.failure = calls.failure;
  outcome.cancelled = calls.cancelled;
  if (!calls.error.empty()) outcome.error = calls.error;
  if (!calls.succeeded()) outcome.output_tail += calls.output_tail;
}

/// A command can do anything in its sandbox: it is a call of a tool that writes.
Status allow_command(const ToolGate& gate) {
  IntendedCall call;
  call.tool = "builtin/run_command";
  call.writes = true;
  return gate(call);
}

asio::awaitable<Result<WorkOutcome>> perform_command(EngineState& state, const AttemptContext& context,
                                                     WorkRequest request) {
  const Status allowed = allow_command(request.gate);
  WorkOutcome outcome;
  if (!allowed.ok()) {
    outcome.failure = FailureKind::guard;
    outcome.error = "the command was not run: " + allowed.error().message;
    co_return outcome;
  }
  WorkRequest later = request;
  ShellActor shell;
  auto ran = co_await shell.perform(std::move(request), context.cancellation);
  if (!ran.ok()) co_return ran.error();
  outcome = *std::move(ran);
  if (!outcome.succeeded()) co_return outcome;
  // What it asked for is done when it has succeeded, one call after the other.
  auto calls = read_calls(calls_file(state, context));
  if (!calls.ok()) co_return calls.error();
  if (calls->empty()) co_return outcome;
  later.spec.tools = *std::move(calls);
  later.output_path =
      state.directory / "logs" / fmt::format("{}-{}-calls.log", context.subplan_id, context.number);
  ToolActor tools(state.arena);
  auto made = co_await tools.perform(std::move(later), context.cancellation);
  if (!made.ok()) co_return made.error();
  add_calls(outcome, *std::move(made));
  co_return outcome;
}

asio::awaitable<Result<WorkOutcome>> perform_tools(EngineState& state, const AttemptContext& context,
                                                   WorkRequest request) {
  ToolActor tools(state.arena);
  auto made = co_await tools.perform(std::move(request), context.cancellation);
  co_return made;
}

asio::awaitable<AttemptEnd> work(EngineState& state, PlanRuntime& plan, std::size_t index,
                                 AttemptContext& context, std::vector<SubplanProposal>& proposals) {
  WorkRequest request = work_request(state, context, "work");
  request.gate = gate_of(plan.live.plan);
  auto doing = context.spec.tools.empty() ? perform_command(state, context, std::move(request))
                                          : perform_tools(state, context, std::move(request));
  auto outcome = co_await std::move(doing);
  if (!outcome.ok()) co_return failed(FailureKind::tool_failed, outcome.error().message);
  if (auto written = record_calls(state, plan, index, context, *outcome); !written.ok())
    co_return failed(FailureKind::internal, written.error().message);
  if (outcome->succeeded()) proposals = std::move(outcome->proposals);
  co_return end_of(*outcome);
}

asio::awaitable<AttemptEnd> attempt_children(EngineState& state, PlanRuntime& plan, std::size_t index,
                                             AttemptContext& context);

asio::awaitable<AttemptEnd> attempt(EngineState& state, PlanRuntime& plan, std::size_t index,
                                    AttemptContext& context) {
  if (!context.repaired) {
    if (auto stopped = co_await prepare_sandbox(state, plan, index, context)) co_return *std::move(stopped);
  }
  AttemptEnd end;
  std::vector<SubplanProposal> proposals;
  if (context.repaired && context.repaired_failure == FailureKind::check_failed) {
    end.state = ProcessingState::complete;  // the work was done; what the repair changed is to be checked
    end.failure = FailureKind::none;
  } else {
    end = co_await work(state, plan, index, context, proposals);
  }
  if (end.state == ProcessingState::complete && proposals.empty() && !context.spec.check.empty()) {
    if (auto stopped = co_await run_part(state, context, context.spec.check, CommandPurpose::check)) {
      end = *std::move(stopped);
    }
  }
  if (auto lost = co_await keep_result(state, plan, index, context, end)) co_return *std::move(lost);
  if (end.state != ProcessingState::complete || proposals.empty()) co_return end;
  // Its children start from what it has done itself.
  if (auto spawned = spawn_proposed(state, plan, index, proposals, end.result_commit); !spawned.ok()) {
    AttemptEnd refusal = failed(FailureKind::guard, spawned.error().message);
    refusal.result_commit = end.result_commit;
    refusal.files_changed = end.files_changed;
    co_return refusal;
  }
  co_return co_await attempt_children(state, plan, index, context);
}

/// A subplan whose work is subplans: its result is its own plan's merged tree.
asio::awaitable<AttemptEnd> attempt_children(EngineState& state, PlanRuntime& plan, std::size_t index,
                                             AttemptContext& context) {
  PlanRuntime& child = *state.find(context.subplan_id);
  // Children that it asked for start from what it did itself, which stays done.
  const bool asked_for = context.spec.subplans.empty();
  const std::string base = asked_for ? child.live.plan.base_commit : context.spawned_from;
  if (!asked_for) {
    Change change(state, plan, "recording a subplan's base");
    change.subplan(index).base_commit = context.spawned_from;
    if (auto written = change.commit(); !written.ok())
      co_return failed(FailureKind::internal, written.error().message);
  }
  const ChildrenEnd children = co_await run_children(state, child, base, context.cancellation);
  AttemptEnd end = failed(children.failure, children.error);
  if (children.merged_commit.empty()) co_return end;
  auto tree = co_await tree_of(state, children.merged_commit);
  if (!tree.ok()) co_return failed(FailureKind::internal, tree.error().message);
  auto changed = co_await changed_paths(state, plan.live.subplans[index].base_commit, *tree);
  if (!changed.ok()) co_return failed(FailureKind::internal, changed.error().message);
  end.files_changed = *std::move(changed);
  if (children.failure != FailureKind::none) co_return end;
  end.state = ProcessingState::complete;
  end.result_commit = children.merged_commit;
  if (context.spec.check.empty()) co_return end;
  auto sandbox = co_await plan_sandbox(state, child);
  if (!sandbox.ok()) co_return failed(FailureKind::internal, sandbox.error().message);
  context.folder = sandbox_path(state, *sandbox);
  if (auto stopped = co_await run_part(state, context, context.spec.check, CommandPurpose::check)) {
    stopped->files_changed = end.files_changed;
    co_return *std::move(stopped);
  }
  co_return end;
}

/// Requirements 3.3: the budget, and whether trying again can help. Attempts are counted from where a person
/// last asked for one: the one with number max_retries is the last (#1271).
NextStep next_step(const EngineState& state, const LivePlan& live, const AttemptContext& context,
                   const AttemptEnd& end, int first, int repairs) {
  if (end.state != ProcessingState::errored) return NextStep::none;
  const FailureClass failure_class = classify(end.failure, end.exit_code, end.signal, end.output_tail);
  const bool can_repair = failure_class != FailureClass::cancelled && end.failure != FailureKind::internal &&
                          context.spec.subplans.empty() && !context.folder.empty();
  const bool may_repair =
      failure_class != FailureClass::validation || may(state, live, Step::fix_validation).proceed;
  if (can_repair && may_repair && !context.spec.repair.run.empty() &&
      repairs < context.spec.repair.max_tries) {
    return NextStep::repair;
  }
  const SubplanConfig& config = context.plan_spec.subplan_defaults;
  const int most = profile_of(live.plan).safety.max_retries_per_step + 1;
  const int limit = std::min(context.spec.max_retries.value_or(config.max_retries), most);
  const bool budget = config.retry_failed && context.number - first + 1 < limit;
  const bool again = budget && is_retriable(failure_class) && may(state, live, Step::retry_transient).proceed;
  return again ? NextStep::retry : NextStep::none;
}

/// How long to wait for what may pass by itself: twice as long each time, half of it by chance so that
/// subplans that failed together do not come back together (M. Brooker, "Exponential Backoff And Jitter", AWS
/// Architecture Blog 2015: equal jitter).
std::chrono::milliseconds back_off(const EngineOptions& options, FailureClass failure_class, int retry) {
  if (failure_class != FailureClass::transient && failure_class != FailureClass::resource) return {};
  constexpr int kMostDoublings = 16;
  const auto whole = std::min(options.retry_base_delay * (std::int64_t{1} << std::min(retry, kMostDoublings)),
                              options.retry_max_delay);
  static thread_local std::minstd_rand chance{std::random_device{}()};
  std::uniform_int_distribution<std::int64_t> half(0, whole.count() / 2);
  return std::chrono::milliseconds(whole.count() - half(chance));
}

/// Lets the repair command change the sandbox as the failed attempt left it.
asio::awaitable<void> repair(EngineState& state, AttemptContext& context, const AttemptEnd& end) {
  context.failed_log = end.output_path;
  context.repaired_failure = end.failure;
  WorkRequest request = work_request(state, context, "repair");
  request.environment["PLAND_FAILURE"] = to_string(end.failure);
  request.environment["PLAND_FAILURE_CLASS"] =
      to_string(classify(end.failure, end.exit_code, end.signal, end.output_tail));
  request.environment["PLAND_ERROR"] = end.error;
  request.environment["PLAND_FAILED_LOG"] = end.output_path;
  auto outcome = co_await run_shell_command(context.spec.repair.run, CommandPurpose::work, std::move(request),
                                            context.cancellation);
  // A repair that failed leaves the next attempt a clean sandbox, if the budget has one.
  context.repaired = outcome.ok() && outcome->succeeded();
  if (!context.repaired) {
    spdlog::warn("the repair of {} failed: {}", context.spec.name,
                 outcome.ok() ? outcome->error : outcome.error().message);
  }
}

/// The lowest block of ports that no running subplan of this engine has.
class PortBlock {
 public:
  explicit PortBlock(EngineState& state) : state_(state) {
    while (state_.port_blocks.count(block_) > 0) ++block_;
    state_.port_blocks.insert(block_);
  }
  ~PortBlock() { state_.port_blocks.erase(block_); }
  PortBlock(const PortBlock&) = delete;
  PortBlock& operator=(const PortBlock&) = delete;
  int first_port() const { return kFirstPort + block_ % kPortBlocks * kPortsPerSubplan; }

 private:
  static constexpr int kFirstPort = 20000;  // below Linux's ephemeral ports, which begin at 32768
  static constexpr int kPortBlocks = 1200;
  EngineState& state_;
  int block_ = 0;
};

}  // namespace

asio::awaitable<void> run_subplan(EngineState& state, PlanRuntime& plan, std::size_t index,
                                  std::string base_commit) {
  AttemptContext context;
  {
    const SubplanStatus& subplan = plan.live.subplans.at(index);
    context.plan_id = plan.live.plan.plan_id;
    context.subplan_id = subplan.subplan_id;
    context.sandbox_id = subplan.sandbox_id;
    context.number = subplan.attempt_number;
    context.spec = subplan.spec;
  }
  context.plan_spec = plan.live.plan.spec;
  context.spawned_from = std::move(base_commit);
  context.cancellation = plan.subplan_cancellation.at(context.subplan_id);
  const PortBlock ports(state);
  context.first_port = ports.first_port();
  const int first = context.number;
  int repairs = 0;

  for (;; ++context.number) {
    context.token = state.ids.next();
    Attempt row;
    if (auto begun = begin_attempt(state, plan, index, context, row); !begun.ok()) {
      // Without a store nothing may go on: the scheduler stops the plan with this reason.
      plan.unrecorded = begun;
      co_return;
    }
    AttemptEnd end;
    if (auto written = co_await write_context(state, plan, plan.live.subplans[index]); !written.ok()) {
      end = failed(FailureKind::internal, "writing its context: " + written.error().message);
    } else {
      context.context_file = *std::move(written);
      const bool has_children = state.find(context.subplan_id) != nullptr;
      auto tried =
          has_children ? attempt_children(state, plan, index, context) : attempt(state, plan, index, context);
      end = co_await std::move(tried);
    }
    if (context.cancellation.cancelled()) {
      end.state = ProcessingState::cancelled;
      end.failure = FailureKind::none;
      end.error = context.cancellation.reason();
    }
    const NextStep next = next_step(state, plan.live, context, end, first, repairs);
    if (auto ended = end_attempt(state, plan, index, context, row, end, next); !ended.ok()) {
      plan.unrecorded = ended;
      co_return;
    }
    if (next == NextStep::none) co_return;
    context.repaired = false;
    if (next == NextStep::repair) {
      ++repairs;
      co_await repair(state, context, end);
    } else {
      const FailureClass failure_class = classify(end.failure, end.exit_code, end.signal, end.output_tail);
      co_await delay(back_off(state.options, failure_class, context.number - first), context.cancellation);
    }
  }
}

}  // namespace pland::engine
