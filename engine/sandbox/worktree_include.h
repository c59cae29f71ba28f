// `.worktreeinclude`: ignored files of the user's folder that a sandbox needs to be of use (`.env`, caches).
// The file has gitignore patterns; what they match is copied, unless it is there already. Blocking: for the
// arena.
#pragma once

#include <filesystem>

#include "engine/base/result.h"

namespace pland::engine {

/// Copies from `project` into `sandbox`. No `.worktreeinclude` is no error. Links are copied as links, and
/// only when they stay inside the project. Errors: io, naming the file.
Status copy_included(const std::filesystem::path& project, const std::filesystem::path& sandbox);

}  // namespace pland::engine
