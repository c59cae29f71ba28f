// The user's index as facts: which paths are tracked, and what their files looked like when git last
// hashed them. Read only; the index file is never written or locked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/git/objects.h"
#include "engine/git/repository.h"

namespace pland::engine::git {

struct UserIndexEntry {
  std::string path;
  FileMode mode = FileMode::none;
  Oid oid;
  int stage = 0;  ///< 0 merged; 1 base, 2 ours, 3 theirs of a conflict
  bool assume_unchanged = false;
  bool skip_worktree = false;  ///< sparse checkout: not expected on disk
  bool intent_to_add = false;  ///< tracked, content not recorded yet

  // What lstat said when the entry was last known clean; `size` is cut to 32 bits. All zero: unknown.
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::uint32_t size = 0;
  std::uint32_t ino = 0;
};

struct UserIndex {
  std::vector<UserIndexEntry> entries;  ///< sorted by path (as bytes), then stage
  std::int64_t file_mtime_ns = 0;       ///< of the index file: a younger entry may have changed unseen
};

/// The entries of the index of `repository`'s work tree; empty when there is no index file.
/// Formats that libgit2 cannot read (split, sparse) are read through the git program, without stat data.
Result<UserIndex> read_user_index(const Repository& repository);

}  // namespace pland::engine::git
