// Three-way merge of trees, in memory: base and two sides to a tree and the conflicts as values.
//
// The verdict (clean or not, the tree when clean, the paths in conflict) is that of `git merge-tree`. The
// three trees are walked together, descending only where entries differ, and files are merged only where both
// sides changed them, so the cost follows what changed. Where a rename could matter, or a path changed its
// kind, the merge is handed over to the git program and its answer is turned into the same values.
//
// Pure in the objects: the same trees give the same result, any time. Call in an arena thread, with a handle
// of that thread; objects are written to the (private) repository. Errors: the repository's, and git's own.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/git/oid.h"
#include "engine/git/repository.h"
#include "engine/merge/file_merge.h"
#include "engine/model/conflict.h"
#include "engine/model/plan_spec.h"

namespace pland::engine::merge {

struct TreeMergeOptions {
  MarkerLabels labels;  ///< what the sides are called in a conflict's `detail`
  /// git_three_way, sequential_apply and fail_on_conflict merge alike (what to do about conflicts is the
  /// caller's business); last_wins resolves every conflict to theirs, at once.
  MergeStrategy strategy = MergeStrategy::git_three_way;
  /// What git can only take whole is merged by what it holds (resource_merge.h); false: git's verdict alone.
  bool merge_resources = true;
};

struct TreeMerge {
  git::Oid tree;  ///< never with markers: ours wherever a conflict is open (its clean parts merged)
  std::vector<Conflict> conflicts;        ///< sorted by path; without ids, authors, subplan
  std::vector<std::string> files_merged;  ///< changed by both sides, differently; sorted
  bool handed_over = false;               ///< git's own merge-tree decided
};

Result<TreeMerge> merge_trees(git::Repository& repository, const git::Oid& base, const git::Oid& ours,
                              const git::Oid& theirs, const TreeMergeOptions& options = {});

}  // namespace pland::engine::merge
