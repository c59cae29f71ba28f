// Inside of the plan room: sandboxes as its coroutines use them. Each call records what it did in the store
// and works in the arena; creation is one at a time per project (field notes: parallel creation races in git
// itself).
#pragma once

#include <asio/awaitable.hpp>
#include <string>
#include <vector>

#include "engine/plan/engine_state.h"
#include "engine/snapshot/capture.h"

namespace pland::engine {

/// Finds the sandboxes an earlier process left, and clears what belongs to nothing.
asio::awaitable<Status> open_sandboxes(EngineState& state);

/// Makes a sandbox that holds `commit`, for a subplan or (empty subplan_id) the plan itself. Returns its id.
asio::awaitable<Result<std::string>> make_sandbox(EngineState& state, const std::string& plan_id,
                                                  const std::string& subplan_id, const std::string& commit);
/// Its record; not_found when there is none (any more).
Result<SandboxRecord> sandbox_record(const EngineState& state, const std::string& sandbox_id);
Status save_sandbox_record(EngineState& state, const SandboxRecord& record);
/// Its folder; empty when it does not exist.
std::filesystem::path sandbox_path(const EngineState& state, const std::string& sandbox_id);

/// What is in the sandbox now, kept from collection by `keep_ref` ("refs/pland-snap/...").
asio::awaitable<Result<Snapshot>> capture_sandbox(EngineState& state, std::string sandbox_id,
                                                  std::string parent_commit, std::string message,
                                                  std::string keep_ref);
/// Makes the sandbox hold `to_commit`; `from` is what `capture_sandbox` just said it holds.
asio::awaitable<Result<std::vector<FileAction>>> restore_sandbox(EngineState& state, std::string sandbox_id,
                                                                 Snapshot from, std::string to_commit);
/// A clean start for another attempt: the files of `to_commit`, given what it holds now, and git as it was,
/// with HEAD at `head_commit`.
asio::awaitable<Status> reset_sandbox(EngineState& state, std::string sandbox_id, Snapshot from,
                                      std::string to_commit, std::string head_commit);
/// What was done with git in it, as refs below `ref_prefix` (Sandboxes::keep_history).
asio::awaitable<Status> keep_history(EngineState& state, std::string sandbox_id, std::string ref_prefix);
/// Its ignored files, as far as they are small, at `ref`; answers the others.
asio::awaitable<Result<std::vector<std::string>>> keep_ignored(EngineState& state, std::string sandbox_id,
                                                               std::string ref);
/// Out of the way at once, deleted later; the record goes with it.
asio::awaitable<Status> remove_sandbox(EngineState& state, std::string sandbox_id);

}  // namespace pland::engine
