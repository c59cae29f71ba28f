// One file of a set on its way into the user's folder, and back.
//
// New contents are staged beside their target and exchanged with it; what came out is looked at, so that a
// save between the last look and the exchange is put back instead of lost. Blocking; any thread.
#pragma once

#include <filesystem>
#include <string>

#include "engine/base/result.h"
#include "engine/git/repository_pool.h"
#include "engine/git/tree_edit.h"

namespace pland::engine {

struct FileWrite {
  std::string path;         ///< relative to the project
  git::FileVersion before;  ///< what must be there now
  git::FileVersion after;   ///< what shall be there
};

/// Whether it makes a file executable or takes that away, and nothing else. Then the content does not matter:
/// the file is neither exchanged nor compared, so that what is written into it meanwhile stays.
bool is_mode_change(const FileWrite& write);

/// Whether `now` is `version`, as far as the write is concerned with it.
bool is_version(const FileWrite& write, const git::FileVersion& now, const git::FileVersion& version);

struct FileMove {
  const FileWrite* write = nullptr;
  std::filesystem::path target;
  std::filesystem::path beside;  ///< the staged content before, what was at the target after
  bool exchanged = false;        ///< what was at the target is kept beside it
};

/// The name beside a target: a function of the path, so that it is found again after a crash. `token` is that
/// of the set.
std::string name_beside(const std::string& path, const std::string& token);

/// Where the new contents are staged: in the folder itself, or in the nearest one that is there already.
std::filesystem::path staged_place(const std::filesystem::path& root, const std::string& path,
                                   const std::string& token);

/// Whether `write`'s file, now at `target`, is `version`.
bool holds(git::Repository& repository, const std::filesystem::path& target, const FileWrite& write,
           const git::FileVersion& version);

/// Writes or deletes, and makes sure that what had to give way is what was expected: if not, it is back.
Status move_in(git::Repository& repository, const std::filesystem::path& root, FileMove& move);

/// Undoes `move_in`, unless the file has been saved since. False: it is not as it was before.
bool move_back(git::Repository& repository, const FileMove& move);

/// The refusal when a file is no longer what the set expects.
Error changed_meanwhile(const std::string& path);

}  // namespace pland::engine
