// Inside of the plan room: bringing a change of trees into the user's folder, three-way with what is there
// now. `apply` and its undo are both this: from the plan's base to its result, and from what was applied back
// again.
#pragma once

#include <asio/awaitable.hpp>
#include <string>
#include <vector>

#include "engine/plan/engine_state.h"
#include "engine/plan/file_set.h"

namespace pland::engine {

struct WantedChange {
  git::Oid from, to;               ///< trees: what the change was made on, and what it makes of it
  std::vector<std::string> paths;  ///< only these; empty: all that differ
  std::string ours_name, theirs_name;
  std::vector<Conflict> known;  ///< resolutions made before
};

/// A change merged with the user's present files, not yet written.
struct PreparedChange {
  std::vector<FileWrite> writes;                          ///< on disk: files that no editor holds open, and
                                                          ///< what an editor does not know of those it does
  std::vector<std::pair<FileWrite, DocumentEdit>> edits;  ///< open documents
  std::vector<Conflict> conflicts;  ///< with known resolutions carried over; ids empty when new
  std::vector<FileAction> actions() const;
  std::vector<FileWrite> all() const;
};

asio::awaitable<Result<PreparedChange>> prepare_change(EngineState& state, WantedChange wanted);

/// Writes it: all or nothing. `token` names the operation.
asio::awaitable<Status> write_change(EngineState& state, PreparedChange prepared, std::string token,
                                     std::string label);

}  // namespace pland::engine
