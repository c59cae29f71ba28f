// The answers of our own requests as JSON: one function a shape, documented in README.md. Pure functions of
// the engine's values. File uris are made with `uri_of`, so that a client gets its own spelling back.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "engine/plan/engine.h"

namespace pland::server {

using Json = nlohmann::json;
/// The uri of a file of a project, given its absolute path.
using UriOf = std::function<std::string(const std::filesystem::path&)>;

/// `{subplanId, name, state, attempt, filesChanged, exitCode?, error?}`
Json subplan_json(const engine::SubplanStatus& subplan);
/// `uri` of its plan file as the client spells it; `{planId, name, uri?, phase, state, revision, subplans,
/// conflicts: {open, resolved}, checkpoints}`
Json plan_json(const engine::LivePlan& plan, std::size_t checkpoints, const std::string& uri);
/// The same plan as `pland/planChanged` sends it: `{planId, revision, phase, state, children}`
Json plan_changed_json(const engine::LivePlan& plan);
/// What `spawn` answers: `{planId, operationId, children: [{subplanId, name, state}]}`
Json spawned_json(const engine::LivePlan& plan);
/// What cancel and retry answer: `{planId, phase, state, subplanId?}`
Json plan_state_json(const engine::LivePlan& plan, const std::string& subplan_id);
/// What `resume` goes on with: `{planId, phase, state, lastCompletedStep, lastCheckpointId?, decisionId?,
/// done, remaining, dryRun}`
Json resume_json(const engine::ResumeReport& report, bool dry_run);
/// `{checkpointId, planId, subplanId?, label, trigger, createdAt, files, leftOut: [{path, why}]}`
Json checkpoint_json(const engine::Checkpoint& checkpoint);
/// `{conflictId, planId, uri, path, kind, state, ours, theirs, resolution?, resolvedBy?, hunks: [...]}`
Json conflict_json(const engine::Conflict& conflict, const engine::LivePlan& plan, const std::string& uri);
/// `{operationId, files: [{file, action}], notIncluded}`
Json apply_json(const engine::ApplyReport& report);
/// `{operationId, undone, description, files}`
Json undo_json(const engine::UndoReport& report);
/// `{planId or subplanId, files: [{path, change}], patch}`
Json diff_json(const engine::DiffReport& report);
/// The envelope of requirements 2.11.
Json rollback_json(const engine::RollbackReport& report, const std::string& plan_id,
                   engine::Timestamp started, engine::Timestamp ended, bool dry_run);

/// Lines as LSP shows them to people: `{start, count}`, from 0.
Json range_json(engine::LineRange range);

}  // namespace pland::server
