// Inside of the snapshot and sandbox rooms: files below a root, reached without ever following a symbolic
// link.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/result.h"
#include "engine/git/objects.h"
#include "engine/snapshot/folder_index.h"

namespace pland::engine {

/// How files begin that are being written beside the one they will replace; no snapshot holds them.
inline constexpr std::string_view temporary_prefix = ".pland-tmp-";

/// An open file descriptor, closed with its owner.
class OpenFile {
 public:
  explicit OpenFile(int fd = -1) : fd_(fd) {}
  OpenFile(OpenFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OpenFile& operator=(OpenFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  /// Closes now, to see the error (late write errors of network file systems).
  int close() { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

/// A folder opened for the calls below. Not open, with errno, when it cannot be.
OpenFile open_root(const std::filesystem::path& root);

/// Opens `path` ("" is the root itself) below `root`; fails with ELOOP when any component is a symbolic link
/// and with EXDEV or ELOOP when it would leave the root. `flags` as for open(2). Not open: see errno.
OpenFile open_beneath(int root, std::string_view path, int flags, mode_t mode = 0);

/// "a/b" -> {"a", "b"}; "b" -> {"", "b"}.
std::pair<std::string_view, std::string_view> split_path(std::string_view path);

FileStat to_file_stat(const struct stat& status);
/// file, executable, link; none for what no snapshot holds (folders, sockets ...).
git::FileMode file_mode(const struct stat& status);

/// All bytes from the descriptor's position; `expected` sizes the buffer. False: see errno.
bool read_all(int fd, std::size_t expected, std::string& bytes);
/// False: see errno.
bool write_all(int fd, std::string_view bytes);
/// The target of the link `name` in the folder `fd`. False: see errno.
bool read_link(int fd, const std::string& name, std::string& target);

}  // namespace pland::engine
