#include "engine/snapshot/restore.h"

#include <dirent.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>

#include "engine/git/tree_edit.h"
#include "engine/snapshot/beneath.h"

namespace pland::engine {
namespace {

/// What stands at a path of the folder.
struct OnDisk {
  enum class Kind { nothing, file, folder, other } kind = Kind::nothing;
  git::FileVersion version;  ///< of a file
};

/// The names in a folder, without "." and "..".
std::vector<std::string> names_in(int root, std::string_view path) {
  std::vector<std::string> names;
  OpenFile folder = open_beneath(root, path, O_RDONLY | O_DIRECTORY);
  if (!folder.is_open()) return names;
  const int copy = ::dup(folder.get());
  DIR* raw = copy < 0 ? nullptr : ::fdopendir(copy);
  if (raw == nullptr) {
    if (copy >= 0) ::close(copy);
    return names;
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(raw, ::closedir);
  while (const dirent* entry = ::readdir(raw)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

std::string join(std::string_view folder, std::string_view name) {
  return folder.empty() ? std::string(name) : std::string(folder) + "/" + std::string(name);
}

class Restoration {
 public:
  Restoration(const RestoreRequest& request, const ParallelFor& parallel_for)
      : request_(request), parallel_for_(parallel_for) {}

  /// Finds what is to be done, and whether it may be.
  Status plan() {
    if (request_.store == nullptr)
      return Error{ErrorCode::internal, "a restore needs the private repository"};
    root_ = open_root(request_.root);
    if (!root_.is_open()) return io_error("restoring", request_.root.native(), errno);
    PLAND_TRY(const auto store, request_.store->lease());
    PLAND_TRY(const std::vector<git::FileChange> changes,
              git::diff_trees(*store, request_.from, request_.to));
    for (const git::FileChange& change : changes) {
      // What stands where a submodule is or was is the submodule's.
      const bool was_file = git::is_blob(change.before.mode);
      if (was_file && !git::is_blob(change.after.mode)) {
        removals_.emplace(change.path, change);
      } else if (git::is_blob(change.after.mode)) {
        writes_.push_back(change);
      }
    }
    for (const auto& [path, change] : removals_) {
      PLAND_TRY(const OnDisk there, look(path));
      if (there.kind == OnDisk::Kind::file && there.version != change.before) {
        block(path, "it has changed since the snapshot of what is there");
      }
      if (there.kind == OnDisk::Kind::other) block(path, "not a file");
    }
    for (const git::FileChange& change : writes_) PLAND_CHECK(check_write(change));
    if (blocked_.empty()) return {};
    Error error{ErrorCode::refused,
                "restoring '" + request_.root.string() + "' would destroy what no snapshot holds:"};
    nlohmann::json paths = nlohmann::json::array();
    for (const auto& [path, why] : blocked_) {
      if (paths.size() < 10) error.message += " '" + path + "' (" + why + ");";
      paths.push_back(path);
    }
    error.message += blocked_.size() > 10 ? " and more. " : " ";
    error.message += "move these files away, or take a new snapshot, and try again";
    error.context["paths"] = std::move(paths);
    return error;
  }

  /// Does it, or takes back what it had done when something failed.
  Status run() {
    const Status done = change_folder();
    if (done.ok()) return done;
    Error error = with_context(done.error(), "restoring '" + request_.root.string() + "'");
    put_back(error);
    return error;
  }

  std::vector<RestoredFile> actions() const {
    std::vector<RestoredFile> result;
    for (const auto& [path, change] : removals_) result.push_back({path, RestoreAction::removed});
    for (const git::FileChange& change : writes_) result.push_back({change.path, RestoreAction::restored});
    std::sort(result.begin(), result.end(),
              [](const RestoredFile& a, const RestoredFile& b) { return a.path < b.path; });
    return result;
  }

 private:
  Status change_folder() {
    for (const auto& [path, change] : removals_) PLAND_CHECK(remove(path));
    for (const auto& [path, change] : removals_) remove_empty_above(path);
    std::set<std::string> folders;
    for (const git::FileChange& change : writes_) folders.emplace(split_path(change.path).first);
    for (const std::string& folder : folders) PLAND_CHECK(make_folder(folder));
    std::mutex mutex;
    std::optional<Error> failure;
    parallel_for_(writes_.size(), [&](std::size_t i) {
      if (Status written = write(writes_[i]); !written.ok()) {
        const std::lock_guard lock(mutex);
        failure = std::move(written.error());
      }
    });
    if (failure) return *std::move(failure);
    return {};
  }

  /// The way back is a restore too, of as much as can be; `error` names the rest.
  void put_back(Error& error) const {
    RestoreRequest request = request_;
    std::swap(request.from, request.to);
    const ParallelFor serial = serial_for;
    Restoration back(request, serial);
    if (const Status planned = back.plan(); !planned.ok() && planned.error().code != ErrorCode::refused) {
      error.message += "; the folder is partly restored: " + planned.error().message;
      return;
    }
    const std::vector<std::string> lost = back.change_what_can_be();
    if (lost.empty()) {
      error.message += "; the folder is as it was";
      return;
    }
    error.message += "; these files could not be put back:";
    for (std::size_t i = 0; i < std::min<std::size_t>(lost.size(), 10); ++i)
      error.message += " '" + lost[i] + "'";
    if (lost.size() > 10) error.message += " and more";
    error.context["not_put_back"] = lost;
  }

  /// Past every error and whatever is blocked; the paths that are not as they should be.
  std::vector<std::string> change_what_can_be() const {
    std::vector<std::string> lost;
    for (const auto& [path, change] : removals_) {
      if (blocked_.contains(path) || !remove(path).ok()) lost.push_back(path);
    }
    for (const auto& [path, change] : removals_) remove_empty_above(path);
    for (const git::FileChange& change : writes_) {
      const auto there = look(change.path);
      if (there.ok() && there->kind == OnDisk::Kind::file && there->version == change.after) continue;
      if (blocked_.contains(change.path) || !make_folder(split_path(change.path).first).ok() ||
          !write(change).ok()) {
        lost.push_back(change.path);
      }
    }
    return lost;
  }

  void block(const std::string& path, std::string why) {
    for (const LeftOut& left : request_.left_out) {
      if (left.path == path) why = "left out of the snapshot: " + left.why;
    }
    blocked_.emplace(path, std::move(why));
  }

  Result<OnDisk> look(const std::string& path) const {
    OnDisk there;
    const auto [folder_path, name] = split_path(path);
    const OpenFile folder = open_beneath(root_.get(), folder_path, O_PATH | O_DIRECTORY);
    if (!folder.is_open()) {
      if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return there;
      return io_error("looking at", path, errno);
    }
    const std::string file(name);
    struct stat status {};
    if (::fstatat(folder.get(), file.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return there;
      return io_error("looking at", path, errno);
    }
    if (S_ISDIR(status.st_mode)) {
      there.kind = OnDisk::Kind::folder;
      return there;
    }
    there.version.mode = file_mode(status);
    there.kind = there.version.exists() ? OnDisk::Kind::file : OnDisk::Kind::other;
    if (!there.version.exists()) return there;
    std::string bytes;
    if (there.version.mode == git::FileMode::link) {
      if (!read_link(folder.get(), file, bytes)) return io_error("reading the link", path, errno);
    } else {
      const OpenFile in(::openat(folder.get(), file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
      if (!in.is_open() || !read_all(in.get(), static_cast<std::size_t>(status.st_size), bytes)) {
        return io_error("reading", path, errno);
      }
    }
    PLAND_TRY(there.version.oid, git::Repository::hash_blob(bytes));
    return there;
  }

  Status check_write(const git::FileChange& change) {
    // Whatever stands in place of a folder above must be something that is removed.
    for (std::size_t slash = change.path.find('/'); slash != std::string::npos;
         slash = change.path.find('/', slash + 1)) {
      const std::string above = change.path.substr(0, slash);
      struct stat status {};
      const auto [folder_path, name] = split_path(above);
      const OpenFile folder = open_beneath(root_.get(), folder_path, O_PATH | O_DIRECTORY);
      if (!folder.is_open() ||
          ::fstatat(folder.get(), std::string(name).c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return {};  // nothing there: nothing in the way
      }
      if (S_ISDIR(status.st_mode)) continue;
      if (!removals_.contains(above)) {
        block(above, S_ISLNK(status.st_mode) ? "a symbolic link in place of a folder"
                                             : "a file in place of a folder");
      }
      return {};
    }
    PLAND_TRY(const OnDisk there, look(change.path));
    switch (there.kind) {
      case OnDisk::Kind::nothing:
        break;
      case OnDisk::Kind::other:
        block(change.path, "not a file");
        break;
      case OnDisk::Kind::folder:
        check_folder(change.path);
        break;
      case OnDisk::Kind::file:
        if (there.version == change.before || there.version == change.after) break;
        block(change.path, change.before.exists() ? "it has changed since the snapshot of what is there"
                                                  : "the snapshot of what is there does not hold it");
    }
    return {};
  }

  /// A folder that gives way to a file may hold nothing but what is removed.
  void check_folder(const std::string& path) {
    for (const std::string& name : names_in(root_.get(), path)) {
      const std::string at = join(path, name);
      const auto [folder_path, last] = split_path(at);
      const OpenFile folder = open_beneath(root_.get(), folder_path, O_PATH | O_DIRECTORY);
      struct stat status {};
      const bool is_folder =
          folder.is_open() &&
          ::fstatat(folder.get(), std::string(last).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
          S_ISDIR(status.st_mode);
      if (is_folder) {
        check_folder(at);
      } else if (!removals_.contains(at)) {
        block(at, "the snapshot of what is there does not hold it");
      }
    }
  }

  Status remove(const std::string& path) const {
    const auto [folder_path, name] = split_path(path);
    const OpenFile folder = open_beneath(root_.get(), folder_path, O_PATH | O_DIRECTORY);
    if (!folder.is_open()) return {};
    if (::unlinkat(folder.get(), std::string(name).c_str(), 0) != 0 && errno != ENOENT && errno != EISDIR) {
      return io_error("removing", path, errno);
    }
    return {};
  }

  void remove_empty_above(std::string_view path) const {
    for (std::string_view above = split_path(path).first; !above.empty(); above = split_path(above).first) {
      const auto [folder_path, name] = split_path(above);
      const OpenFile folder = open_beneath(root_.get(), folder_path, O_PATH | O_DIRECTORY);
      if (!folder.is_open()) continue;
      if (::unlinkat(folder.get(), std::string(name).c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) return;
    }
  }

  /// Folders that are left in a folder which gives way to a file: all empty, as `plan` saw.
  void remove_empty_folder(const std::string& path) const {
    for (const std::string& name : names_in(root_.get(), path)) remove_empty_folder(join(path, name));
    const auto [folder_path, name] = split_path(path);
    const OpenFile folder = open_beneath(root_.get(), folder_path, O_PATH | O_DIRECTORY);
    if (folder.is_open()) ::unlinkat(folder.get(), std::string(name).c_str(), AT_REMOVEDIR);
  }

  Status make_folder(std::string_view path) const {
    for (std::size_t slash = path.find('/');; slash = path.find('/', slash + 1)) {
      const std::string_view above = path.substr(0, slash);
      if (!above.empty() && !open_beneath(root_.get(), above, O_PATH | O_DIRECTORY).is_open()) {
        const auto [folder_path, name] = split_path(above);
        const OpenFile folder = open_beneath(root_.get(), folder_path, O_PATH | O_DIRECTORY);
        if (!folder.is_open() ||
            (::mkdirat(folder.get(), std::string(name).c_str(), 0777) != 0 && errno != EEXIST)) {
          return io_error("making the folder", above, errno);
        }
      }
      if (slash == std::string_view::npos) return {};
    }
  }

  Status write(const git::FileChange& change) const {
    PLAND_TRY(const auto store, request_.store->lease());
    PLAND_TRY(const git::Blob blob, store->read_blob(change.after.oid));
    const auto [folder_path, name_view] = split_path(change.path);
    const std::string name(name_view);
    const OpenFile folder = open_beneath(root_.get(), folder_path, O_RDONLY | O_DIRECTORY);
    if (!folder.is_open()) return io_error("opening the folder of", change.path, errno);
    static std::atomic<std::uint64_t> counter{std::random_device{}()};
    const std::string temporary = std::string(temporary_prefix) + std::to_string(counter++);
    if (change.after.mode == git::FileMode::link) {
      if (::symlinkat(std::string(blob.bytes).c_str(), folder.get(), temporary.c_str()) != 0) {
        return io_error("making the link", change.path, errno);
      }
    } else {
      const mode_t mode = change.after.mode == git::FileMode::executable ? 0777 : 0666;
      OpenFile out(::openat(folder.get(), temporary.c_str(),
                            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
      if (!out.is_open() || !write_all(out.get(), blob.bytes) || out.close() != 0) {
        const int reason = errno;
        ::unlinkat(folder.get(), temporary.c_str(), 0);
        return io_error("writing", change.path, reason);
      }
    }
    if (::renameat(folder.get(), temporary.c_str(), folder.get(), name.c_str()) == 0) return {};
    if (errno == EISDIR || errno == ENOTEMPTY || errno == EEXIST) {
      remove_empty_folder(change.path);
      if (::renameat(folder.get(), temporary.c_str(), folder.get(), name.c_str()) == 0) return {};
    }
    const int reason = errno;
    ::unlinkat(folder.get(), temporary.c_str(), 0);
    return io_error("writing", change.path, reason);
  }

  const RestoreRequest& request_;
  const ParallelFor& parallel_for_;
  OpenFile root_;
  std::map<std::string, git::FileChange> removals_;
  std::vector<git::FileChange> writes_;
  std::map<std::string, std::string> blocked_;  ///< path -> why
};

}  // namespace

std::string_view to_string(RestoreAction action) {
  return action == RestoreAction::restored ? "restored" : "removed";
}

Result<std::vector<RestoredFile>> plan_restore(const RestoreRequest& request) {
  const ParallelFor serial = serial_for;
  Restoration restoration(request, serial);
  PLAND_CHECK(restoration.plan());
  return restoration.actions();
}

Result<std::vector<RestoredFile>> restore(const RestoreRequest& request, const ParallelFor& parallel_for) {
  Restoration restoration(request, parallel_for);
  PLAND_CHECK(restoration.plan());
  PLAND_CHECK(restoration.run());
  return restoration.actions();
}

}  // namespace pland::engine
