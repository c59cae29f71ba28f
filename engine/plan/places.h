// Where a project is and where its state is kept (design section 6). Looks at the disk; any thread.
#pragma once

#include <filesystem>
#include <optional>

#include "engine/base/result.h"

namespace pland::engine {

struct Located {
  std::filesystem::path project;                 ///< real path: the work tree's top, or the folder itself
  std::optional<std::filesystem::path> git_dir;  ///< of the user's repository
};

/// The project that `folder` belongs to. Errors: io when the folder cannot be opened; refused for a bare
/// repository.
Result<Located> locate(const std::filesystem::path& folder);

/// The folder of all projects' state: `given`, or $XDG_STATE_HOME/pland, or ~/.local/state/pland. Errors:
/// invalid_argument when none of them is there to take.
Result<std::filesystem::path> state_root(const std::filesystem::path& given);

/// The folder of one project's state, another one for every project. It need not exist.
std::filesystem::path state_directory(const std::filesystem::path& root,
                                      const std::filesystem::path& project);

}  // namespace pland::engine
