#include "engine/plan/file_move.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "engine/plan/folder_files.h"

namespace pland::engine {

namespace fs = std::filesystem;

bool is_mode_change(const FileWrite& write) {
  return git::is_regular(write.before.mode) && git::is_regular(write.after.mode) &&
         write.before.oid == write.after.oid && write.before.mode != write.after.mode;
}

bool is_version(const FileWrite& write, const git::FileVersion& now, const git::FileVersion& version) {
  return is_mode_change(write) ? now.mode == version.mode : now == version;
}

std::string name_beside(const std::string& path, const std::string& token) {
  const auto name = git::Repository::hash_blob(path);
  return ".pland-" + token + "-" + (name.ok() ? name->hex().substr(0, 16) : std::string());
}

fs::path staged_place(const fs::path& root, const std::string& path, const std::string& token) {
  return folders_above(root, path).back() / name_beside(path, token);
}

Error changed_meanwhile(const std::string& path) {
  return Error{ErrorCode::refused,
               fmt::format("'{}' changed while it was to be written; nothing was written, try again", path),
               {{"paths", {path}}}};
}

bool holds(git::Repository& repository, const fs::path& target, const FileWrite& write,
           const git::FileVersion& version) {
  const auto now = version_at(repository, target, write.path);
  return now.ok() && is_version(write, *now, version);
}

Status move_in(git::Repository& repository, const fs::path& root, FileMove& move) {
  const FileWrite& write = *move.write;
  PLAND_TRY(move.target, target_of(root, write.path));
  if (is_mode_change(write)) {
    if (!holds(repository, move.target, write, write.before)) return changed_meanwhile(write.path);
    return set_mode(move.target, write.after.mode);
  }
  if (!write.before.exists()) {
    if (!write.after.exists()) return {};
    PLAND_CHECK(make_room(move.target));
    const int reason = rename_new(move.beside, move.target);
    if (reason == EEXIST || reason == ENOTEMPTY || reason == EISDIR) return changed_meanwhile(write.path);
    if (reason != 0) return io_error("writing", move.target.string(), reason);
    return {};
  }
  const bool deletes = !write.after.exists();
  const int reason = deletes ? rename_new(move.target, move.beside) : exchange(move.beside, move.target);
  if (!deletes && is_not_supported(reason)) {
    // Such a file system leaves a moment between this look and the rename.
    if (!holds(repository, move.target, write, write.before)) return changed_meanwhile(write.path);
    if (::rename(move.beside.c_str(), move.target.c_str()) == 0) return {};
    return io_error("writing", move.target.string(), errno);
  }
  if (is_not_there(reason)) return changed_meanwhile(write.path);
  if (reason != 0) return io_error(deletes ? "deleting" : "writing", move.target.string(), reason);
  if (holds(repository, move.beside, write, write.before)) {
    move.exchanged = true;
    return {};
  }
  // Somebody saved in between. If they did it once more since, the newest stays.
  if (deletes) {
    rename_new(move.beside, move.target);
  } else if (exchange(move.beside, move.target) == 0 && !holds(repository, move.beside, write, write.after)) {
    exchange(move.beside, move.target);
  }
  return changed_meanwhile(write.path);
}

bool move_back(git::Repository& repository, const FileMove& move) {
  const FileWrite& write = *move.write;
  if (is_mode_change(write)) {
    return holds(repository, move.target, write, write.after) &&
           set_mode(move.target, write.before.mode).ok();
  }
  if (!write.before.exists()) {
    if (!write.after.exists()) return true;
    if (rename_new(move.target, move.beside) != 0) return false;
    if (holds(repository, move.beside, write, write.after)) return true;
    rename_new(move.beside, move.target);
    return false;
  }
  if (!write.after.exists()) {
    return make_room(move.target).ok() && rename_new(move.beside, move.target) == 0;
  }
  if (!move.exchanged) {
    return holds(repository, move.target, write, write.after) &&
           write_staged(repository, move.target, move.beside, write.before).ok() &&
           ::rename(move.beside.c_str(), move.target.c_str()) == 0;
  }
  if (exchange(move.beside, move.target) != 0) return false;
  if (holds(repository, move.beside, write, write.after)) return true;
  exchange(move.beside, move.target);
  return false;
}

}  // namespace pland::engine
