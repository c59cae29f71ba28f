#include "engine/base/paths.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <random>
#include <system_error>
#include <vector>

namespace pland::engine {

namespace {

namespace fs = std::filesystem;

Error refusal(std::string_view relative, const std::string& why) {
  return Error{ErrorCode::refused,
               "'" + std::string(relative.substr(0, 200)) + "' is refused: " + why,
               {{"path", std::string(relative)}}};
}

/// git keeps its own state there, on any file system that folds case too.
bool is_git_folder(std::string_view part) {
  return part.size() == 4 && part[0] == '.' && (part[1] | 0x20) == 'g' && (part[2] | 0x20) == 'i' &&
         (part[3] | 0x20) == 't';
}

std::deque<std::string> parts_of(const std::string& path) {
  std::deque<std::string> parts;
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    if (end > start) parts.push_back(path.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

/// A file system path split in a root without links and the components below it.
struct Inside {
  fs::path root;
  std::vector<std::string> below;

  fs::path whole() const {
    fs::path path = root;
    for (const std::string& part : below) path /= part;
    return path;
  }
};

Result<Inside> resolve(const fs::path& root, std::string_view relative, FinalLink final_link) {
  if (relative.empty()) return refusal(relative, "it is empty; name a path relative to the folder");
  if (relative.find('\0') != std::string_view::npos) return refusal(relative, "it holds a NUL byte");
  if (relative.front() == '/') return refusal(relative, "it is absolute; name a path relative to the folder");
  std::error_code error;
  Inside inside{fs::canonical(root, error), {}};
  if (error) return io_error("reading the folder", root.string(), error.value());

  std::deque<std::string> todo = parts_of(std::string(relative));
  int links = 0;
  while (!todo.empty()) {
    const std::string part = std::move(todo.front());
    todo.pop_front();
    if (part == ".") continue;
    if (part == "..") {
      if (inside.below.empty()) return refusal(relative, "it leads outside the folder through '..'");
      inside.below.pop_back();
      continue;
    }
    if (is_git_folder(part)) return refusal(relative, "'.git' belongs to git");
    const fs::path here = inside.whole() / part;
    if (todo.empty() && final_link == FinalLink::keep) {
      inside.below.push_back(part);
      break;
    }
    const fs::path target = fs::read_symlink(here, error);
    if (error) {  // no link, or nothing there at all
      inside.below.push_back(part);
      continue;
    }
    if (++links > 40) return refusal(relative, "too many symbolic links on the way; is there a loop?");
    fs::path from = target;
    if (target.is_absolute()) {
      // Its own links are resolved by the system as far as it exists; then it must be below the root.
      const fs::path real = fs::weakly_canonical(target, error);
      const fs::path below = error ? fs::path("..") : real.lexically_relative(inside.root);
      if (below.empty() || *below.begin() == "..") {
        return refusal(relative, "the symbolic link '" + here.lexically_relative(inside.root).string() +
                                     "' leads outside the folder, to '" + target.string() + "'");
      }
      inside.below.clear();
      from = below;
    } else {
      int depth = static_cast<int>(inside.below.size());
      for (const fs::path& step : target) {
        if (step == "..")
          --depth;
        else if (step != "." && !step.empty())
          ++depth;
        if (depth < 0) {
          return refusal(relative, "the symbolic link '" + here.lexically_relative(inside.root).string() +
                                       "' leads outside the folder, to '" + target.string() + "'");
        }
      }
    }
    std::deque<std::string> steps = parts_of(from.string());
    todo.insert(todo.begin(), steps.begin(), steps.end());
  }
  return inside;
}

/// An open folder and the name of an entry in it.
struct Place {
  UniqueFd folder;
  std::string name;
};

/// Walks from the root to the folder that holds the last component; no step follows a link.
Result<Place> open_parent(const Inside& inside, std::string_view relative, bool create) {
  if (inside.below.empty()) {
    return Error{ErrorCode::invalid_argument,
                 "'" + std::string(relative) + "' is the folder itself, not a file in it",
                 {{"path", std::string(relative)}}};
  }
  UniqueFd folder(::open(inside.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return io_error("opening", inside.root.string(), errno);
  for (std::size_t i = 0; i + 1 < inside.below.size(); ++i) {
    const char* name = inside.below[i].c_str();
    if (create && ::mkdirat(folder.get(), name, 0777) != 0 && errno != EEXIST) {
      return io_error("creating the folder of", relative, errno);
    }
    UniqueFd next(::openat(folder.get(), name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next) {
      if (errno == ENOENT) {
        return Error{ErrorCode::not_found,
                     "'" + std::string(relative) + "' does not exist",
                     {{"path", std::string(relative)}}};
      }
      return io_error("opening the folder of", relative, errno);
    }
    folder = std::move(next);
  }
  return Place{std::move(folder), inside.below.back()};
}

Error entry_error(std::string_view action, std::string_view relative, int errno_value) {
  if (errno_value == ENOENT) {
    return Error{ErrorCode::not_found,
                 "'" + std::string(relative) + "' does not exist",
                 {{"path", std::string(relative)}}};
  }
  if (errno_value == ELOOP)
    return refusal(relative, "it was exchanged for a symbolic link while it was used");
  if (errno_value == EISDIR) {
    return Error{ErrorCode::invalid_argument,
                 "'" + std::string(relative) + "' is a folder, not a file",
                 {{"path", std::string(relative)}}};
  }
  return io_error(action, relative, errno_value);
}

Status write_all(int fd, std::string_view bytes, std::string_view relative) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return io_error("writing", relative, errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

Result<fs::path> resolve_inside(const fs::path& root, std::string_view relative, FinalLink final_link) {
  PLAND_TRY(const Inside inside, resolve(root, relative, final_link));
  return inside.whole();
}

Result<std::string> read_inside(const fs::path& root, std::string_view relative, std::uint64_t limit) {
  PLAND_TRY(const Inside inside, resolve(root, relative, FinalLink::follow));
  PLAND_TRY(const Place place, open_parent(inside, relative, false));
  // Not blocking, so that a named pipe does not hold us up before it is refused.
  const UniqueFd file(
      ::openat(place.folder.get(), place.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) return entry_error("reading", relative, errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return io_error("reading", relative, errno);
  if (!S_ISREG(info.st_mode)) {
    return Error{
        ErrorCode::invalid_argument,
        "'" + std::string(relative) + "' is " + (S_ISDIR(info.st_mode) ? "a folder" : "not a regular file"),
        {{"path", std::string(relative)}}};
  }
  std::string content;
  std::vector<char> buffer(std::size_t{64} << 10U);
  for (;;) {
    const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return io_error("reading", relative, errno);
    if (size == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(size));
    if (content.size() > limit) {
      return Error{ErrorCode::invalid_argument,
                   "'" + std::string(relative) + "' is larger than " + std::to_string(limit) + " bytes",
                   {{"path", std::string(relative)}}};
    }
  }
}

Status write_inside(const fs::path& root, std::string_view relative, std::string_view content) {
  PLAND_TRY(const Inside inside, resolve(root, relative, FinalLink::follow));
  PLAND_TRY(const Place place, open_parent(inside, relative, true));
  struct stat info {};
  const bool exists = ::fstatat(place.folder.get(), place.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
  if (exists && !S_ISREG(info.st_mode)) {
    return Error{
        ErrorCode::invalid_argument,
        "'" + std::string(relative) + "' is " + (S_ISDIR(info.st_mode) ? "a folder" : "not a regular file"),
        {{"path", std::string(relative)}}};
  }
  std::random_device random;
  const std::string temporary = ".pland-" + std::to_string(random()) + std::to_string(random());
  UniqueFd file(::openat(place.folder.get(), temporary.c_str(),
                         O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!file) return io_error("writing", relative, errno);
  Status written = write_all(file.get(), content, relative);
  if (written.ok() && exists && ::fchmod(file.get(), info.st_mode & 07777) != 0) {
    written = io_error("keeping the permissions of", relative, errno);
  }
  if (written.ok() &&
      ::renameat(place.folder.get(), temporary.c_str(), place.folder.get(), place.name.c_str()) != 0) {
    written = entry_error("writing", relative, errno);
  }
  if (!written.ok()) ::unlinkat(place.folder.get(), temporary.c_str(), 0);
  return written;
}

Status delete_inside(const fs::path& root, std::string_view relative) {
  PLAND_TRY(const Inside inside, resolve(root, relative, FinalLink::keep));
  PLAND_TRY(const Place place, open_parent(inside, relative, false));
  if (::unlinkat(place.folder.get(), place.name.c_str(), 0) != 0)
    return entry_error("deleting", relative, errno);
  return {};
}

Result<UniqueFd> open_folder_inside(const fs::path& root, std::string_view relative) {
  PLAND_TRY(Inside inside, resolve(root, relative, FinalLink::follow));
  inside.below.emplace_back(".");  // the folder itself, as the entry of itself
  PLAND_TRY(const Place place, open_parent(inside, relative, false));
  UniqueFd folder(::openat(place.folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return entry_error("opening", relative, errno);
  return folder;
}

}  // namespace pland::engine
