// Inside of the snapshot room only: what the user's index says, carried into the private index.
#pragma once

#include "engine/base/result.h"
#include "engine/git/repository.h"
#include "engine/git/repository_pool.h"
#include "engine/git/user_index.h"
#include "engine/snapshot/folder_index.h"
#include "engine/snapshot/parallel.h"

namespace pland::engine {

/// lstat of the user's index file; all zero when there is none.
FileStat user_index_stat(const git::Repository& repository);

/// Marks in `index` what is tracked now; what the index did not know is added, to be looked for on disk.
/// `take_stats`: files that `index` does not know yet are taken as the user's index has them, where what it
/// names is surely the raw content: not where it may have changed within the clock's grain, and not where a
/// filter (eol conversion, LFS, ident) stands between file and object.
Status follow_user_index(FolderIndex& index, const git::Repository& repository,
                         const git::UserIndex& user_index, git::RepositoryPool& store, bool take_stats,
                         const ParallelFor& parallel_for);

/// Gives each folder of `folder` that holds just what `tree` holds that tree's name, so that it is not
/// written: a tree that the user's repository has need not be in the private one as well. written.
Status adopt_trees(IndexedFolder& folder, const git::Repository& repository, const git::Oid& tree);

}  // namespace pland::engine
