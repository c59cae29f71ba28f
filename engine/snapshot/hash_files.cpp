#include "engine/snapshot/hash_files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace pland::engine {
namespace {

constexpr int attempts = 5;

struct Outcome {
  std::optional<Error> error;
  std::string left_out;  ///< why; empty: it was not
  bool vanished = false;
};

/// One consistent reading: the bytes that were there while lstat stayed the same.
struct Reading {
  std::string bytes;
  git::FileMode mode = git::FileMode::none;
  FileStat stat;
};

/// 0: done; EAGAIN: it changed meanwhile; else why it cannot be read.
int read_link_once(int root, const std::string& path, Reading& reading) {
  const auto [folder_path, name] = split_path(path);
  const OpenFile folder = open_beneath(root, folder_path, O_PATH | O_DIRECTORY);
  if (!folder.is_open()) return errno;
  const std::string file(name);
  struct stat before {};
  struct stat after {};
  if (::fstatat(folder.get(), file.c_str(), &before, AT_SYMLINK_NOFOLLOW) != 0) return errno;
  if (!S_ISLNK(before.st_mode)) return EAGAIN;
  if (!read_link(folder.get(), file, reading.bytes)) return errno == EINVAL ? EAGAIN : errno;
  if (::fstatat(folder.get(), file.c_str(), &after, AT_SYMLINK_NOFOLLOW) != 0) return errno;
  reading.mode = git::FileMode::link;
  reading.stat = to_file_stat(after);
  return to_file_stat(before) == reading.stat && S_ISLNK(after.st_mode) ? 0 : EAGAIN;
}

int read_once(int root, const std::string& path, Reading& reading) {
  const OpenFile file = open_beneath(root, path, O_RDONLY | O_NONBLOCK);
  if (!file.is_open()) return errno == ELOOP ? read_link_once(root, path, reading) : errno;
  struct stat before {};
  struct stat after {};
  if (::fstat(file.get(), &before) != 0) return errno;
  if (!S_ISREG(before.st_mode)) return ENOENT;  // no file any more
  if (!read_all(file.get(), static_cast<std::size_t>(before.st_size), reading.bytes)) return errno;
  if (::fstat(file.get(), &after) != 0) return errno;
  reading.mode = file_mode(after);
  reading.stat = to_file_stat(after);
  const bool still = to_file_stat(before) == reading.stat && reading.bytes.size() == reading.stat.size;
  return still ? 0 : EAGAIN;
}

Outcome hash_file(const HashJob& job, const ScanOptions& options, git::RepositoryPool& store) {
  Reading reading;
  int reason = EAGAIN;
  for (int i = 0; i < attempts && reason == EAGAIN; ++i) reason = read_once(options.root, job.path, reading);
  if (reason == ENOENT || reason == ENOTDIR || reason == ELOOP) return {std::nullopt, "", true};
  if (reason == EAGAIN) return {std::nullopt, "it kept changing while it was read", false};
  if (reason != 0) return {std::nullopt, std::string("it cannot be read: ") + std::strerror(reason), false};

  IndexedFile& file = *job.file;
  const auto name = git::Repository::hash_blob(reading.bytes);
  if (!name.ok()) return {name.error(), "", false};
  // An entry that was there before is in the store, or is seen to before the snapshot is done.
  const bool known = !file.absent && file.version.oid == *name;
  if (!known) {
    auto lease = store.lease();
    if (!lease.ok()) return {lease.error(), "", false};
    if (const auto written = (*lease)->write_blob(reading.bytes); !written.ok())
      return {written.error(), "", false};
  }
  file.version = {reading.mode, *name};
  file.absent = false;
  file.stat = reading.stat.mtime_ns < options.racy_from_ns ? reading.stat : FileStat{};
  return {};
}

/// The folder must be listed again next time, to meet what this one does not hold.
void forget_folder(IndexedFolder& root, std::string_view file) {
  IndexedFolder* folder = &root;
  std::string_view rest = file;
  for (std::size_t slash = rest.find('/'); slash != std::string_view::npos && folder != nullptr;
       slash = rest.find('/')) {
    folder = const_cast<IndexedFolder*>(find_folder(*folder, rest.substr(0, slash)));
    rest.remove_prefix(slash + 1);
  }
  if (folder != nullptr) folder->stat = {};
}

}  // namespace

Result<std::size_t> hash_files(Scan& scan, const ScanOptions& options, git::RepositoryPool& store,
                               const ParallelFor& parallel_for) {
  std::vector<Outcome> outcomes(scan.changed.size());
  parallel_for(outcomes.size(),
               [&](std::size_t i) { outcomes[i] = hash_file(scan.changed[i], options, store); });
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const HashJob& job = scan.changed[i];
    if (outcomes[i].error) return with_context(*std::move(outcomes[i].error), job.path);
    if (!outcomes[i].vanished && outcomes[i].left_out.empty()) continue;
    // What cannot be read is not gone: the snapshot keeps the version that is known, if one is.
    if (outcomes[i].vanished || !has_known_version(*job.file)) {
      job.file->absent = true;
      job.file->outside_checkout = false;
      job.file->version.oid = {};
    }
    job.file->stat = {};
    forget_folder(scan.root, job.path);
    if (!outcomes[i].left_out.empty()) scan.left_out.push_back({job.path, std::move(outcomes[i].left_out)});
  }
  return outcomes.size();
}

}  // namespace pland::engine
