// The one place that runs the `git` program, for what libgit2 lacks: `merge-tree` with git's own verdict,
// and reading index formats that libgit2 does not know.
//
// Blocking: call in an arena thread, never on the loop. The program sees a scrubbed environment: no GIT_*
// variables, nobody's configuration but the repository's, no hooks, prompts, pager or optional locks,
// English messages. Started by posix_spawn (from a large parent, fork is 60 times slower).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace pland::engine::git {

struct GitOutput {
  int exit_code = 0;  ///< 128 + signal number when a signal ended it
  std::string out;
  std::string err;
};

/// Runs `git <arguments>` on the repository at `directory` (a bare repository, a git directory or a work
/// tree; its parents are not searched) with `input` as standard input. An exit code other than 0 is not an
/// error here: commands give it meanings. Errors: io when the program cannot be started ("is git
/// installed?").
Result<GitOutput> run_git(const std::filesystem::path& directory, const std::vector<std::string>& arguments,
                          std::string_view input = {});

}  // namespace pland::engine::git
