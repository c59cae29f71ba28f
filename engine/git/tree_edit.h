// Trees by path: look up, change some paths, compare. Only the directories concerned are read and written.
//
// Paths are relative to the tree, '/'-separated, raw bytes, without empty, "." or ".." components.
// Pure functions over a Repository handle (one thread at a time); errors are the repository's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/git/objects.h"
#include "engine/git/repository.h"

namespace pland::engine::git {

/// What stands at a path: mode none when nothing does.
struct FileVersion {
  FileMode mode = FileMode::none;
  Oid oid;
  bool exists() const { return mode != FileMode::none; }
  bool operator==(const FileVersion&) const = default;
};

/// A path whose file differs between two trees; directories themselves never appear. A file that gives way
/// to a directory is one deletion and the additions below it.
struct FileChange {
  std::string path;
  FileVersion before;
  FileVersion after;
  bool operator==(const FileChange&) const = default;
};

/// The wanted state of one path.
struct TreeEdit {
  std::string path;
  FileVersion file;  ///< mode none: delete (no error when it is not there)
};

/// A file of a tree with its whole path.
struct TreeFile {
  std::string path;
  FileVersion file;
};

/// A file, link, gitlink or (mode tree) directory at `path`; "" is the tree itself.
Result<FileVersion> lookup(const Repository& repository, const Oid& tree, std::string_view path);

/// `tree` with `edits` applied: writes the changed directories to the private store. Order does not matter;
/// no path twice. A directory that stands where a file goes is replaced only if all of its files are
/// deleted by the same edits, and a file in the way of a directory must be deleted by them too; else
/// invalid_argument. Directories left empty vanish.
Result<Oid> edit_tree(Repository& repository, const Oid& tree, std::vector<TreeEdit> edits);

/// The paths that differ, sorted by path (as bytes). Descends only where names of trees differ.
/// No rename detection: a renamed file is a deletion and an addition.
Result<std::vector<FileChange>> diff_trees(const Repository& repository, const Oid& before, const Oid& after);

/// Every file, link and gitlink below the tree, sorted by path (as bytes).
Result<std::vector<TreeFile>> list_files(const Repository& repository, const Oid& tree);

}  // namespace pland::engine::git
