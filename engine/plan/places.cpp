#include "engine/plan/places.h"

#include <fmt/format.h>

#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "engine/git/repository.h"

namespace pland::engine {

namespace fs = std::filesystem;

Result<Located> locate(const fs::path& folder) {
  std::error_code failure;
  Located located;
  located.project = fs::canonical(folder, failure);
  if (failure) return io_error("opening the project", folder.string(), failure.value());
  PLAND_TRY(located.git_dir, git::Repository::discover(located.project));
  if (located.git_dir) {
    PLAND_TRY(auto repository, git::Repository::open(*located.git_dir));
    if (!repository.work_dir()) {
      return Error{ErrorCode::refused,
                   "'" + located.project.string() + "' is a bare repository; open a work tree of it"};
    }
    located.project = fs::canonical(*repository.work_dir(), failure);
    if (failure) return io_error("opening the project", repository.work_dir()->string(), failure.value());
  }
  return located;
}

Result<fs::path> state_root(const fs::path& given) {
  if (!given.empty()) return given;
  if (const char* root = std::getenv("XDG_STATE_HOME"); root != nullptr && *root == '/')
    return fs::path(root) / "pland";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
    return fs::path(home) / ".local" / "state" / "pland";
  }
  return Error{
      ErrorCode::invalid_argument,
      "neither XDG_STATE_HOME nor HOME is set: name by XDG_STATE_HOME a folder where pland may keep its "
      "state"};
}

/// "name-0123456789abcdef": short, and another one for every folder.
fs::path state_directory(const fs::path& root, const fs::path& project) {
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a, 64 bits
  for (const char c : project.string()) hash = (hash ^ static_cast<std::uint8_t>(c)) * 1099511628211ULL;
  std::string name;
  for (const char c : project.filename().string()) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
    name += plain ? c : '_';
  }
  return root / fmt::format("{}-{:016x}", name.substr(0, 40), hash);
}

}  // namespace pland::engine
