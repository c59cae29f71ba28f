// Inside of the snapshot room only: the trees of a snapshot.
#pragma once

#include <optional>

#include "engine/base/result.h"
#include "engine/git/repository.h"
#include "engine/snapshot/folder_index.h"

namespace pland::engine {

/// Writes the trees of `now` that have no name yet and are not the same as in `known`, and notes all their
/// names in it. Untracked files that are absent are dropped from `now`. Answers the root's tree.
Result<git::Oid> write_trees(IndexedFolder& now, const IndexedFolder& known, git::Repository& store);

/// Sees to it that every object of `tree` that `borrowed` (nullopt: nothing) does not hold at the same place
/// is in the store itself. Descends only where they differ. not_found: an object is nowhere any more.
Status own_difference(git::Repository& store, const std::optional<git::Oid>& borrowed, const git::Oid& tree);

}  // namespace pland::engine
