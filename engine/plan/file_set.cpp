#include "engine/plan/file_set.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <set>

#include "engine/base/paths.h"

namespace pland::engine {
namespace {

namespace fs = std::filesystem;

/// The paths at which the set leaves nothing.
std::set<std::string> going_in(const std::vector<FileWrite>& writes) {
  std::set<std::string> going;
  for (const auto& write : writes) {
    if (!write.after.exists()) going.insert(write.path);
  }
  return going;
}

/// The first symbolic link among the parents of `path`; empty: there is none.
std::string link_above(const fs::path& root, const std::string& path) {
  struct stat status {};
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string above = path.substr(0, slash);
    if (::lstat((root / above).c_str(), &status) != 0) return {};
    if (S_ISLNK(status.st_mode)) return above;
  }
  return {};
}

/// Where `path` lies, with every parent checked to be a real directory below `root` (or missing).
Result<fs::path> target_of(const fs::path& root, const std::string& path) {
  PLAND_TRY(fs::path target, resolve_inside(root, path, FinalLink::keep));
  const std::string link = link_above(root, path);
  if (link.empty()) return target;
  return Error{
      ErrorCode::refused,
      fmt::format("'{}' leads through the symbolic link '{}', which is no folder of the plan's; put a "
                  "folder in its place and try again",
                  path, link),
      {{"paths", {path}}, {"link", link}}};
}

/// The folders from the root down to the parent of `path`, as long as they are real ones.
std::vector<fs::path> folders_above(const fs::path& root, const std::string& path) {
  std::vector<fs::path> folders = {root};
  struct stat status {};
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const fs::path folder = root / path.substr(0, slash);
    if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) break;
    folders.push_back(folder);
  }
  return folders;
}

/// The name beside the target: a function of the path, so that it is found again after a crash.
std::string name_beside(const std::string& path, const std::string& token) {
  const auto name = git::Repository::hash_blob(path);
  return ".pland-" + token + "-" + (name.ok() ? name->hex().substr(0, 16) : std::string());
}

/// Where the new contents are staged: in the folder itself, or in the nearest one that is there already.
fs::path staged_place(const fs::path& root, const std::string& path, const std::string& token) {
  return folders_above(root, path).back() / name_beside(path, token);
}

/// Where a file that is deleted lies meanwhile: not in a folder that shall become a file.
fs::path aside_place(const fs::path& root, const std::string& path, const std::string& token,
                     const std::vector<FileWrite>& writes) {
  fs::path folder = root;
  for (const fs::path& next : folders_above(root, path)) {
    const std::string below = next.lexically_relative(root).string();
    const bool becomes_file = std::any_of(writes.begin(), writes.end(), [&](const FileWrite& write) {
      return write.after.exists() && write.path == below;
    });
    if (becomes_file) break;
    folder = next;
  }
  return folder / name_beside(path, token);
}

Result<std::string> read_bytes(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return io_error("reading", file.string(), errno);
  std::string bytes;
  char buffer[65536];
  for (;;) {
    const ssize_t count = ::read(descriptor, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int failure = errno;
      ::close(descriptor);
      return io_error("reading", file.string(), failure);
    }
    if (count == 0) break;
    bytes.append(buffer, static_cast<std::size_t>(count));
  }
  ::close(descriptor);
  return bytes;
}

Status write_bytes(const fs::path& file, std::string_view bytes, mode_t permissions) {
  const int descriptor =
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, permissions);
  if (descriptor < 0) return io_error("writing", file.string(), errno);
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int failure = errno;
      ::close(descriptor);
      return io_error("writing", file.string(), failure);
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fsync(descriptor) != 0 || ::close(descriptor) != 0) return io_error("writing", file.string(), errno);
  return {};
}

/// The permission bits to give: those the file has, with the executable bits as `mode` says.
mode_t permissions_for(const fs::path& target, git::FileMode mode) {
  struct stat status {};
  const bool executable = mode == git::FileMode::executable;
  if (::lstat(target.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
    const mode_t kept = status.st_mode & 0777U;
    const mode_t readable = (kept & 0444U) >> 2U;
    return executable ? (kept | readable) : (kept & ~static_cast<mode_t>(0111U));
  }
  return executable ? 0777 : 0666;  // the umask applies
}

Status write_staged(git::Repository& repository, const fs::path& target, const fs::path& staged,
                    const git::FileVersion& state) {
  PLAND_TRY(const git::Blob blob, repository.read_blob(state.oid));
  ::unlink(staged.c_str());
  if (state.mode == git::FileMode::link) {
    const std::string destination(blob.bytes);
    if (::symlink(destination.c_str(), staged.c_str()) != 0)
      return io_error("making the link", staged.string(), errno);
    return {};
  }
  const mode_t permissions = permissions_for(target, state.mode);
  PLAND_CHECK(write_bytes(staged, blob.bytes, permissions));
  struct stat existing {};
  if (::lstat(target.c_str(), &existing) == 0 && S_ISREG(existing.st_mode) &&
      ::chmod(staged.c_str(), permissions) != 0) {
    return io_error("setting the permissions of", staged.string(), errno);
  }
  return {};
}

/// Removes the folders above a file that became empty, up to (not including) the root.
void prune_empty_parents(const fs::path& root, const fs::path& file) {
  for (fs::path folder = file.parent_path(); folder.string().size() > root.string().size();
       folder = folder.parent_path()) {
    if (::rmdir(folder.c_str()) != 0 && errno != ENOENT) return;
  }
}

/// Removes a folder that holds nothing but empty folders; what holds more stays.
void remove_empty_folders(const fs::path& folder) {
  std::error_code ignored;  // what stays is met by the caller
  std::vector<fs::path> below;
  for (fs::directory_iterator it(folder, ignored), end; !ignored && it != end; it.increment(ignored)) {
    if (it->is_directory(ignored) && !it->is_symlink(ignored)) below.push_back(it->path());
  }
  for (const fs::path& next : below) remove_empty_folders(next);
  ::rmdir(folder.c_str());
}

/// Makes the folders above a new file, and takes away the empty one that may be in its place.
Status make_room(const fs::path& target) {
  std::error_code failure;
  fs::create_directories(target.parent_path(), failure);
  if (failure) return io_error("making the folder", target.parent_path().string(), failure.value());
  struct stat status {};
  if (::lstat(target.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) remove_empty_folders(target);
  return {};
}

Error changed_meanwhile(const std::string& path) {
  return Error{ErrorCode::refused,
               fmt::format("'{}' changed while it was to be written; nothing was written, try again", path),
               {{"paths", {path}}}};
}

Status expect(git::Repository& repository, const fs::path& root, const FileWrite& write,
              const std::set<std::string>& going) {
  PLAND_TRY(const git::FileVersion now, read_file_version(repository, root, write.path, going));
  if (now == write.before) return {};
  return changed_meanwhile(write.path);
}

bool not_supported(int reason) {
  return reason == EINVAL || reason == ENOSYS;
}
bool is_not_there(int reason) {
  return reason == ENOENT || reason == ENOTDIR;
}

/// Renames, but over nothing. 0, or errno.
int rename_new(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (!not_supported(errno)) return errno;
  struct stat status {};
  if (::lstat(to.c_str(), &status) == 0) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

/// 0, or errno.
int exchange(const fs::path& one, const fs::path& other) {
  return ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0 ? 0 : errno;
}

/// What is at an absolute path; `path` is its name in a message. A missing file is `none`.
Result<git::FileVersion> version_at(git::Repository& repository, const fs::path& target,
                                    const std::string& path) {
  struct stat status {};
  if (::lstat(target.c_str(), &status) != 0) {
    if (is_not_there(errno)) return git::FileVersion{};
    return io_error("looking at", target.string(), errno);
  }
  git::FileVersion state;
  if (S_ISLNK(status.st_mode)) {
    std::error_code failure;
    const fs::path destination = fs::read_symlink(target, failure);
    if (failure) return io_error("reading the link", target.string(), failure.value());
    state.mode = git::FileMode::link;
    PLAND_TRY(state.oid, repository.write_blob(destination.string()));
    return state;
  }
  if (!S_ISREG(status.st_mode)) {
    return Error{ErrorCode::refused,
                 fmt::format("'{}' is {} where a file is expected; move it away and try again", path,
                             S_ISDIR(status.st_mode) ? "a folder" : "no regular file"),
                 {{"paths", {path}}}};
  }
  state.mode = (status.st_mode & 0100U) != 0 ? git::FileMode::executable : git::FileMode::file;
  PLAND_TRY(const std::string bytes, read_bytes(target));
  PLAND_TRY(state.oid, repository.write_blob(bytes));
  return state;
}

bool holds(git::Repository& repository, const fs::path& target, const FileWrite& write,
           const git::FileVersion& version) {
  const auto now = version_at(repository, target, write.path);
  return now.ok() && *now == version;
}

/// One write of a set, on its way into the folder.
struct Move {
  const FileWrite* write = nullptr;
  fs::path target;
  fs::path beside;         ///< the staged content before, what was at the target after
  bool exchanged = false;  ///< what was at the target is kept beside it
};

/// Writes or deletes, and makes sure that what had to give way is what was expected: if not, it is back.
Status move_in(git::Repository& repository, const fs::path& root, Move& move) {
  const FileWrite& write = *move.write;
  PLAND_TRY(move.target, target_of(root, write.path));
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
  if (!deletes && not_supported(reason)) {
    // Such a file system leaves a moment between this look and the rename.
    PLAND_CHECK(expect(repository, root, write, {}));
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

/// Undoes `move_in`, unless the file has been saved since. False: it is not as it was before.
bool move_back(git::Repository& repository, const Move& move) {
  const FileWrite& write = *move.write;
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

/// Deletions first: a folder may have to make room for a file, or a file for a folder.
std::vector<const FileWrite*> in_order(const std::vector<FileWrite>& writes) {
  std::vector<const FileWrite*> order;
  for (const bool exists : {false, true}) {
    for (const auto& write : writes) {
      if (write.after.exists() == exists) order.push_back(&write);
    }
  }
  return order;
}

/// Whether all that is in the folder shall go.
bool all_going(const fs::path& root, const fs::path& folder, const std::set<std::string>& going) {
  std::error_code failure;
  for (fs::directory_iterator it(folder, failure), end; !failure && it != end; it.increment(failure)) {
    const bool is_folder = it->is_directory(failure) && !it->is_symlink(failure);
    if (is_folder ? !all_going(root, it->path(), going)
                  : going.count(it->path().lexically_relative(root).string()) == 0) {
      return false;
    }
  }
  return !failure;
}

}  // namespace

Result<git::FileVersion> read_file_version(git::Repository& repository, const fs::path& root,
                                           const std::string& path, const std::set<std::string>& going) {
  const std::string link = link_above(root, path);
  if (!link.empty() && going.count(link) != 0) return git::FileVersion{};
  PLAND_TRY(const fs::path target, target_of(root, path));
  struct stat status {};
  if (!going.empty() && ::lstat(target.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
      all_going(root, root / path, going)) {
    return git::FileVersion{};
  }
  return version_at(repository, target, path);
}

Result<StagedFiles> stage_files(git::Repository& repository, const fs::path& root,
                                std::vector<FileWrite> writes, const std::string& token) {
  StagedFiles staged{root, std::move(writes), token};
  const std::set<std::string> going = going_in(staged.writes);
  for (const auto& write : staged.writes) PLAND_CHECK(expect(repository, root, write, going));
  for (const auto& write : staged.writes) {
    if (!write.after.exists()) continue;
    const fs::path place = staged_place(root, write.path, token);
    if (Status written = write_staged(repository, root / write.path, place, write.after); !written.ok()) {
      discard_files(staged);
      return written.error();
    }
  }
  return staged;
}

Status commit_files(git::Repository& repository, const StagedFiles& staged,
                    const std::function<void(const std::string&)>& before_each) {
  const std::set<std::string> going = going_in(staged.writes);
  std::vector<Move> moves;
  for (const FileWrite* write : in_order(staged.writes)) {
    if (const auto unchanged = expect(repository, staged.root, *write, going); !unchanged.ok()) {
      discard_files(staged);
      return unchanged.error();
    }
    Move& move = moves.emplace_back();
    move.write = write;
    move.beside = write->after.exists() ? staged_place(staged.root, write->path, staged.token)
                                        : aside_place(staged.root, write->path, staged.token, staged.writes);
  }
  std::size_t done = 0;
  Status failed;
  for (; done < moves.size(); ++done) {
    if (before_each) before_each(moves[done].write->path);
    failed = move_in(repository, staged.root, moves[done]);
    if (!failed.ok()) break;
  }
  if (failed.ok()) {
    for (const Move& move : moves) {
      if (move.exchanged && ::unlink(move.beside.c_str()) != 0) {
        spdlog::warn("{}", io_error("removing", move.beside.string(), errno).message);
      }
    }
    for (const Move& move : moves) {
      if (!move.write->after.exists()) prune_empty_parents(staged.root, staged.root / move.write->path);
    }
    return {};
  }
  std::string not_restored;
  while (done-- > 0) {
    if (move_back(repository, moves[done])) continue;
    not_restored += (not_restored.empty() ? "" : ", ") + moves[done].write->path;
  }
  discard_files(staged);
  Error error = failed.error();
  if (!not_restored.empty())
    error.message += "; these could not be put back, or were saved meanwhile: " + not_restored;
  return error;
}

void discard_files(const StagedFiles& staged) {
  for (const auto& write : staged.writes) {
    const std::string name = name_beside(write.path, staged.token);
    for (const fs::path& folder : folders_above(staged.root, write.path)) {
      if (::unlink((folder / name).c_str()) != 0 && errno != ENOENT) {
        spdlog::warn("{}", io_error("removing", (folder / name).string(), errno).message);
      }
    }
    if (!write.before.exists() && link_above(staged.root, write.path).empty())
      prune_empty_parents(staged.root, staged.root / write.path);
  }
}

namespace {

/// What a crash left beside the target although it is neither the old nor the new content: a save that had
/// just been moved out. It goes back.
bool put_save_back(git::Repository& repository, const fs::path& root, const FileWrite& write,
                   const std::string& token) {
  if (!write.before.exists()) return false;
  for (const fs::path& folder : folders_above(root, write.path)) {
    const fs::path beside = folder / name_beside(write.path, token);
    const auto left = version_at(repository, beside, write.path);
    if (!left.ok() || !left->exists() || *left == write.before || *left == write.after) continue;
    const fs::path target = root / write.path;
    if (!holds(repository, target, write, write.after)) continue;  // half staged: nothing was moved yet
    std::error_code ignored;                                       // the rename tells
    fs::create_directories(target.parent_path(), ignored);
    if (::rename(beside.c_str(), target.c_str()) == 0) return true;
    spdlog::warn("{}", io_error("putting back", target.string(), errno).message);
  }
  return false;
}

Status finish_one(git::Repository& repository, const fs::path& root, const FileWrite& write,
                  const std::string& token) {
  PLAND_TRY(const fs::path target, target_of(root, write.path));
  if (!write.after.exists()) {
    if (::unlink(target.c_str()) != 0 && !is_not_there(errno))
      return io_error("deleting", target.string(), errno);
    return {};
  }
  const fs::path staged = staged_place(root, write.path, token);
  PLAND_CHECK(write_staged(repository, target, staged, write.after));
  PLAND_CHECK(make_room(target));
  if (::rename(staged.c_str(), target.c_str()) != 0) return io_error("writing", target.string(), errno);
  return {};
}

}  // namespace

Result<bool> all_written(git::Repository& repository, const fs::path& root,
                         const std::vector<FileWrite>& writes) {
  for (const auto& write : writes) {
    const auto now = read_file_version(repository, root, write.path);
    if (!now.ok() || !(*now == write.after)) return false;
  }
  return true;
}

std::vector<std::string> clear_files(git::Repository& repository, const fs::path& root,
                                     const std::vector<FileWrite>& writes, const std::string& token) {
  std::vector<std::string> saved;
  for (const auto& write : writes) {
    if (put_save_back(repository, root, write, token)) saved.push_back(write.path);
  }
  discard_files(StagedFiles{root, writes, token});
  return saved;
}

Result<std::vector<std::string>> take_back_files(git::Repository& repository, const fs::path& root,
                                                 const std::vector<FileWrite>& writes,
                                                 const std::string& token) {
  clear_files(repository, root, writes, token);
  std::vector<FileWrite> back;
  for (const auto& write : writes) back.push_back({write.path, write.after, write.before});
  const std::set<std::string> going = going_in(back);
  std::vector<std::string> left_alone;
  for (const FileWrite* write : in_order(back)) {
    const auto now = read_file_version(repository, root, write->path, going);
    if (now.ok() && *now == write->after) continue;
    if (!now.ok() || !(*now == write->before)) {
      left_alone.push_back(write->path);
      continue;
    }
    PLAND_CHECK(finish_one(repository, root, *write, token));
    if (!write->after.exists()) prune_empty_parents(root, root / write->path);
  }
  std::sort(left_alone.begin(), left_alone.end());
  return left_alone;
}

nlohmann::json to_json_value(const std::vector<FileWrite>& writes) {
  nlohmann::json json = nlohmann::json::array();
  const auto side = [](const git::FileVersion& state) {
    return nlohmann::json{{"mode", static_cast<std::uint32_t>(state.mode)}, {"oid", state.oid.hex()}};
  };
  for (const auto& write : writes) {
    json.push_back({{"path", write.path}, {"before", side(write.before)}, {"after", side(write.after)}});
  }
  return json;
}

Result<std::vector<FileWrite>> file_writes_from(const nlohmann::json& json) {
  std::vector<FileWrite> writes;
  try {
    const auto side = [](const nlohmann::json& value) {
      git::FileVersion state;
      state.mode = static_cast<git::FileMode>(value.at("mode").get<std::uint32_t>());
      state.oid = git::Oid::parse(value.at("oid").get<std::string>()).value_or(git::Oid{});
      return state;
    };
    for (const auto& entry : json) {
      writes.push_back(
          {entry.at("path").get<std::string>(), side(entry.at("before")), side(entry.at("after"))});
    }
  } catch (const nlohmann::json::exception& failure) {
    return Error{ErrorCode::store,
                 std::string("a stored list of file writes cannot be read: ") + failure.what()};
  }
  return writes;
}

}  // namespace pland::engine
