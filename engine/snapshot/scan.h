// Inside of the snapshot room only: what is in a folder now, given what was known of it.
//
// Level by level, the folders of a level in parallel. A folder whose own lstat and ignore rules have not
// changed has the same names, so it is not listed, only its files' lstat is taken.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "engine/git/ignore.h"
#include "engine/model/checkpoint.h"
#include "engine/snapshot/beneath.h"
#include "engine/snapshot/folder_index.h"
#include "engine/snapshot/parallel.h"

namespace pland::engine {

struct ScanOptions {
  int root = -1;                    ///< the folder, open
  git::IgnoreRules::Pointer rules;  ///< that hold above the root's own .gitignore
  std::set<std::string> excluded;   ///< paths below the root that count as ignored, whatever the rules say
  std::uint64_t untracked_size_cap = 0;
  /// Modification times from here on are not trusted: a later write could leave the same time.
  std::int64_t racy_from_ns = 0;
};

/// A file whose bytes must be read.
struct HashJob {
  IndexedFile* file = nullptr;  ///< in the scan's `root`
  std::string path;
};

struct Scan {
  IndexedFolder root;  ///< `tree` unset everywhere
  std::vector<HashJob> changed;
  std::vector<LeftOut> left_out;
  std::size_t listed_folders = 0;
};

Result<Scan> scan_folder(const IndexedFolder& known, const ScanOptions& options,
                         const ParallelFor& parallel_for);

/// Whether the entry says what the file held when it was last read.
bool has_known_version(const IndexedFile& file);

/// By name; nullptr when it is not there.
const IndexedFile* find_file(const IndexedFolder& folder, std::string_view name);
const IndexedFolder* find_folder(const IndexedFolder& folder, std::string_view name);

}  // namespace pland::engine
