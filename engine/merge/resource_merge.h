// Files that git can only take whole, merged by what they hold: the last step of a tree merge.
//
// Git's verdict stands for everything else; a merger is asked only where git finds a conflict. SQLite
// databases are merged row by row, JSON member by member, sets of lines (.gitignore) line by line.
#pragma once

#include "engine/base/result.h"
#include "engine/git/repository.h"
#include "engine/merge/tree_merge.h"

namespace pland::engine::merge {

/// Replaces conflicts of kinds `binary` and `content` that a merger can settle: the merged file goes into the
/// tree, and what is disputed inside of it becomes a conflict of kind `row`. The sides of that are whole
/// files in which all the rest is merged, so that any of them can be taken. Where rows cannot be merged the
/// conflict stays, with the reason as its `detail`. `labels`: what the sides are called there. Errors: the
/// repository's.
Status merge_resources(git::Repository& repository, TreeMerge& merge, const MarkerLabels& labels);

}  // namespace pland::engine::merge
