#include "engine/plan/folder_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "engine/base/paths.h"
#include "engine/base/unique_fd.h"

namespace pland::engine {
namespace {

namespace fs = std::filesystem;

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

}  // namespace

bool is_not_supported(int reason) {
  return reason == EINVAL || reason == ENOSYS;
}

bool is_not_there(int reason) {
  return reason == ENOENT || reason == ENOTDIR;
}

std::string link_above(const fs::path& root, const std::string& path) {
  struct stat status {};
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string above = path.substr(0, slash);
    if (::lstat((root / above).c_str(), &status) != 0) return {};
    if (S_ISLNK(status.st_mode)) return above;
  }
  return {};
}

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

Status set_mode(const fs::path& target, git::FileMode mode) {
  const mode_t permissions = permissions_for(target, mode);
  const UniqueFd file(::open(target.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file || ::fchmod(file.get(), permissions) != 0)
    return io_error("setting the permissions of", target.string(), errno);
  return {};
}

void prune_empty_parents(const fs::path& root, const fs::path& file) {
  for (fs::path folder = file.parent_path(); folder.string().size() > root.string().size();
       folder = folder.parent_path()) {
    if (::rmdir(folder.c_str()) != 0 && errno != ENOENT) return;
  }
}

Status make_room(const fs::path& target) {
  std::error_code failure;
  fs::create_directories(target.parent_path(), failure);
  if (failure) return io_error("making the folder", target.parent_path().string(), failure.value());
  struct stat status {};
  if (::lstat(target.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) remove_empty_folders(target);
  return {};
}

int rename_new(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (!is_not_supported(errno)) return errno;
  struct stat status {};
  if (::lstat(to.c_str(), &status) == 0) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

int exchange(const fs::path& one, const fs::path& other) {
  return ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0 ? 0 : errno;
}

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

}  // namespace pland::engine
