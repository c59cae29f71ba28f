// What is known of a folder from its last capture: the persistent private index that makes a capture cost
// what changed. Not git's index and never the user's: it knows raw bytes, no filters.
//
// A plain value, one owner at a time. On disk: "PLIX", a version, the tree below in a compact binary form and
// a checksum; a file of another version, or a damaged one, counts as absent (the next capture makes it anew).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/git/oid.h"
#include "engine/git/tree_edit.h"

namespace pland::engine {

/// What lstat says that tells a changed file from an unchanged one. All zero: never trust.
struct FileStat {
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::uint64_t size = 0;
  std::uint64_t ino = 0;
  bool operator==(const FileStat&) const = default;
  bool is_known() const { return mtime_ns != 0 || ctime_ns != 0 || ino != 0; }
};

struct IndexedFile {
  std::string name;
  git::FileVersion version;  ///< of the raw bytes; gitlink for a submodule
  FileStat stat;
  bool tracked = false;           ///< captured even when ignored, and of any size
  bool absent = false;            ///< tracked but not on disk: not in the snapshot
  bool outside_checkout = false;  ///< sparse checkout: in the snapshot although not on disk
  bool seeded = false;            ///< `stat` comes from git's index, cut to 32 bits; never saved
};

struct IndexedFolder {
  std::string name;
  std::optional<git::Oid> tree;        ///< of the last capture; nullopt: to be written
  FileStat stat;                       ///< of the folder, if its names are known to be complete as of then
  std::uint64_t rules = 0;             ///< the ignore rules that chose them
  std::vector<IndexedFile> files;      ///< sorted by name
  std::vector<IndexedFolder> folders;  ///< sorted by name; may be empty ones
};

struct FolderIndex {
  IndexedFolder root;
  /// Whether every object of root.tree that `closed_over` (a commit of the user's repository; nullopt: no
  /// commit) does not reach is known to be in the private store.
  bool closed = false;
  std::optional<git::Oid> closed_over;
  /// State of the user's index file when `tracked` was read from it.
  FileStat user_index;
};

/// nullopt: there is none, or none that can be used.
std::optional<FolderIndex> load_folder_index(const std::filesystem::path& path);
/// Written beside and renamed: a reader finds the old or the new. Makes the folder it goes to.
Status save_folder_index(const FolderIndex& index, const std::filesystem::path& path);

/// What the folder holds after a restore that made these changes to what the index describes. The next
/// capture reads the changed files and lists their folders again.
void follow_changes(FolderIndex& index, const std::vector<git::FileChange>& changes);

/// Files of the snapshot: those that are not absent.
std::size_t count_files(const IndexedFolder& folder);

}  // namespace pland::engine
