#include "engine/snapshot/beneath.h"

#include <linux/openat2.h>
#include <sys/syscall.h>

#include <atomic>
#include <cerrno>

namespace pland::engine {
namespace {

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// For kernels and containers without openat2: one component after the other, none of them a link.
OpenFile open_stepwise(int root, std::string_view path, int flags, mode_t mode) {
  OpenFile folder(::openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  while (folder.is_open()) {
    const std::size_t slash = path.find('/');
    const std::string name(path.substr(0, slash));
    if (name == "..") {
      errno = EXDEV;
      return OpenFile();
    }
    if (slash == std::string_view::npos) {
      return OpenFile(::openat(folder.get(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode));
    }
    OpenFile next(::openat(folder.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next.is_open() && errno == ENOTDIR) {
      // With O_DIRECTORY a link answers ENOTDIR like a file; tell them apart, as openat2 does.
      struct stat status {};
      const bool is_link =
          ::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
      errno = is_link ? ELOOP : ENOTDIR;
    }
    folder = std::move(next);
    path.remove_prefix(slash + 1);
  }
  return OpenFile();
}

}  // namespace

OpenFile open_root(const std::filesystem::path& root) {
  return OpenFile(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

OpenFile open_beneath(int root, std::string_view path, int flags, mode_t mode) {
  if (path.empty()) return OpenFile(::openat(root, ".", flags | O_CLOEXEC, mode));
  static std::atomic<bool> has_openat2{true};
  if (has_openat2.load(std::memory_order_relaxed)) {
    const std::string text(path);
    struct open_how how {};
    how.flags = static_cast<std::uint64_t>(static_cast<unsigned>(flags | O_CLOEXEC | O_NOFOLLOW));
    how.mode = (flags & O_CREAT) != 0 ? mode : 0;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    while (true) {
      const long fd = ::syscall(SYS_openat2, root, text.c_str(), &how, sizeof(how));
      if (fd >= 0) return OpenFile(static_cast<int>(fd));
      if (errno == EAGAIN || errno == EINTR) continue;  // something was renamed meanwhile
      if (errno != ENOSYS && errno != EPERM) return OpenFile();
      if (errno == ENOSYS) has_openat2.store(false, std::memory_order_relaxed);
      break;
    }
  }
  return open_stepwise(root, path, flags, mode);
}

std::pair<std::string_view, std::string_view> split_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {{}, path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

FileStat to_file_stat(const struct stat& status) {
  return {nanoseconds(status.st_mtim), nanoseconds(status.st_ctim),
          static_cast<std::uint64_t>(status.st_size), static_cast<std::uint64_t>(status.st_ino)};
}

git::FileMode file_mode(const struct stat& status) {
  if (S_ISLNK(status.st_mode)) return git::FileMode::link;
  if (!S_ISREG(status.st_mode)) return git::FileMode::none;
  return (status.st_mode & S_IXUSR) != 0 ? git::FileMode::executable : git::FileMode::file;
}

bool read_all(int fd, std::size_t expected, std::string& bytes) {
  bytes.resize(expected + 1);  // one more, so that the end shows without another growth
  std::size_t have = 0;
  while (true) {
    if (have == bytes.size()) bytes.resize(bytes.size() * 2);
    const ssize_t count = ::read(fd, bytes.data() + have, bytes.size() - have);
    if (count < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    if (count == 0) break;
    have += static_cast<std::size_t>(count);
  }
  bytes.resize(have);
  return true;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool read_link(int fd, const std::string& name, std::string& target) {
  target.resize(256);
  while (true) {
    const ssize_t count = ::readlinkat(fd, name.c_str(), target.data(), target.size());
    if (count < 0) return false;
    if (static_cast<std::size_t>(count) < target.size()) {
      target.resize(static_cast<std::size_t>(count));
      return true;
    }
    target.resize(target.size() * 2);
  }
}

}  // namespace pland::engine
