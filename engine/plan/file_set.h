// Writes a set of files into the user's project, all or none (design invariant 5).
//
// Each write says what it expects to find; a file that is something else by then stops the whole set before
// it touches anything. New contents are staged beside their targets and exchanged with them one after the
// other; what came out is looked at once more, so that a save in between is not lost: it goes back, and so
// does everything before it. A set may turn a folder into a file and the reverse. Blocking: for the arena.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/git/repository_pool.h"
#include "engine/git/tree_edit.h"
#include "engine/plan/file_move.h"

namespace pland::engine {

/// What is at `path` now, its content written into the repository. A directory, or anything that is no file
/// or link, is `refused`; so is a path that leaves `root` or leads through a symbolic link. But what only
/// stands in the way is nothing: a folder all of whose files are `going` (paths that the same set deletes),
/// or a link above that is.
Result<git::FileVersion> read_file_version(git::Repository& repository, const std::filesystem::path& root,
                                           const std::string& path, const std::set<std::string>& going = {});

/// Staged contents; `commit` or `discard` must follow.
struct StagedFiles {
  std::filesystem::path root;
  std::vector<FileWrite> writes;
  std::string token;  ///< part of the staged names, unique for the operation
};

/// Checks that everything is as expected and stages the new contents.
Result<StagedFiles> stage_files(git::Repository& repository, const std::filesystem::path& root,
                                std::vector<FileWrite> writes, const std::string& token);
/// Writes and deletes. On error everything is as it was before, or the message says what is not: among it
/// files that were saved since. `before_each` is for tests: what a user does meanwhile.
Status commit_files(git::Repository& repository, const StagedFiles& staged,
                    const std::function<void(const std::string&)>& before_each = {});
/// Removes what was staged.
void discard_files(const StagedFiles& staged);

/// Whether every file is as it shall be after the writes.
Result<bool> all_written(git::Repository& repository, const std::filesystem::path& root,
                         const std::vector<FileWrite>& writes);

/// After a crash: removes what was staged or moved aside. A save that a crash caught on its way out goes
/// back; answers the paths of such.
std::vector<std::string> clear_files(git::Repository& repository, const std::filesystem::path& root,
                                     const std::vector<FileWrite>& writes, const std::string& token);

/// After a crash in the middle: puts back those files that were written and are still as they were written,
/// clears what was staged, and names the files that are neither (they are left alone).
Result<std::vector<std::string>> take_back_files(git::Repository& repository,
                                                 const std::filesystem::path& root,
                                                 const std::vector<FileWrite>& writes,
                                                 const std::string& token);

nlohmann::json to_json_value(const std::vector<FileWrite>& writes);
Result<std::vector<FileWrite>> file_writes_from(const nlohmann::json& json);

}  // namespace pland::engine
