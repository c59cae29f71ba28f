#include "server/verbs.h"

#include <algorithm>
#include <array>
#include <optional>

#include "server/verb_params.h"
#include "server/verb_render.h"
#include "server/verbs_change.h"
#include "server/verbs_history.h"
#include "server/verbs_life.h"
#include "server/verbs_look.h"
#include "server/verbs_run.h"

namespace pland::server {
namespace {

using Kind = CliArgument::Kind;
using jsonrpc::HandlerKind;

constexpr CliArgument target_argument{Kind::target, "FILE|ID", "",
                                      "a plan file, or the id of a plan or subplan"};

constexpr std::array use_arguments{
    CliArgument{Kind::target, "FILE", "", "the plan file", true},
    CliArgument{Kind::flag, "--replace", "replace", "cancel a plan of the same file that still runs"}};
constexpr std::array spawn_arguments{
    CliArgument{Kind::target, "FILE|ID", "", "the plan file, or the id of a plan made by `use`", true},
    CliArgument{Kind::flag, "--replace", "replace", "cancel a plan of the same file that still runs"}};
constexpr std::array only_target{target_argument};
constexpr std::array log_arguments{
    CliArgument{Kind::target, "SUBPLAN", "", "the subplan's id", true},
    CliArgument{Kind::number, "--attempt", "attempt", "which attempt; the newest without it"}};
constexpr std::array checkpoint_arguments{target_argument,
                                          CliArgument{Kind::text, "--label", "label", "what to call it"}};
constexpr std::array rollback_arguments{
    CliArgument{Kind::text, "PLAN", "planId", "the plan's id", true},
    CliArgument{Kind::text, "CHECKPOINT", "checkpointId", "the checkpoint's id", true},
    CliArgument{Kind::flag, "--dry-run", "dryRun", "say what would change and change nothing"},
    CliArgument{Kind::flag, "--yes", "confirmed", "do not ask"}};
constexpr std::array resolve_arguments{
    CliArgument{Kind::text, "CONFLICT", "conflictId", "the conflict's id", true},
    CliArgument{Kind::text, "--resolution,RESOLUTION", "resolution", "ours, theirs, both, base or manual",
                true},
    CliArgument{Kind::number, "--hunk", "hunk", "one hunk of the conflict, from 0; all without it"},
    CliArgument{Kind::text, "--content", "content", "the text of a manual resolution"}};
constexpr std::array apply_arguments{
    target_argument,
    CliArgument{Kind::flag, "--dry-run", "dryRun", "say what would change and change nothing"},
    CliArgument{Kind::list, "--path", "paths", "apply only these files"}};
constexpr std::array undo_arguments{
    CliArgument{Kind::text, "OPERATION", "operationId", "the operation's id; the newest without it"}};

constexpr std::array doctor_arguments{
    CliArgument{Kind::target, "FOLDER", "", "a folder of the project; the current one without it"}};

constexpr std::array only_plan{CliArgument{Kind::target, "FILE|ID", "", "a plan file, or the id of a plan"}};
constexpr std::array resume_arguments{
    CliArgument{Kind::target, "FILE|ID", "", "a plan file, or the id of a plan"},
    CliArgument{Kind::flag, "--dry-run", "dryRun", "say what would run and start nothing"}};
constexpr std::array revert_arguments{
    CliArgument{Kind::target, "FILE|ID", "", "a plan file, or the id of a plan"},
    CliArgument{Kind::text, "--to-phase", "toPhase", "strategize, the only phase to go back to"},
    CliArgument{Kind::text, "--reason", "reason", "why; it is recorded"}};
constexpr std::array tree_arguments{
    target_argument,
    CliArgument{Kind::flag, "--show-superseded", "showSuperseded", "with decisions that were replaced"}};
constexpr std::array events_arguments{
    target_argument, CliArgument{Kind::number, "--after", "after", "only what came after this cursor"},
    CliArgument{Kind::number, "--limit", "limit", "at most so many (100)"}};

constexpr std::array table{
    Verb{"use", "create a plan from a plan file and strategize it; start nothing", HandlerKind::mutation,
         use_plan, members_of<UseParams>, use_arguments, render_spawned},
    Verb{"spawn", "create a plan from a plan file and run its subplans", HandlerKind::mutation, spawn_plan,
         members_of<SpawnParams>, spawn_arguments, render_spawned, nullptr, true},
    Verb{"execute", "start a plan that waits, or run again what did not succeed", HandlerKind::mutation,
         execute_plan, members_of<TargetParams>, only_plan, render_state, nullptr, true},
    Verb{"resume", "go on after the last completed step", HandlerKind::mutation, resume_plan,
         members_of<TargetParams, ResumeParams>, resume_arguments, render_resumed},
    Verb{"revert", "take a plan back to strategize and set its results aside", HandlerKind::mutation,
         revert_plan, members_of<TargetParams, RevertParams>, revert_arguments, render_state},
    Verb{"tree", "the decisions of a plan and of its child plans", HandlerKind::query, plan_tree,
         members_of<TargetParams, TreeParams>, tree_arguments, render_tree},
    Verb{"errors", "what failed, how it went on, and what to do", HandlerKind::query, plan_errors,
         members_of<TargetParams>, only_target, render_errors},
    Verb{"events", "what happened, in order, from a cursor on", HandlerKind::query, list_events,
         members_of<TargetParams, EventsParams>, events_arguments, render_events},
    Verb{"status", "what a plan, or every plan, is doing", HandlerKind::query, plan_status,
         members_of<TargetParams>, only_target, render_status},
    // Not a mutation in the order of messages: it must work while another verb waits for an answer.
    Verb{"cancel", "stop a plan or a subplan and keep what was done", HandlerKind::quick, cancel_plan,
         members_of<TargetParams>, only_target, render_state},
    Verb{"retry", "run again what did not succeed", HandlerKind::mutation, retry_plan,
         members_of<TargetParams>, only_target, render_state, nullptr, true},
    Verb{"checkpoint", "keep a labelled snapshot of a plan's result or a subplan's sandbox",
         HandlerKind::mutation, make_checkpoint, members_of<TargetParams, CheckpointParams>,
         checkpoint_arguments, render_checkpoint},
    Verb{"checkpoints", "list checkpoints, oldest first", HandlerKind::query, list_checkpoints,
         members_of<TargetParams>, only_target, render_checkpoints},
    Verb{"rollback", "put a plan or a subplan back to a checkpoint", HandlerKind::mutation, rollback_plan,
         members_of<RollbackParams>, rollback_arguments, render_rollback, rollback_question},
    Verb{"conflicts", "list merge conflicts", HandlerKind::query, list_conflicts, members_of<TargetParams>,
         only_target, render_conflicts},
    Verb{"resolve", "resolve a merge conflict, or one hunk of it", HandlerKind::mutation, resolve_conflict,
         members_of<ResolveParams>, resolve_arguments, render_resolved},
    Verb{"diff", "what a subplan changed, or what a plan's result changes", HandlerKind::query, plan_diff,
         members_of<TargetParams, ShowParams>, only_target, render_diff},
    Verb{"log", "the output of a subplan's attempt", HandlerKind::query, subplan_log,
         members_of<TargetParams, LogParams>, log_arguments, render_log},
    Verb{"apply", "write a plan's result into the project's files", HandlerKind::mutation, apply_plan,
         members_of<TargetParams, ApplyParams>, apply_arguments, render_applied},
    Verb{"undo", "undo the newest operation, or the named one", HandlerKind::mutation, undo_operation,
         members_of<TargetParams, UndoParams>, undo_arguments, render_undone},
    Verb{"doctor", "what this machine and the project have and lack, and the disk space used",
         HandlerKind::query, doctor, members_of<DoctorParams>, doctor_arguments, render_doctor, nullptr,
         false, false, nothing_is_wrong},
};

/// Asks what the verb wants to know of a person; nothing when it may go on.
asio::awaitable<std::optional<jsonrpc::ResponseError>> refusal_of(const Verb& verb, VerbHost& host,
                                                                  Json params, const Ask& ask) {
  using jsonrpc::ErrorCode;
  using jsonrpc::ResponseError;
  if (verb.question == nullptr) co_return std::nullopt;
  Json asked = params;
  const auto question = co_await verb.question(host, std::move(asked));
  if (!question.ok()) co_return question.error();
  const std::vector<std::string>& lines = question.value().lines;
  if (lines.empty()) co_return std::nullopt;
  const std::string name(verb.name);
  const Consent consent = co_await ask(lines);
  if (consent == Consent::no) {
    co_return ResponseError(ErrorCode::request_failed,
                            "it was not confirmed; nothing was changed by `" + name + "`");
  }
  if (consent == Consent::withdrawn) {
    co_return ResponseError(ErrorCode::request_cancelled,
                            "`" + name + "` was cancelled before it was confirmed; nothing was changed");
  }
  if (consent == Consent::cannot_ask) {
    std::string text;
    for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
    co_return ResponseError(ErrorCode::request_failed, text + " Call again with `confirmed: true` to do it.");
  }
  // Others went on meanwhile: what was agreed to must still be what will happen.
  const auto now = co_await verb.question(host, std::move(params));
  if (!now.ok()) co_return now.error();
  if (now.value().stakes == question.value().stakes) co_return std::nullopt;
  co_return ResponseError(ErrorCode::request_failed,
                          "the plan went on while the question stood, and `" + name +
                              "` would now do something else; nothing was changed, call again");
}

}  // namespace

std::span<const Verb> verbs() {
  return table;
}

const Verb* find_verb(std::string_view name) {
  for (const Verb& verb : table) {
    if (verb.name == name) return &verb;
  }
  return nullptr;
}

asio::awaitable<Answer> run_verb(const Verb& verb, VerbHost& host, Json params, const Ask& ask) {
  if (params.is_object()) {
    const std::vector<std::string_view> known = verb.members();
    for (const auto& [member, value] : params.items()) {
      // Any request of LSP may have tokens; ours report on their own.
      if (member == "workDoneToken" || member == "partialResultToken") continue;
      if (std::find(known.begin(), known.end(), member) != known.end()) continue;
      std::string list;
      for (const std::string_view name : known) list += (list.empty() ? "" : ", ") + std::string(name);
      co_return jsonrpc::ResponseError(
          jsonrpc::ErrorCode::invalid_params,
          "params." + member + ": is not known; `" + std::string(verb.name) + "` takes " + list);
    }
  }
  Json asked = params;
  auto refusal = co_await refusal_of(verb, host, std::move(asked), ask);
  if (refusal) co_return *std::move(refusal);
  co_return co_await verb.run(host, std::move(params));
}

jsonrpc::ResponseError response_error(const engine::Error& error) {
  using engine::ErrorCode;
  Json data = error.context.is_object() ? error.context : Json::object();
  data["code"] = engine::to_string(error.code);
  switch (error.code) {
    case ErrorCode::invalid_argument:
      return {jsonrpc::ErrorCode::invalid_params, error.message, std::move(data)};
    case ErrorCode::internal:
      return {jsonrpc::ErrorCode::internal_error, error.message, std::move(data)};
    default:
      return {jsonrpc::ErrorCode::request_failed, error.message, std::move(data)};
  }
}

}  // namespace pland::server
