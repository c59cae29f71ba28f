// Git objects as plain values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/git/oid.h"

namespace pland::engine::git {

/// The kinds of tree entry that git knows, with git's own numbers.
enum class FileMode : std::uint32_t {
  none = 0,  ///< not there
  tree = 0040000,
  file = 0100644,
  executable = 0100755,
  link = 0120000,    ///< a symbolic link; the blob is its target
  gitlink = 0160000  ///< a submodule's commit, which is not an object of this repository
};

/// file, executable or link: the entry names a blob.
inline bool is_blob(FileMode mode) {
  return mode == FileMode::file || mode == FileMode::executable || mode == FileMode::link;
}

inline bool is_regular(FileMode mode) {
  return mode == FileMode::file || mode == FileMode::executable;
}

struct TreeEntry {
  std::string name;  ///< one path component, raw bytes
  FileMode mode = FileMode::none;
  Oid oid;
  bool operator==(const TreeEntry&) const = default;
};

struct Commit {
  Oid id;
  Oid tree;
  std::vector<Oid> parents;
  std::string message;
  std::int64_t time = 0;  ///< the committer's, seconds since the epoch
};

/// The bytes of a blob. `bytes` stays valid as long as a copy of this value lives.
struct Blob {
  std::shared_ptr<const void> owner;
  std::string_view bytes;
};

struct Ref {
  std::string name;
  Oid oid;
  bool operator==(const Ref&) const = default;
};

/// Orders names as git orders the entries of a tree: a directory compares as if its name ended in '/'.
bool tree_order(std::string_view a, bool a_is_tree, std::string_view b, bool b_is_tree);

}  // namespace pland::engine::git
