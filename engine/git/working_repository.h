// The repository of a sandbox's own: a whole `.git` folder beside the sandbox's files, which borrows every
// object from the private repository. `git status`, `diff`, `log`, `commit`, `stash`, `config`, `gc` and
// worse run in the sandbox, and change nothing outside of its folder.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "engine/base/result.h"
#include "engine/git/oid.h"
#include "engine/git/user_index.h"

namespace pland::engine::git {

struct WorkingRepository {
  std::filesystem::path private_repository;  ///< lends the objects
  Oid head;                                  ///< the commit HEAD is at, detached
  /// Its branches, tags and remote branches are known in the sandbox too, so that `git describe` and
  /// `git diff main` answer; so are its identity, info/exclude and the border of a shallow clone.
  std::optional<std::filesystem::path> user_repository;
};

/// Makes the git directory `git_dir`, which must not exist. `files`, sorted by path, are what the work tree
/// holds: with them in its index, `git status` reads no file. `alike`: an index file that was made for almost
/// the same files, which saves most of the work; any other, or none, only costs time. Blocking; one thread at
/// a time for one `git_dir`.
Status make_working_repository(const std::filesystem::path& git_dir, const WorkingRepository& repository,
                               const std::vector<UserIndexEntry>& files,
                               const std::filesystem::path& alike = {});

}  // namespace pland::engine::git
