#include "engine/snapshot/materialise.h"

#include <time.h>

#include <algorithm>
#include <cerrno>
#include <mutex>

#include "engine/snapshot/beneath.h"

namespace pland::engine {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t files_per_part = 64;

/// Some files of one folder: what one thread writes at a time.
struct Part {
  IndexedFolder* folder = nullptr;
  std::string path;
  std::size_t begin = 0;
  std::size_t end = 0;
};

bool safe_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name != ".git" &&
         name.find('/') == std::string_view::npos;
}

/// Reads the trees, makes the folders, and collects the files.
class Skeleton {
 public:
  Skeleton(const git::Repository& store, int root, std::vector<Part>& parts)
      : store_(store), root_(root), parts_(parts) {}

  Status make(IndexedFolder& folder, const git::Oid& tree, const std::string& path) {
    PLAND_TRY(const std::vector<git::TreeEntry> entries, store_.read_tree(tree));
    folder.tree = tree;
    for (const git::TreeEntry& entry : entries) {
      if (!safe_name(entry.name)) {
        return Error{ErrorCode::refused,
                     "tree " + tree.hex() + " holds the unsafe name '" + entry.name + "'",
                     {{"tree", tree.hex()}, {"name", entry.name}}};
      }
      const std::string at = path.empty() ? entry.name : path + "/" + entry.name;
      const bool is_folder = entry.mode == git::FileMode::tree || entry.mode == git::FileMode::gitlink;
      if (is_folder && ::mkdirat(root_, at.c_str(), 0777) != 0)
        return io_error("making the folder", at, errno);
      if (entry.mode == git::FileMode::tree) {
        IndexedFolder& below = folder.folders.emplace_back();
        below.name = entry.name;
        PLAND_CHECK(make(below, entry.oid, at));
      } else {
        IndexedFile& file = folder.files.emplace_back();
        file.name = entry.name;
        file.version = {entry.mode, entry.oid};
        file.tracked = true;
      }
    }
    // A tree's order is not by name where folders and files mix; that of each kind alone may differ too.
    const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
    std::sort(folder.files.begin(), folder.files.end(), by_name);
    std::sort(folder.folders.begin(), folder.folders.end(), by_name);
    return {};
  }

  /// When no folder moves any more.
  void divide(IndexedFolder& folder, const std::string& path) {
    for (std::size_t begin = 0; begin < folder.files.size(); begin += files_per_part) {
      parts_.push_back({&folder, path, begin, std::min(begin + files_per_part, folder.files.size())});
    }
    for (IndexedFolder& below : folder.folders)
      divide(below, path.empty() ? below.name : path + "/" + below.name);
  }

 private:
  const git::Repository& store_;
  int root_;
  std::vector<Part>& parts_;
};

Status write_file(const git::Repository& store, int folder, IndexedFile& file, const timespec& time) {
  if (file.version.mode == git::FileMode::gitlink) return {};
  PLAND_TRY(const git::Blob blob, store.read_blob(file.version.oid));
  const timespec times[2] = {time, time};
  struct stat status {};
  if (file.version.mode == git::FileMode::link) {
    const std::string target(blob.bytes);
    if (::symlinkat(target.c_str(), folder, file.name.c_str()) != 0 ||
        ::utimensat(folder, file.name.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0 ||
        ::fstatat(folder, file.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return io_error("making the link", file.name, errno);
    }
  } else {
    const mode_t mode = file.version.mode == git::FileMode::executable ? 0777 : 0666;
    OpenFile out(
        ::openat(folder, file.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!out.is_open() || !write_all(out.get(), blob.bytes) || ::futimens(out.get(), times) != 0 ||
        ::fstat(out.get(), &status) != 0 || out.close() != 0) {
      return io_error("writing", file.name, errno);
    }
  }
  file.stat = to_file_stat(status);
  return {};
}

Status write_part(git::RepositoryPool& store, int root, const Part& part, const timespec& time) {
  PLAND_TRY(const auto repository, store.lease());
  const OpenFile folder = open_beneath(root, part.path, O_RDONLY | O_DIRECTORY);
  if (!folder.is_open()) return io_error("opening the folder", part.path, errno);
  for (std::size_t i = part.begin; i < part.end; ++i) {
    if (Status written = write_file(*repository, folder.get(), part.folder->files[i], time); !written.ok()) {
      return with_context(std::move(written.error()), "in '" + part.path + "'");
    }
  }
  return {};
}

}  // namespace

Result<FolderIndex> materialise(git::RepositoryPool& store, const git::Oid& tree, const fs::path& folder,
                                const ParallelFor& parallel_for) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return io_error("making the folder", folder.native(), error.value());
  if (!fs::is_empty(folder, error)) {
    if (error) return io_error("reading the folder", folder.native(), error.value());
    return Error{ErrorCode::refused,
                 "writing a snapshot to '" + folder.string() + "': the folder is not empty",
                 {{"path", folder.string()}}};
  }
  const OpenFile root = open_root(folder);
  if (!root.is_open()) return io_error("opening the folder", folder.native(), errno);

  FolderIndex index;
  std::vector<Part> parts;
  {
    PLAND_TRY(const auto repository, store.lease());
    Skeleton skeleton(*repository, root.get(), parts);
    if (Status made = skeleton.make(index.root, tree, ""); !made.ok()) {
      return with_context(std::move(made.error()), "writing a snapshot to '" + folder.string() + "'");
    }
    skeleton.divide(index.root, "");
  }
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  time.tv_sec -= 2;
  std::mutex mutex;
  std::optional<Error> failure;
  parallel_for(parts.size(), [&](std::size_t i) {
    if (Status written = write_part(store, root.get(), parts[i], time); !written.ok()) {
      const std::lock_guard lock(mutex);
      failure = std::move(written.error());
    }
  });
  if (failure) return with_context(*std::move(failure), "writing a snapshot to '" + folder.string() + "'");
  index.closed = true;  // by the snapshot's own right: whoever keeps it keeps what it borrows
  return index;
}

}  // namespace pland::engine
