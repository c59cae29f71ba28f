// A snapshot's files, made in an empty folder.
#pragma once

#include <filesystem>
#include <optional>

#include "engine/base/result.h"
#include "engine/git/repository_pool.h"
#include "engine/snapshot/folder_index.h"
#include "engine/snapshot/parallel.h"

namespace pland::engine {

/// Writes the files of `tree` into `folder`, which is made if need be and must be empty. Answers the folder's
/// index, all tracked: the next capture of the untouched folder reads no file. Files get a modification
/// time two seconds in the past, so that any write after this one shows in it.
/// Blocking and parallel: call in the arena. On an error the folder is left as far as it came.
/// Errors: io, git; refused when the folder is not empty.
Result<FolderIndex> materialise(git::RepositoryPool& store, const git::Oid& tree,
                                const std::filesystem::path& folder,
                                const ParallelFor& parallel_for = serial_for);

}  // namespace pland::engine
