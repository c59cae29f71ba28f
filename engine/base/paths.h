// Containment: paths that come from a plan, a tool call or an agent stay inside the folder they are relative
// to.
//
// `resolve_inside` judges a path by what is on disk now and names the culprit. The `..._inside` functions
// also hold when a path component is exchanged for a symbolic link in the meantime: they walk down with
// openat(O_NOFOLLOW), one component at a time, on the path that was judged, which has no link in it.
// Blocking; any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"

namespace pland::engine {

enum class FinalLink {
  follow,  ///< a last component that is a symbolic link means its target, which must be inside too
  keep,    ///< it means the link itself
};

/// The absolute path that `relative` means below `root` (which must exist), without any symbolic link, "." or
/// ".." in it; the last components need not exist. Refused (ErrorCode::refused, context["path"]): empty,
/// absolute, with a NUL, leaving root through "..", with a component ".git" (in any case), through a link
/// that leads outside.
Result<std::filesystem::path> resolve_inside(const std::filesystem::path& root, std::string_view relative,
                                             FinalLink final_link = FinalLink::follow);

/// The whole content. Errors: refused (outside), not_found, invalid_argument (a folder or another special
/// file, or more than `limit` bytes), io.
Result<std::string> read_inside(const std::filesystem::path& root, std::string_view relative,
                                std::uint64_t limit);

/// Creates or replaces a file, atomically, with the folders that are missing on the way. A replaced file
/// keeps its permission bits. Errors: refused, invalid_argument (a folder is there), io.
Status write_inside(const std::filesystem::path& root, std::string_view relative, std::string_view content);

/// Removes a file, or a symbolic link itself. Errors: refused, not_found, invalid_argument (a folder), io.
Status delete_inside(const std::filesystem::path& root, std::string_view relative);

/// Opens the folder that `relative` means. Errors: refused, not_found, invalid_argument (no folder), io.
Result<UniqueFd> open_folder_inside(const std::filesystem::path& root, std::string_view relative);

}  // namespace pland::engine
