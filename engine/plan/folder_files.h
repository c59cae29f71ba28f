// The steps by which files of the user's folder are read, staged, written and moved. What is at a path is
// never replaced unseen: a rename goes over nothing, or exchanges. Blocking; any thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/git/repository_pool.h"
#include "engine/git/tree_edit.h"

namespace pland::engine {

/// The first symbolic link among the parents of `path`; empty: there is none.
std::string link_above(const std::filesystem::path& root, const std::string& path);

/// Where `path` lies, with every parent checked to be a real directory below `root` (or missing).
Result<std::filesystem::path> target_of(const std::filesystem::path& root, const std::string& path);

/// The folders from the root down to the parent of `path`, as long as they are real ones.
std::vector<std::filesystem::path> folders_above(const std::filesystem::path& root, const std::string& path);

/// What is at an absolute path, its content written into the repository; a missing file is `none`. A folder,
/// or another thing that is no file or link, is `refused` (`path` is its name in the message).
Result<git::FileVersion> version_at(git::Repository& repository, const std::filesystem::path& target,
                                    const std::string& path);

/// Writes `version` to `staged`, with the permission bits of what is at `target`.
Status write_staged(git::Repository& repository, const std::filesystem::path& target,
                    const std::filesystem::path& staged, const git::FileVersion& version);

/// Makes a regular file executable, or not, as `mode` says.
Status set_mode(const std::filesystem::path& target, git::FileMode mode);

/// Makes the folders above a new file, and takes away the empty one that may be in its place.
Status make_room(const std::filesystem::path& target);

/// Removes the folders above a file that became empty, up to (not including) the root.
void prune_empty_parents(const std::filesystem::path& root, const std::filesystem::path& file);

/// Renames, but over nothing. 0, or errno.
int rename_new(const std::filesystem::path& from, const std::filesystem::path& to);

/// Exchanges two names in one step. 0, or errno.
int exchange(const std::filesystem::path& one, const std::filesystem::path& other);

/// Whether errno says that the file system has no such operation.
bool is_not_supported(int reason);
/// Whether errno says that there is nothing at the path.
bool is_not_there(int reason);

}  // namespace pland::engine
