// Inside of the snapshot room only: the changed files' bytes, into the private store.
#pragma once

#include <cstddef>

#include "engine/base/result.h"
#include "engine/git/repository_pool.h"
#include "engine/snapshot/parallel.h"
#include "engine/snapshot/scan.h"

namespace pland::engine {

/// Reads each of `scan.changed`, writes its blob and completes its entry. A file that cannot be read, or that
/// changes again and again while it is read, is named in scan.left_out and keeps the version that is known of
/// it, if any; one that has vanished is absent.
/// Answers how many were read.
Result<std::size_t> hash_files(Scan& scan, const ScanOptions& options, git::RepositoryPool& store,
                               const ParallelFor& parallel_for);

}  // namespace pland::engine
