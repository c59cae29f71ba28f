// A subplan's life, top to bottom (design invariant 3): sandbox, preparation, checkpoint, work, check,
// snapshot, once per attempt.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "engine/actor/shell_command.h"
#include "engine/actor/tool_calls.h"
#include "engine/git/tree_edit.h"
#include "engine/plan/change.h"
#include "engine/plan/sandboxes_of_plans.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

namespace fs = std::filesystem;

/// How one attempt ended.
struct AttemptEnd {
  ProcessingState state = ProcessingState::errored;
  FailureKind failure = FailureKind::internal;
  std::optional<int> exit_code;
  std::optional<int> signal;
  std::string error;
  std::string output_tail;
  std::string output_path;
  std::string result_commit;
  std::vector<std::string> files_changed;
  std::vector<LeftOut> left_out;  ///< what the sandbox holds beside the result
};

AttemptEnd failed(FailureKind kind, std::string error) {
  AttemptEnd end;
  end.failure = kind;
  end.error = std::move(error);
  return end;
}

/// What an attempt works with; values, so that nothing dangles over a suspension.
struct AttemptContext {
  std::string plan_id, subplan_id, sandbox_id, token;
  std::string spawned_from;  ///< the commit the sandbox is made from
  int number = 1;
  SubplanSpec spec;
  PlanSpec plan_spec;
  Cancellation cancellation;
  fs::path folder;  ///< the sandbox
};

std::string snapshot_ref(const AttemptContext& context, std::string_view what) {
  return fmt::format("refs/pland-snap/{}/{}-{}-{}", context.plan_id, context.subplan_id, context.number,
                     what);
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
                         {"PLAND_PROJECT", state.options.project.string()}};
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

/// Runs one command of the attempt that is not the work itself. nullopt: it passed.
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

/// A sandbox that holds `spawned_from`, prepared; records the id. The subplan's base is what it holds then.
asio::awaitable<std::optional<AttemptEnd>> prepare_sandbox(EngineState& state, PlanRuntime& plan,
                                                           std::size_t index, AttemptContext& context) {
  auto record = sandbox_record(state, context.sandbox_id);
  if (record.ok()) {
    // An earlier attempt's sandbox: what is in it stays reachable, then it starts over; after a rollback,
    // with the files that it was rolled back to.
    auto now = co_await capture_sandbox(state, context.sandbox_id, {},
                                        "before attempt " + std::to_string(context.number),
                                        snapshot_ref(context, "before"));
    if (!now.ok()) co_return failed(FailureKind::internal, now.error().message);
    auto kept = co_await keep_history(state, context.sandbox_id, snapshot_ref(context, "before-git"));
    if (!kept.ok()) spdlog::warn("{}", kept.error().message);
    const bool same_base = record->base_commit == context.spawned_from;
    const bool rolled_back = record->state == "rolled_back" && same_base;
    const bool prepared = record->state == "prepared" && same_base;
    const std::string target = rolled_back ? now->commit.hex()
                               : prepared  ? plan.live.subplans[index].base_commit
                                           : context.spawned_from;
    auto reset =
        co_await reset_sandbox(state, context.sandbox_id, *std::move(now), target, context.spawned_from);
    if (!reset.ok()) co_return failed(FailureKind::internal, reset.error().message);
    context.folder = sandbox_path(state, context.sandbox_id);
    if (rolled_back) {
      record->state = "prepared";
      if (auto saved = save_sandbox_record(state, *record); !saved.ok())
        co_return failed(FailureKind::internal, saved.error().message);
    }
    if (rolled_back || prepared) co_return std::nullopt;
    record->base_commit = context.spawned_from;
  } else {
    auto made = co_await make_sandbox(state, context.plan_id, context.subplan_id, context.spawned_from);
    if (!made.ok()) co_return failed(FailureKind::internal, "making the sandbox: " + made.error().message);
    context.sandbox_id = *std::move(made);
    context.folder = sandbox_path(state, context.sandbox_id);
    Change change(state, plan, "recording a sandbox");
    change.subplan(index).sandbox_id = context.sandbox_id;
    if (auto written = change.commit(); !written.ok())
      co_return failed(FailureKind::internal, written.error().message);
    record = sandbox_record(state, context.sandbox_id);
    if (!record.ok()) co_return failed(FailureKind::internal, record.error().message);
  }

  for (const auto& command : context.plan_spec.setup) {
    auto stopped = co_await run_part(state, context, command, CommandPurpose::setup);
    if (stopped) co_return stopped;
  }
  // Files that the preparation made are where the work starts from, not part of its result.
  auto start = co_await capture_sandbox(state, context.sandbox_id, context.spawned_from,
                                        "start of " + context.spec.name, snapshot_ref(context, "start"));
  if (!start.ok()) co_return failed(FailureKind::internal, start.error().message);
  // In this order: a sandbox that is said to be prepared has a base, whenever the process ends.
  Change change(state, plan, "recording a subplan's base");
  change.subplan(index).base_commit = start->commit.hex();
  if (auto written = change.commit(); !written.ok())
    co_return failed(FailureKind::internal, written.error().message);
  record->state = "prepared";
  record->base_commit = context.spawned_from;
  if (auto saved = save_sandbox_record(state, *record); !saved.ok()) {
    co_return failed(FailureKind::internal, saved.error().message);
  }
  auto checkpoint = record_checkpoint(state, plan, context.subplan_id, "spawn of " + context.spec.name,
                                      "on_subplan_spawn", *start);
  if (!checkpoint.ok()) co_return failed(FailureKind::internal, checkpoint.error().message);
  co_return std::nullopt;
}

asio::awaitable<Result<std::vector<std::string>>> changed_paths(EngineState& state, std::string from,
                                                                git::Oid to_tree) {
  auto work = [pool = state.pool, from, to_tree]() -> Result<std::vector<std::string>> {
    PLAND_TRY(auto repository, pool->lease());
    const auto commit = git::Oid::parse(from);
    if (!commit) return Error{ErrorCode::internal, "'" + from + "' is no commit"};
    PLAND_TRY(const git::Commit base, repository->read_commit(*commit));
    PLAND_TRY(const auto changes, git::diff_trees(*repository, base.tree, to_tree));
    std::vector<std::string> paths;
    for (const auto& change : changes) paths.push_back(change.path);
    return paths;
  };
  co_return co_await state.arena.run(work);
}

/// Behind the output, where a person looks for what a command did.
void tell_left_out(const AttemptContext& context, AttemptEnd& end) {
  std::string names;
  for (std::size_t i = 0; i < end.left_out.size() && i < 10; ++i) {
    names += fmt::format("{}'{}' ({})", i == 0 ? "" : ", ", end.left_out[i].path, end.left_out[i].why);
  }
  if (end.left_out.size() > 10) names += fmt::format(" and {} more", end.left_out.size() - 10);
  spdlog::warn("not in the result of {}, only in its sandbox {}: {}", context.spec.name,
               context.folder.string(), names);
  if (!end.output_tail.empty() && end.output_tail.back() != '\n') end.output_tail += '\n';
  end.output_tail +=
      fmt::format("pland: not in the result, only in the sandbox {}: {}\n", context.folder.string(), names);
}

asio::awaitable<AttemptEnd> attempt(EngineState& state, PlanRuntime& plan, std::size_t index,
                                    AttemptContext& context) {
  if (auto stopped = co_await prepare_sandbox(state, plan, index, context)) co_return *std::move(stopped);

  AttemptEnd end;
  WorkRequest request = work_request(state, context, "work");
  ShellActor shell;
  ToolActor tools(state.arena);
  Actor& actor = context.spec.tools.empty() ? static_cast<Actor&>(shell) : tools;
  auto outcome = co_await actor.perform(std::move(request), context.cancellation);
  if (!outcome.ok()) {
    end = failed(FailureKind::internal, outcome.error().message);
  } else {
    end = end_of(*outcome);
    for (const auto& call : outcome->invocations) {
      Change change(state, plan, "recording a tool call");
      change.event(call.succeeded ? "tool.completed" : "tool.errored", context.subplan_id,
                   {{"tool", call.tool}, {"arguments", call.arguments}, {"answer", call.answer}});
      if (auto written = change.commit(); !written.ok())
        co_return failed(FailureKind::internal, written.error().message);
    }
  }
  if (end.state == ProcessingState::complete && !context.spec.check.empty()) {
    if (auto stopped = co_await run_part(state, context, context.spec.check, CommandPurpose::check)) {
      end = *std::move(stopped);
    }
  }

  // Whatever came of it, what it did is kept.
  auto result = co_await capture_sandbox(state, context.sandbox_id, plan.live.subplans[index].base_commit,
                                         fmt::format("{}, attempt {}", context.spec.name, context.number),
                                         snapshot_ref(context, "result"));
  if (!result.ok()) co_return failed(FailureKind::internal, "keeping the result: " + result.error().message);
  auto kept = co_await keep_history(state, context.sandbox_id, snapshot_ref(context, "git"));
  if (!kept.ok()) spdlog::warn("{}", kept.error().message);
  auto changed = co_await changed_paths(state, plan.live.subplans[index].base_commit, result->tree);
  if (!changed.ok()) co_return failed(FailureKind::internal, changed.error().message);
  end.result_commit = result->commit.hex();
  end.files_changed = *std::move(changed);
  end.left_out = result->left_out;
  if (!end.left_out.empty()) tell_left_out(context, end);
  const bool cancelled = context.cancellation.cancelled();
  if ((cancelled || end.state != ProcessingState::complete) && !end.files_changed.empty()) {
    auto checkpoint = record_checkpoint(state, plan, context.subplan_id,
                                        fmt::format("{} after {} attempt {}", context.spec.name,
                                                    cancelled ? "cancelled" : "failed", context.number),
                                        cancelled ? "on_cancel" : "on_error", *result);
    if (!checkpoint.ok()) spdlog::error("{}", checkpoint.error().message);
  }
  co_return end;
}

/// Requirements 3.3: unknown failures are retried, those known to repeat are not.
bool may_pass_next_time(FailureKind kind) {
  switch (kind) {
    case FailureKind::missing_command:
    case FailureKind::tool_failed:
    case FailureKind::dependency:
    case FailureKind::none:
      return false;
    default:
      return true;
  }
}

Status begin_attempt(EngineState& state, PlanRuntime& plan, std::size_t index, const AttemptContext& context,
                     Attempt& row) {
  row.subplan_id = context.subplan_id;
  row.number = context.number;
  row.started_at = state.clock.now();
  const auto recorded =
      state.store->transaction("recording a process", [&](Transaction& transaction) -> Status {
        return transaction.insert_process(
            {context.token, context.plan_id, context.subplan_id, 0, row.started_at});
      });
  if (!recorded.ok()) return recorded.error();
  Change change(state, plan, "starting an attempt");
  SubplanStatus& subplan = change.subplan(index);
  subplan.state = ProcessingState::processing;
  subplan.attempt_number = context.number;
  subplan.failure = FailureKind::none;
  subplan.error.clear();
  subplan.exit_code.reset();
  subplan.completed_at.reset();
  subplan.result_commit.clear();
  subplan.files_changed.clear();
  if (!subplan.started_at) subplan.started_at = row.started_at;
  change.begin_attempt(row);
  change.event("subplan.state_changed", context.subplan_id,
               {{"state", to_string(subplan.state)}, {"attempt", context.number}});
  return change.commit();
}

Status end_attempt(EngineState& state, PlanRuntime& plan, std::size_t index, const AttemptContext& context,
                   Attempt row, const AttemptEnd& end, bool retried) {
  row.completed_at = state.clock.now();
  row.state = end.state;
  row.failure = end.failure;
  row.exit_code = end.exit_code;
  row.signal = end.signal;
  row.error = end.error;
  row.output_tail = end.output_tail;
  row.output_path = end.output_path;
  row.was_retried = retried;
  Change change(state, plan, "ending an attempt");
  change.end_attempt(row);
  SubplanStatus& subplan = change.subplan(index);
  subplan.failure = end.failure;
  subplan.exit_code = end.exit_code;
  subplan.error = end.error;
  subplan.files_changed = end.files_changed;
  if (!retried) {
    subplan.state = end.state;
    subplan.completed_at = row.completed_at;
    if (end.state == ProcessingState::complete) subplan.result_commit = end.result_commit;
  }
  change.event(retried ? "subplan.retried" : "subplan.state_changed", context.subplan_id,
               {{"state", to_string(end.state)}, {"attempt", context.number}, {"error", end.error}});
  if (!end.left_out.empty()) {
    nlohmann::json paths = nlohmann::json::array();
    for (const auto& left : end.left_out) paths.push_back({{"path", left.path}, {"why", left.why}});
    change.event("subplan.left_out", context.subplan_id,
                 {{"attempt", context.number}, {"sandbox", context.folder.string()}, {"paths", paths}});
  }
  PLAND_CHECK(change.commit());
  const auto ended = state.store->transaction("recording a process's end", [&](Transaction& transaction) {
    return transaction.delete_process(context.token);
  });
  return ended.ok() ? Status{} : Status{ended.error()};
}

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
  const SubplanConfig& config = context.plan_spec.subplan_defaults;
  const int limit = context.spec.max_retries.value_or(config.max_retries);
  const int first = context.number;

  for (;; ++context.number) {
    context.token = state.ids.next();
    Attempt row;
    if (auto begun = begin_attempt(state, plan, index, context, row); !begun.ok()) {
      // Without a store nothing may go on: the scheduler stops the plan with this reason.
      plan.unrecorded = begun;
      co_return;
    }
    AttemptEnd end = co_await attempt(state, plan, index, context);
    if (context.cancellation.cancelled()) {
      end.state = ProcessingState::cancelled;
      end.failure = FailureKind::none;
      end.error = context.cancellation.reason();
    }
    // Attempts are counted from where a person last asked for one (#1271: the one with number max_retries is
    // last).
    const bool retry = end.state == ProcessingState::errored && config.retry_failed &&
                       may_pass_next_time(end.failure) && context.number - first + 1 < limit;
    if (auto ended = end_attempt(state, plan, index, context, row, end, retry); !ended.ok()) {
      plan.unrecorded = ended;
      co_return;
    }
    if (!retry) co_return;
  }
}

}  // namespace pland::engine
