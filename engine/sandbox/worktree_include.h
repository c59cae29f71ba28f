// `.worktreeinclude`: ignored files of the user's folder that a sandbox needs to be of use (`.env`,
// `node_modules`). The file lies at the project's root and has gitignore patterns.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/git/ignore.h"
#include "engine/snapshot/parallel.h"

namespace pland::engine {

struct IncludeRequest {
  std::filesystem::path project;
  std::filesystem::path sandbox;
  git::IgnoreRules::Pointer rules;              ///< the person's and the repository's (git::standard_rules)
  std::vector<std::filesystem::path> excluded;  ///< absolute folders that are never copied: pland's own
};

/// Copies what the patterns name and git ignores, with modes and times, sharing blocks where the file system
/// can; what the sandbox has already stays. A '!' pattern takes out again, also inside a named folder. A
/// symbolic link is copied as a link if it is relative and its target is inside the project, else not at all.
/// Nested repositories are copied whole, their `.git` included, as dependencies are.
/// Answers the topmost paths of what was named: files, and folders that were named as a whole. No
/// `.worktreeinclude` is no error. Blocking and parallel. Errors: io, naming the file.
Result<std::vector<std::string>> copy_included(const IncludeRequest& request,
                                               const ParallelFor& parallel_for = serial_for);

}  // namespace pland::engine
