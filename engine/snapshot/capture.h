// A working copy's content as a commit: what is tracked and what is untracked but not ignored, as raw bytes
// (no filter has touched them), with executable bits and symbolic links, and unsaved editor text on top.
//
// Reads the folder, writes objects to the private repository and the private index file; never writes to
// the folder or to the user's repository. Cost follows what changed: files whose lstat has not changed are
// not read, folders without change are not listed, trees without change are not written. Blocking and
// parallel: call in the arena. One capture of an index at a time. Errors: io, git; a file that cannot be read
// or does not hold still is no error, it is listed in left_out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/git/oid.h"
#include "engine/git/repository_pool.h"
#include "engine/model/checkpoint.h"
#include "engine/snapshot/folder_index.h"
#include "engine/snapshot/parallel.h"

namespace pland::engine {

/// Text of an open document that is not on disk (yet).
struct UnsavedBuffer {
  std::string path;  ///< relative to the root
  std::string text;
};

struct CaptureRequest {
  std::filesystem::path root;            ///< of the user's repository: its work tree's root
  git::RepositoryPool* store = nullptr;  ///< private repository handles; required
  /// The user's repository when `root` is its work tree: tracked files, submodules, HEAD, ignore rules.
  std::optional<std::filesystem::path> user_repository;
  /// For a sandbox: the repository whose info/exclude and core.excludesFile count as well.
  std::optional<std::filesystem::path> rules_from;
  /// The commit of the user's repository whose objects need no copy, because a ref keeps it; default HEAD.
  std::optional<git::Oid> borrow_from;
  /// Absolute: files and folders that are no part of the project; they count as ignored.
  std::vector<std::filesystem::path> excluded;
  std::vector<UnsavedBuffer> buffers;
  std::vector<git::Oid> parents;
  std::string message;
  std::int64_t time = 0;  ///< seconds since the epoch
  std::uint64_t untracked_size_cap = 100ULL << 20;
};

struct Snapshot {
  git::Oid commit;
  git::Oid tree;
  std::size_t file_count = 0;
  std::vector<LeftOut> left_out;           ///< sorted by path
  std::vector<std::string> changed_paths;  ///< against the first parent; empty without parents
  /// The commit of the user's repository that this snapshot's objects rest on: keep it alive there (by
  /// refs/pland/<id>) as long as the snapshot is kept. nullopt: it rests on nothing.
  std::optional<git::Oid> borrowed_from;
  std::size_t hashed_files = 0;    ///< how many files were read
  std::size_t listed_folders = 0;  ///< how many folders were listed
};

/// Captures and brings `index` up to date (on an error it is unchanged). Sets no ref: that is the caller's.
Result<Snapshot> capture(const CaptureRequest& request, FolderIndex& index,
                         const ParallelFor& parallel_for = serial_for);

/// The same with the index kept in a file, which may not exist yet.
Result<Snapshot> capture(const CaptureRequest& request, const std::filesystem::path& index_file,
                         const ParallelFor& parallel_for = serial_for);

}  // namespace pland::engine
