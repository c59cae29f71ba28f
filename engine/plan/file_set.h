// Writes a set of files into the user's project, all or none (design invariant 5).
//
// Each write says what it expects to find; a file that is something else by then stops the whole set before
// it touches anything. New contents are staged beside their targets and renamed into place one after the
// other; a failure in between puts back those already renamed. Blocking: for the arena.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/git/repository_pool.h"
#include "engine/git/tree_edit.h"

namespace pland::engine {

struct FileWrite {
  std::string path;         ///< relative to the project
  git::FileVersion before;  ///< what must be there now
  git::FileVersion after;   ///< what shall be there
};

/// What is at `path` now, its content written into the repository. A directory, or anything that is no file
/// or link, is `refused`; so is a path that leaves `root`.
Result<git::FileVersion> read_file_version(git::Repository& repository, const std::filesystem::path& root,
                                           const std::string& path);

/// Staged contents; `commit` or `discard` must follow.
struct StagedFiles {
  std::filesystem::path root;
  std::vector<FileWrite> writes;
  std::string token;  ///< part of the staged names, unique for the operation
};

/// Checks that everything is as expected and stages the new contents.
Result<StagedFiles> stage_files(git::Repository& repository, const std::filesystem::path& root,
                                std::vector<FileWrite> writes, const std::string& token);
/// Renames into place and deletes. On error everything is as it was before, or the message says what is not.
Status commit_files(git::Repository& repository, const StagedFiles& staged);
/// Removes what was staged.
void discard_files(const StagedFiles& staged);

/// Whether every file is as it shall be after the writes.
Result<bool> all_written(git::Repository& repository, const std::filesystem::path& root,
                         const std::vector<FileWrite>& writes);

/// After a crash in the middle: puts back those files that were written and are still as they were written,
/// removes what was staged, and names the files that are neither (they are left alone).
Result<std::vector<std::string>> take_back_files(git::Repository& repository,
                                                 const std::filesystem::path& root,
                                                 const std::vector<FileWrite>& writes,
                                                 const std::string& token);

nlohmann::json to_json_value(const std::vector<FileWrite>& writes);
Result<std::vector<FileWrite>> file_writes_from(const nlohmann::json& json);

}  // namespace pland::engine
