#include "engine/sandbox/worktree_include.h"

#include <dirent.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "engine/snapshot/beneath.h"

namespace pland::engine {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t files_per_part = 64;

std::string join(std::string_view folder, std::string_view name) {
  return folder.empty() ? std::string(name) : std::string(folder) + "/" + std::string(name);
}

/// A target that stays inside, seen from the link at `path`: relative, upwards only at its beginning, and
/// not further than the root.
bool stays_inside(std::string_view path, std::string_view target) {
  if (target.empty() || target.front() == '/') return false;
  const fs::path normal = (fs::path(path).parent_path() / target).lexically_normal();
  if (normal.empty() || *normal.begin() == "..") return false;
  bool went_down = false;
  for (const fs::path& part : fs::path(target)) {
    if (part == ".." && went_down) return false;  // behind a link, ".." may lead anywhere
    if (part != ".." && part != ".") went_down = true;
  }
  return true;
}

bool copy_bytes(int from, int to, std::size_t size) {
  if (::ioctl(to, FICLONE, from) == 0) return true;
  std::size_t left = size;
  while (left > 0) {
    const ssize_t copied = ::copy_file_range(from, nullptr, to, nullptr, left, 0);
    if (copied == 0) return true;  // it became shorter
    if (copied < 0) {
      if (errno == EINTR) continue;
      if (left != size) return false;
      std::string bytes;  // not between these file systems
      return read_all(from, size, bytes) && write_all(to, bytes);
    }
    left -= static_cast<std::size_t>(copied);
  }
  return true;
}

class Inclusion {
 public:
  Inclusion(const IncludeRequest& request, std::vector<git::IgnorePattern> patterns)
      : request_(request), patterns_(std::move(patterns)) {}

  Status open() {
    from_ = open_root(request_.project);
    if (!from_.is_open()) return io_error("reading", request_.project.native(), errno);
    to_ = open_root(request_.sandbox);
    if (!to_.is_open()) return io_error("writing", request_.sandbox.native(), errno);
    for (const fs::path& excluded : request_.excluded) {
      excluded_.insert(excluded.lexically_relative(request_.project).native());
    }
    return {};
  }

  /// `ignored`: the folder is; `named`: a pattern names it as a whole.
  Status collect(const std::string& folder, const git::IgnoreRules::Pointer& above, bool ignored,
                 bool named) {
    const OpenFile fd = open_beneath(from_.get(), folder, O_RDONLY | O_DIRECTORY);
    if (!fd.is_open()) {
      if (errno == EACCES || errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return {};
      return io_error("reading the folder", folder, errno);
    }
    git::IgnoreRules::Pointer rules = above;
    if (!ignored)
      rules = git::IgnoreRules::inside(above, folder, git::read_ignore_file(request_.project / folder));
    const int copy = ::dup(fd.get());
    DIR* raw = copy < 0 ? nullptr : ::fdopendir(copy);
    if (raw == nullptr) {
      const int reason = errno;
      if (copy >= 0) ::close(copy);
      return io_error("reading the folder", folder, reason);
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(raw, ::closedir);
    while (const dirent* entry = ::readdir(raw)) {
      const std::string name = entry->d_name;
      if (name == "." || name == ".." || (name == ".git" && !named)) continue;
      const std::string path = join(folder, name);
      if (excluded_.contains(path)) continue;
      unsigned char type = entry->d_type;
      if (type == DT_UNKNOWN) {
        struct stat status {};
        if (::fstatat(fd.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
        type = S_ISDIR(status.st_mode)   ? DT_DIR
               : S_ISLNK(status.st_mode) ? DT_LNK
               : S_ISREG(status.st_mode) ? DT_REG
                                         : DT_FIFO;
      }
      const bool is_folder = type == DT_DIR;
      const git::IgnoreVerdict verdict = git::match_patterns(patterns_, path, is_folder);
      const bool wanted =
          verdict == git::IgnoreVerdict::ignored || (named && verdict != git::IgnoreVerdict::included);
      const bool is_ignored = ignored || rules->ignored(path, is_folder);
      if (is_folder) {
        const bool whole = wanted && is_ignored;
        if (whole && !named) roots_.push_back(path);
        PLAND_CHECK(collect(path, rules, is_ignored, whole));
      } else if (wanted && is_ignored && (type == DT_REG || type == DT_LNK)) {
        if (!named) roots_.push_back(path);
        files_.push_back(path);
      }
    }
    return {};
  }

  Status copy(const ParallelFor& parallel_for) {
    std::set<std::string, std::less<>> folders;
    for (const std::string& file : files_) folders.emplace(split_path(file).first);
    for (const std::string& folder : folders) PLAND_CHECK(make_folder(folder));
    std::mutex mutex;
    std::optional<Error> failure;
    parallel_for((files_.size() + files_per_part - 1) / files_per_part, [&](std::size_t part) {
      const std::size_t end = std::min(files_.size(), (part + 1) * files_per_part);
      for (std::size_t i = part * files_per_part; i < end; ++i) {
        if (Status copied = copy_file(files_[i]); !copied.ok()) {
          const std::lock_guard lock(mutex);
          failure = std::move(copied.error());
          return;
        }
      }
    });
    if (failure) return with_context(*std::move(failure), "copying what .worktreeinclude names");
    return {};
  }

  std::vector<std::string> roots() && {
    std::sort(roots_.begin(), roots_.end());
    return std::move(roots_);
  }

 private:
  /// With the modes of the project's folders.
  Status make_folder(std::string_view path) const {
    if (path.empty() || open_beneath(to_.get(), path, O_PATH | O_DIRECTORY).is_open()) return {};
    const auto [above, name] = split_path(path);
    PLAND_CHECK(make_folder(above));
    const OpenFile folder = open_beneath(to_.get(), above, O_PATH | O_DIRECTORY);
    if (!folder.is_open()) return io_error("making the folder", path, errno);
    if (::mkdirat(folder.get(), std::string(name).c_str(), 0777) != 0 && errno != EEXIST) {
      return io_error("making the folder", path, errno);
    }
    return {};
  }

  Status copy_file(const std::string& path) const {
    const auto [folder_path, name_view] = split_path(path);
    const std::string name(name_view);
    const OpenFile target_folder = open_beneath(to_.get(), folder_path, O_PATH | O_DIRECTORY);
    // Something of the snapshot's own stands in place of the folder: that is the project's wish.
    if (!target_folder.is_open()) return {};
    struct stat status {};
    const OpenFile source_folder = open_beneath(from_.get(), folder_path, O_PATH | O_DIRECTORY);
    if (!source_folder.is_open() ||
        ::fstatat(source_folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return {};  // it has gone meanwhile
    }
    const timespec times[2] = {status.st_atim, status.st_mtim};
    if (S_ISLNK(status.st_mode)) {
      std::string target;
      if (!read_link(source_folder.get(), name, target) || !stays_inside(path, target)) return {};
      if (::symlinkat(target.c_str(), target_folder.get(), name.c_str()) != 0 && errno != EEXIST) {
        return io_error("making the link", path, errno);
      }
      return {};
    }
    const OpenFile in(
        ::openat(source_folder.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!in.is_open()) return io_error("reading", path, errno);
    OpenFile out(::openat(target_folder.get(), name.c_str(),
                          O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, status.st_mode & 0777));
    if (!out.is_open()) return errno == EEXIST ? Status() : io_error("writing", path, errno);
    if (!copy_bytes(in.get(), out.get(), static_cast<std::size_t>(status.st_size)) ||
        ::futimens(out.get(), times) != 0 || out.close() != 0) {
      return io_error("writing", path, errno);
    }
    return {};
  }

  const IncludeRequest& request_;
  std::vector<git::IgnorePattern> patterns_;
  OpenFile from_;
  OpenFile to_;
  std::set<std::string> excluded_;
  std::vector<std::string> roots_;
  std::vector<std::string> files_;
};

}  // namespace

Result<std::vector<std::string>> copy_included(const IncludeRequest& request,
                                               const ParallelFor& parallel_for) {
  std::vector<git::IgnorePattern> patterns =
      git::parse_ignore_patterns(git::read_ignore_file(request.project, ".worktreeinclude"));
  if (patterns.empty()) return std::vector<std::string>();
  Inclusion inclusion(request, std::move(patterns));
  PLAND_CHECK(inclusion.open());
  PLAND_CHECK(inclusion.collect("", request.rules, false, false));
  PLAND_CHECK(inclusion.copy(parallel_for));
  return std::move(inclusion).roots();
}

}  // namespace pland::engine
