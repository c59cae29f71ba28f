#include "engine/git/user_index.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "engine/git/libgit2.h"
#include "engine/git/program.h"

namespace pland::engine::git {
namespace {

std::int64_t nanoseconds(const git_index_time& time) {
  // Seconds are kept as 32 bits; they are compared after the same cut.
  return std::int64_t{static_cast<std::uint32_t>(time.seconds)} * 1'000'000'000 + time.nanoseconds;
}

FileMode mode_of(std::uint32_t mode) {
  if ((mode & 0170000) == 0100000) return (mode & 0100) != 0 ? FileMode::executable : FileMode::file;
  return static_cast<FileMode>(mode & 0170000);
}

/// `git ls-files -z --stage -t`: "<tag> <mode> <oid> <stage>\t<path>\0".
Result<std::vector<UserIndexEntry>> read_by_program(const Repository& repository) {
  const std::filesystem::path where = repository.work_dir().value_or(repository.git_dir());
  PLAND_TRY(const GitOutput listed, run_git(where, {"ls-files", "-z", "--stage", "-t", "--full-name"}));
  if (listed.exit_code != 0) {
    return Error{ErrorCode::git,
                 "reading the index of '" + where.string() + "': " + listed.err,
                 {{"path", where.string()}}};
  }
  std::vector<UserIndexEntry> entries;
  std::string_view rest = listed.out;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const std::size_t tab = line.find('\t');
    if (tab == std::string_view::npos || tab < 51) {
      return Error{ErrorCode::git, "git ls-files answered a line that cannot be read: " + std::string(line)};
    }
    UserIndexEntry& entry = entries.emplace_back();
    std::uint32_t mode = 0;
    std::from_chars(line.data() + 2, line.data() + 8, mode, 8);
    entry.mode = mode_of(mode);
    entry.oid = Oid::parse(line.substr(9, 40)).value_or(Oid{});
    entry.stage = line[tab - 1] - '0';
    entry.skip_worktree = line[0] == 'S' || line[0] == 's';
    entry.path = line.substr(tab + 1);
  }
  return entries;
}

}  // namespace

Result<UserIndex> read_user_index(const Repository& repository) {
  start_libgit2();
  UserIndex result;
  const std::filesystem::path file = repository.git_dir() / "index";
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    if (errno == ENOENT) return result;
    return io_error("reading", file.native(), errno);
  }
  result.file_mtime_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  git_index* raw = nullptr;
  const int code = git_index_open(&raw, file.c_str());
  const IndexHandle index(raw);
  if (code < 0) {
    PLAND_TRY(result.entries, read_by_program(repository));
  } else {
    const std::size_t count = git_index_entrycount(raw);
    result.entries.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      const git_index_entry* from = git_index_get_byindex(raw, i);
      UserIndexEntry& entry = result.entries.emplace_back();
      entry.path = from->path;
      entry.mode = mode_of(from->mode);
      entry.oid = from_git(from->id);
      entry.stage = GIT_INDEX_ENTRY_STAGE(from);
      entry.assume_unchanged = (from->flags & GIT_INDEX_ENTRY_VALID) != 0;
      entry.skip_worktree = (from->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE) != 0;
      entry.intent_to_add = (from->flags_extended & GIT_INDEX_ENTRY_INTENT_TO_ADD) != 0;
      entry.mtime_ns = nanoseconds(from->mtime);
      entry.ctime_ns = nanoseconds(from->ctime);
      entry.size = from->file_size;
      entry.ino = from->ino;
    }
  }
  const auto in_order = [](const UserIndexEntry& a, const UserIndexEntry& b) {
    return a.path != b.path ? a.path < b.path : a.stage < b.stage;
  };
  if (!std::is_sorted(result.entries.begin(), result.entries.end(), in_order)) {
    std::sort(result.entries.begin(), result.entries.end(), in_order);
  }
  return result;
}

}  // namespace pland::engine::git
