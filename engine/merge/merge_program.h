// The tree merge that is handed over to the git program: `git merge-tree --write-tree`, its output turned
// into conflict values. One of the places where the program is right: its rename detection has no equal.
#pragma once

#include "engine/merge/tree_merge.h"

namespace pland::engine::merge {

/// As merge_trees, without the strategy. Blocking: starts a process.
Result<TreeMerge> merge_by_program(git::Repository& repository, const git::Oid& base, const git::Oid& ours,
                                   const git::Oid& theirs, const MarkerLabels& labels);

}  // namespace pland::engine::merge
