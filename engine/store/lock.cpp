#include "engine/store/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string>
#include <utility>

#include "engine/base/clock.h"

namespace pland::engine {
namespace {

std::string read_holder(int file) {
  std::array<char, 128> text{};
  const ssize_t size = ::pread(file, text.data(), text.size(), 0);
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

Error taken(const std::filesystem::path& directory, const std::string& holder) {
  // "<pid> <since>\n", or nothing when the holder has only just taken it.
  long pid = 0;
  const auto parsed = std::from_chars(holder.data(), holder.data() + holder.size(), pid);
  Error error{ErrorCode::refused, "another pland"};
  if (parsed.ec == std::errc() && pid > 0) {
    error.context["pid"] = pid;
    const std::size_t space = holder.find(' ');
    const std::size_t end = holder.find('\n');
    error.message += " (process " + std::to_string(pid);
    if (space != std::string::npos && end != std::string::npos && end > space) {
      error.message += ", since" + holder.substr(space, end - space);
    }
    error.message += ")";
  }
  error.message += " is working on this repository (its state is in " + directory.string() +
                   "). Use the editor that started it, or close it first";
  return error;
}

/// False when a signal or a full disk stopped it.
bool write_whole(int file, const std::string& text) {
  return ::ftruncate(file, 0) == 0 &&
         ::pwrite(file, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

}  // namespace

Result<Lock> Lock::acquire(const std::filesystem::path& directory) {
  const std::string path = (directory / "lock").string();
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return io_error("opening", path, errno);
  Lock lock(file);
  int failed = 0;
  do {
    failed = ::flock(file, LOCK_EX | LOCK_NB);
  } while (failed != 0 && errno == EINTR);
  if (failed != 0) {
    const int why = errno;
    if (why != EWOULDBLOCK) return io_error("locking", path, why);
    const std::string holder = read_holder(file);
    lock.held_ = false;
    return taken(directory, holder);
  }
  lock.held_ = true;
  const std::string holder = std::to_string(::getpid()) + " " + to_iso8601(SystemClock().now()) + "\n";
  if (!write_whole(file, holder)) return io_error("writing", path, errno);
  return lock;
}

Lock::Lock(Lock&& other) noexcept
    : file_(std::exchange(other.file_, -1)), held_(std::exchange(other.held_, false)) {}

Lock& Lock::operator=(Lock&& other) noexcept {
  if (this != &other) {
    release();
    file_ = std::exchange(other.file_, -1);
    held_ = std::exchange(other.held_, false);
  }
  return *this;
}

Lock::~Lock() {
  release();
}

void Lock::release() noexcept {
  if (file_ < 0) return;
  // An empty file says that nobody holds it; when that fails, the lock itself still says so.
  if (held_ && ::ftruncate(file_, 0) != 0) errno = 0;
  ::close(file_);
  file_ = -1;
  held_ = false;
}

}  // namespace pland::engine
