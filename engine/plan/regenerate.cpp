// Lockfiles (requirements 3.4, #4005): where results clash in a file that a command can make anew from the
// others, the command decides. Its result is a resolution like any other: shown, recorded, and undone by
// resolving anew.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "engine/actor/shell_command.h"
#include "engine/base/glob.h"
#include "engine/plan/change.h"
#include "engine/plan/sandboxes_of_plans.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

namespace fs = std::filesystem;

const std::string* command_for(const PlanSpec& spec, const std::string& path) {
  for (const auto& [glob, command] : spec.regenerate) {
    if (glob_match(glob, path) || glob_match("**/" + glob, path)) return &command;
  }
  return nullptr;
}

/// What was in dispute: a command that could not settle it is not asked again about the same.
std::string dispute_of(const Conflict& conflict) {
  return conflict.path + ":" + conflict.ours.oid + ":" + conflict.theirs.oid;
}

asio::awaitable<Result<std::string>> made_anew(EngineState& state, const PlanRuntime& plan,
                                               const std::string& sandbox, std::string command,
                                               std::string path) {
  WorkRequest request;
  request.sandbox = sandbox_path(state, sandbox);
  request.timeout = plan.live.plan.spec.subplan_defaults.timeout;
  request.environment = {{"PLAND_PLAN", plan.live.plan.name},
                         {"PLAND_PLAN_ID", plan.live.plan.plan_id},
                         {"PLAND_SANDBOX", request.sandbox.string()},
                         {"PLAND_PROJECT", state.options.project.string()}};
  request.output_path =
      state.directory / "logs" / fmt::format("{}-regenerate-{}.log", plan.live.plan.plan_id, sandbox);
  request.token = state.ids.next();
  request.supervisor = state.options.supervisor;
  const fs::path file = request.sandbox / path;
  auto outcome =
      co_await run_shell_command(command, CommandPurpose::work, std::move(request), plan.cancellation);
  if (!outcome.ok()) co_return outcome.error();
  if (!outcome->succeeded()) {
    co_return Error{ErrorCode::refused, fmt::format("`{}` could not make {} anew: {}\n{}", command, path,
                                                    outcome->error, outcome->output_tail)};
  }
  auto work = [pool = state.pool, file]() -> Result<std::string> {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return io_error("reading", file.native(), errno);
    std::ostringstream text;
    text << stream.rdbuf();
    PLAND_TRY(auto repository, pool->lease());
    PLAND_TRY(const git::Oid blob, repository->write_blob(text.str()));
    return blob.hex();
  };
  co_return co_await state.arena.run(work);
}

/// Settles the conflict `conflict_id` with what the command makes of the merged files.
asio::awaitable<Status> settle_by_command(EngineState& state, PlanRuntime& plan, std::string conflict_id,
                                          std::string path, std::string command) {
  PLAND_CO_TRY(const std::string sandbox,
               co_await make_sandbox(state, plan.live.plan.plan_id, {}, plan.live.plan.merged_commit));
  auto oid = co_await made_anew(state, plan, sandbox, command, path);
  if (const Status removed = co_await remove_sandbox(state, sandbox); !removed.ok())
    spdlog::warn("{}", removed.error().message);
  if (!oid.ok()) co_return oid.error();
  Change change(state, plan, "making a lockfile anew");
  for (Conflict& conflict : change.conflicts()) {
    if (conflict.conflict_id != conflict_id) continue;
    conflict.resolution = Resolution::manual;
    conflict.manual_oid = *oid;
    conflict.resolved_by = "regenerate: " + command;
    conflict.resolved_at = state.clock.now();
  }
  change.event("conflict.resolved", {}, {{"conflict_id", conflict_id}, {"path", path}, {"command", command}});
  co_return change.commit();
}

}  // namespace

asio::awaitable<Result<bool>> regenerate(EngineState& state, PlanRuntime& plan) {
  const std::vector<Conflict> conflicts = plan.live.conflicts;
  for (const Conflict& conflict : conflicts) {
    if (conflict.subplan_id.empty() || !is_open(conflict)) continue;
    const std::string* command = command_for(plan.live.plan.spec, conflict.path);
    if (command == nullptr || plan.cancellation.cancelled()) continue;
    if (!plan.regenerated.insert(dispute_of(conflict)).second) continue;
    const Status settled =
        co_await settle_by_command(state, plan, conflict.conflict_id, conflict.path, *command);
    if (settled.ok()) co_return true;  // later results meet another file now
    spdlog::warn("{}", settled.error().message);
    Change change(state, plan, "recording that a lockfile was not made anew");
    change.plan().error_details["regenerate_failed"] = settled.error().message;
    PLAND_CO_CHECK(change.commit());
  }
  co_return false;
}

}  // namespace pland::engine
