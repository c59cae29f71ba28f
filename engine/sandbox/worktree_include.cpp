#include "engine/sandbox/worktree_include.h"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/base/paths.h"
#include "engine/git/ignore.h"

namespace pland::engine {
namespace {

namespace fs = std::filesystem;

/// Copies one file or link that a pattern names.
Status copy_one(const fs::path& project, const fs::path& sandbox, const std::string& path) {
  const fs::path from = project / path;
  const fs::path to = sandbox / path;
  std::error_code failure;
  if (fs::exists(fs::symlink_status(to, failure))) return {};
  fs::create_directories(to.parent_path(), failure);
  if (failure) return io_error("making the folder", to.parent_path().string(), failure.value());
  if (fs::is_symlink(fs::symlink_status(from, failure))) {
    if (!resolve_inside(project, path, FinalLink::follow).ok()) return {};  // leads out of the project
    fs::copy_symlink(from, to, failure);
  } else {
    fs::copy_file(from, to, failure);  // the kernel's copy_file_range where it can
  }
  if (failure) return io_error("copying for .worktreeinclude", from.string(), failure.value());
  return {};
}

Status copy_matching(const fs::path& project, const fs::path& sandbox,
                     const std::vector<git::IgnorePattern>& patterns, const std::string& below, bool all) {
  std::error_code failure;
  auto entry = fs::directory_iterator(project / below, failure);
  while (!failure && entry != fs::directory_iterator()) {
    const std::string name = entry->path().filename().string();
    if (name != ".git") {
      const std::string path = below.empty() ? name : below + "/" + name;
      std::error_code vanished;
      const auto kind = entry->symlink_status(vanished).type();
      const auto verdict = git::match_patterns(patterns, path, kind == fs::file_type::directory);
      const bool wanted =
          verdict == git::IgnoreVerdict::ignored || (all && verdict != git::IgnoreVerdict::included);
      if (kind == fs::file_type::directory) {
        PLAND_CHECK(copy_matching(project, sandbox, patterns, path, wanted));
      } else if (wanted && (kind == fs::file_type::regular || kind == fs::file_type::symlink)) {
        PLAND_CHECK(copy_one(project, sandbox, path));
      }
    }
    entry.increment(failure);
  }
  if (failure) return io_error("listing", (project / below).string(), failure.value());
  return {};
}

}  // namespace

Status copy_included(const fs::path& project, const fs::path& sandbox) {
  std::ifstream file(project / ".worktreeinclude", std::ios::binary);
  if (!file) return {};
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto patterns = git::parse_ignore_patterns(text);
  if (patterns.empty()) return {};
  return copy_matching(project, sandbox, patterns, {}, false);
}

}  // namespace pland::engine
