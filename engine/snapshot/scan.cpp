#include "engine/snapshot/scan.h"

#include <dirent.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

namespace pland::engine {
namespace {

struct Task {
  const IndexedFolder* known = nullptr;  ///< nullptr: never seen
  IndexedFolder* now = nullptr;
  IndexedFolder* parent = nullptr;
  std::string path;
  git::IgnoreRules::Pointer above;
  bool tracked_only = false;  ///< an ignored folder that holds tracked files
};

struct Finding {
  std::vector<Task> below;
  std::vector<HashJob> changed;
  std::vector<LeftOut> left_out;
  bool listed = false;
  bool drop = false;  ///< not part of the snapshot, not even as a known folder
  std::optional<Error> error;
};

std::string join(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

template <typename Items>
auto find_by_name(const Items& items, std::string_view name) {
  const auto at =
      std::lower_bound(items.begin(), items.end(), name,
                       [](const auto& item, std::string_view wanted) { return item.name < wanted; });
  return at != items.end() && at->name == name ? &*at : nullptr;
}

bool holds_tracked(const IndexedFolder& folder) {
  return std::any_of(folder.files.begin(), folder.files.end(),
                     [](const IndexedFile& file) { return file.tracked; }) ||
         std::any_of(folder.folders.begin(), folder.folders.end(), holds_tracked);
}

IndexedFile without_file(const IndexedFile& known) {
  IndexedFile gone = known;
  gone.stat = {};
  gone.seeded = false;
  gone.absent = !known.outside_checkout;
  if (gone.absent) gone.version.oid = {};  // nobody keeps that object
  return gone;
}

/// A folder that is not on disk: what is tracked stays known.
IndexedFolder without_folder(const IndexedFolder& known) {
  IndexedFolder gone;
  gone.name = known.name;
  for (const IndexedFile& file : known.files) {
    if (file.tracked) gone.files.push_back(without_file(file));
  }
  for (const IndexedFolder& folder : known.folders) {
    if (holds_tracked(folder)) gone.folders.push_back(without_folder(folder));
  }
  return gone;
}

/// Not there, as opposed to not to be read.
bool means_gone(int reason) {
  return reason == ENOENT || reason == ENOTDIR || reason == ELOOP;
}

/// A file that is left out: known as it was, and to be looked at again.
IndexedFile unread_file(const IndexedFile& known) {
  IndexedFile kept = known;
  kept.stat = {};
  kept.seeded = false;
  return kept;
}

/// A folder that cannot be read: all that is known below it stays.
IndexedFolder unread_folder(const IndexedFolder& known) {
  IndexedFolder kept;
  kept.name = known.name;
  for (const IndexedFile& file : known.files) kept.files.push_back(unread_file(file));
  for (const IndexedFolder& folder : known.folders) kept.folders.push_back(unread_folder(folder));
  return kept;
}

bool holds_files(const IndexedFolder& folder) {
  return !folder.files.empty() || std::any_of(folder.folders.begin(), folder.folders.end(), holds_files);
}

std::string_view kind_of(mode_t mode) {
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISBLK(mode) || S_ISCHR(mode)) return "a device";
  return "not a file";
}

struct Name {
  std::string name;
  unsigned char type = DT_UNKNOWN;
};

/// The names in the folder, sorted; false: see errno.
bool list(int fd, std::vector<Name>& names) {
  const int copy = ::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return false;
  DIR* raw = ::fdopendir(copy);
  if (raw == nullptr) {
    ::close(copy);
    return false;
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(raw, ::closedir);
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(raw);
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.push_back({std::string(name), entry->d_type});
  }
  if (errno != 0) return false;
  std::sort(names.begin(), names.end(), [](const Name& a, const Name& b) { return a.name < b.name; });
  return true;
}

std::string ignore_text(int fd) {
  std::string text;
  const OpenFile file(::openat(fd, ".gitignore", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (!file.is_open() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return text;
  if (!read_all(file.get(), static_cast<std::size_t>(status.st_size), text)) text.clear();
  return text;
}

/// The root of a repository: a folder with a `.git` folder that has a HEAD, or with a `.git` file.
bool is_repository(int fd) {
  struct stat status {};
  if (::fstatat(fd, ".git", &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
  if (!S_ISDIR(status.st_mode)) return true;
  return ::fstatat(fd, ".git/HEAD", &status, AT_SYMLINK_NOFOLLOW) == 0;
}

class FolderScan {
 public:
  FolderScan(const Task& task, const ScanOptions& options, Finding& finding)
      : task_(task), options_(options), finding_(finding) {}

  void run() {
    const IndexedFolder none;
    const IndexedFolder& known = task_.known != nullptr ? *task_.known : none;
    const OpenFile fd = open_beneath(options_.root, task_.path, O_RDONLY | O_DIRECTORY);
    if (!fd.is_open()) {
      gone(known, errno);
      return;
    }
    fd_ = fd.get();
    struct stat status {};
    if (::fstat(fd_, &status) != 0) {
      gone(known, errno);
      return;
    }
    if (task_.parent != nullptr && !holds_tracked(known) && is_repository(fd_)) {
      leave_out("", "a nested repository, which snapshots do not cover");
      finding_.drop = true;
      return;
    }
    rules_ = git::IgnoreRules::inside(task_.above, task_.path, ignore_text(fd_));
    const FileStat folder_stat = to_file_stat(status);
    task_.now->rules = rules_->fingerprint();
    const bool same_names =
        known.stat.is_known() && known.stat == folder_stat && known.rules == rules_->fingerprint();
    if (task_.tracked_only) {
      known_names(known, true);
    } else if (same_names) {
      known_names(known, false);
    } else {
      std::vector<Name> names;
      if (!list(fd_, names)) {
        gone(known, errno);
        return;
      }
      finding_.listed = true;
      listed_names(known, names);
    }
    // Names that were left out, or that the rules hid, must be met again.
    if (!task_.tracked_only && finding_.left_out.empty() && folder_stat.mtime_ns < options_.racy_from_ns) {
      task_.now->stat = folder_stat;
    }
    finish();
  }

 private:
  void leave_out(const std::string& name, std::string why) {
    finding_.left_out.push_back({name.empty() ? task_.path : join(task_.path, name), std::move(why)});
  }

  void gone(const IndexedFolder& known, int reason) {
    if (task_.parent == nullptr) {
      finding_.error = io_error("reading the folder", task_.path.empty() ? "." : task_.path, reason);
      return;
    }
    const std::string name = task_.now->name;
    if (means_gone(reason)) {
      *task_.now = without_folder(known);
      finding_.drop = !holds_tracked(*task_.now);
    } else {
      leave_out("", std::string("the folder cannot be read: ") + std::strerror(reason));
      *task_.now = unread_folder(known);
      finding_.drop = !holds_files(*task_.now);
    }
    task_.now->name = name;
  }

  void known_names(const IndexedFolder& known, bool tracked_only) {
    for (const IndexedFile& file : known.files) {
      if (tracked_only && !file.tracked) continue;
      this->file(file.name, &file, DT_UNKNOWN);
    }
    for (const IndexedFolder& folder : known.folders) {
      if (!tracked_only || holds_tracked(folder)) this->folder(folder.name, &folder, tracked_only);
    }
  }

  void listed_names(const IndexedFolder& known, const std::vector<Name>& names) {
    auto missed = known.files.begin();  // tracked files between the names on disk
    const auto keep_missed_before = [&](const std::string* name) {
      for (; missed != known.files.end() && (name == nullptr || missed->name < *name); ++missed) {
        if (missed->tracked) task_.now->files.push_back(without_file(*missed));
      }
    };
    for (const Name& entry : names) {
      keep_missed_before(&entry.name);
      const IndexedFile* known_file = nullptr;
      if (missed != known.files.end() && missed->name == entry.name) known_file = &*missed++;
      if (entry.name == ".git" || entry.name.starts_with(temporary_prefix)) continue;
      unsigned char type = entry.type;
      if (type == DT_UNKNOWN) {
        struct stat status {};
        if (::fstatat(fd_, entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
          type = S_ISDIR(status.st_mode) ? DT_DIR : DT_REG;
        }
      }
      if (type != DT_DIR) {
        file(entry.name, known_file, type);
        continue;
      }
      if (known_file != nullptr && known_file->tracked) {
        // A submodule stays what it is; for any other file a folder has taken its place.
        IndexedFile kept = *known_file;
        if (kept.version.mode == git::FileMode::gitlink) {
          kept.absent = false;
          task_.now->files.push_back(std::move(kept));
          continue;
        }
        kept = without_file(kept);
        kept.absent = true;
        task_.now->files.push_back(std::move(kept));
      }
      folder(entry.name, find_folder(known, entry.name), false);
    }
    keep_missed_before(nullptr);
    for (const IndexedFolder& folder : known.folders) {  // folders that are not on disk
      if (find_by_name(names, folder.name) == nullptr && holds_tracked(folder)) {
        task_.now->folders.push_back(without_folder(folder));
      }
    }
  }

  void folder(const std::string& name, const IndexedFolder* known, bool tracked_only) {
    Task task;
    task.path = join(task_.path, name);
    task.tracked_only = tracked_only;
    if (!tracked_only && (options_.excluded.contains(task.path) || rules_->ignored(task.path, true))) {
      if (known == nullptr || !holds_tracked(*known)) return;
      task.tracked_only = true;
    }
    task.known = known;
    task.above = rules_;
    task_.now->folders.emplace_back().name = name;
    finding_.below.push_back(std::move(task));
  }

  void file(const std::string& name, const IndexedFile* known, unsigned char type) {
    const bool tracked = known != nullptr && known->tracked;
    if (known != nullptr && known->version.mode == git::FileMode::gitlink && type == DT_UNKNOWN) {
      // A submodule by its known name: all that counts is that its folder is there.
      struct stat status {};
      const bool there =
          ::fstatat(fd_, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
      IndexedFile kept = *known;
      kept.absent = !there;
      task_.now->files.push_back(std::move(kept));
      return;
    }
    const std::string path = join(task_.path, name);
    // The rules have chosen a known untracked file already, unless they have changed since.
    if (!tracked && (options_.excluded.contains(path) || rules_->ignored(path, false))) return;
    struct stat status {};
    const bool there = ::fstatat(fd_, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (!there && !means_gone(errno)) {
      leave_out(name, std::string("it cannot be looked at: ") + std::strerror(errno));
      if (known != nullptr) task_.now->files.push_back(unread_file(*known));
      return;
    }
    const git::FileMode mode = there ? file_mode(status) : git::FileMode::none;
    if (mode == git::FileMode::none) {
      const bool special = there && !S_ISDIR(status.st_mode);
      if (special) leave_out(name, std::string(kind_of(status.st_mode)));
      if (tracked) task_.now->files.push_back(special ? unread_file(*known) : without_file(*known));
      return;
    }
    const FileStat stat = to_file_stat(status);
    if (!tracked && stat.size > options_.untracked_size_cap) {
      leave_out(name,
                "untracked and larger than " + std::to_string(options_.untracked_size_cap >> 20) + " MiB");
      return;
    }
    IndexedFile& now = task_.now->files.emplace_back();
    now.name = name;
    now.tracked = tracked;
    if (known != nullptr) {
      now.version = known->version;
      now.outside_checkout = known->outside_checkout;
      if (!known->absent && known->version.mode == mode && known->stat.is_known() &&
          same_file(*known, stat)) {
        now.stat = stat;
        return;
      }
    }
    now.seeded = false;
    to_hash_.push_back(task_.now->files.size() - 1);
  }

  /// What the user's index knows is cut to 32 bits.
  static bool same_file(const IndexedFile& known, const FileStat& stat) {
    if (!known.seeded) return known.stat == stat;
    const auto seconds_cut = [](std::int64_t ns) {
      return std::int64_t{static_cast<std::uint32_t>(ns / 1'000'000'000)} * 1'000'000'000 +
             ns % 1'000'000'000;
    };
    return known.stat.mtime_ns == seconds_cut(stat.mtime_ns) &&
           known.stat.ctime_ns == seconds_cut(stat.ctime_ns) &&
           known.stat.size == static_cast<std::uint32_t>(stat.size) &&
           known.stat.ino == static_cast<std::uint32_t>(stat.ino);
  }

  /// Addresses are taken when nothing moves any more.
  void finish() {
    IndexedFolder& now = *task_.now;
    for (const std::size_t at : to_hash_) {
      finding_.changed.push_back({&now.files[at], join(task_.path, now.files[at].name)});
    }
    // Folders that are only known, not on disk, were added behind: order them, the tasks' with them.
    std::sort(now.folders.begin(), now.folders.end(),
              [](const IndexedFolder& a, const IndexedFolder& b) { return a.name < b.name; });
    for (Task& task : finding_.below) {
      const std::string_view name = split_path(task.path).second;
      task.now = const_cast<IndexedFolder*>(find_folder(now, name));
      task.parent = &now;
    }
  }

  const Task& task_;
  const ScanOptions& options_;
  Finding& finding_;
  int fd_ = -1;
  git::IgnoreRules::Pointer rules_;
  std::vector<std::size_t> to_hash_;
};

}  // namespace

bool has_known_version(const IndexedFile& file) {
  return git::is_blob(file.version.mode) && file.version.oid != git::Oid{};
}

const IndexedFile* find_file(const IndexedFolder& folder, std::string_view name) {
  return find_by_name(folder.files, name);
}
const IndexedFolder* find_folder(const IndexedFolder& folder, std::string_view name) {
  return find_by_name(folder.folders, name);
}

Result<Scan> scan_folder(const IndexedFolder& known, const ScanOptions& options,
                         const ParallelFor& parallel_for) {
  Scan scan;
  std::vector<std::pair<IndexedFolder*, std::string>> dropped;  // shallow ones first
  std::vector<Task> level(1);
  level[0].known = &known;
  level[0].now = &scan.root;
  level[0].above = options.rules;
  while (!level.empty()) {
    std::vector<Finding> findings(level.size());
    parallel_for(level.size(), [&](std::size_t i) { FolderScan(level[i], options, findings[i]).run(); });
    std::vector<Task> next;
    for (std::size_t i = 0; i < level.size(); ++i) {
      Finding& finding = findings[i];
      if (finding.error) return *std::move(finding.error);
      std::move(finding.left_out.begin(), finding.left_out.end(), std::back_inserter(scan.left_out));
      scan.listed_folders += finding.listed ? 1 : 0;
      if (finding.drop) {
        dropped.emplace_back(level[i].parent, level[i].now->name);
        // What was left out must be met again.
        level[i].parent->stat = {};
        continue;
      }
      std::move(finding.changed.begin(), finding.changed.end(), std::back_inserter(scan.changed));
      std::move(finding.below.begin(), finding.below.end(), std::back_inserter(next));
    }
    level = std::move(next);
  }
  // Deepest first: to erase a folder moves its neighbours, but never what lies above.
  for (auto at = dropped.rbegin(); at != dropped.rend(); ++at) {
    std::erase_if(at->first->folders, [&](const IndexedFolder& folder) { return folder.name == at->second; });
  }
  return scan;
}

}  // namespace pland::engine
