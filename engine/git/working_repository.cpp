#include "engine/git/working_repository.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "engine/git/libgit2.h"
#include "engine/git/repository.h"

namespace pland::engine::git {
namespace fs = std::filesystem;
namespace {

Status write_text(const fs::path& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) return io_error("writing", path.native(), errno);
  return {};
}

Status copy_if_there(const fs::path& from, const fs::path& to) {
  std::error_code error;
  if (!fs::exists(from, error)) return {};
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
  if (error) return io_error("copying", from.native(), error.value());
  return {};
}

/// As a value of a config file.
std::string config_value(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\"";
}

Result<std::string> configuration(const std::optional<Repository>& user) {
  std::string text =
      "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tautocrlf = false\n"
      "[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n[commit]\n\tgpgsign = false\n[tag]\n\tgpgsign = "
      "false\n"
      "[user]\n";
  // So that `git commit` works where the person has given git no name.
  for (const auto& [key, fallback] : {std::pair{"name", commit_name}, std::pair{"email", commit_email}}) {
    std::optional<std::string> value;
    if (user) {
      PLAND_TRY(value, user->config(std::string("user.") + key));
    }
    text += std::string("\t") + key + " = " + config_value(value.value_or(std::string(fallback))) + "\n";
  }
  return text;
}

/// The user's branches, tags and remote branches in the form of packed-refs; git peels tags by itself when
/// the file does not say that it has.
Result<std::string> packed_refs(const Repository& user) {
  std::string text;
  for (const char* prefix : {"refs/heads/", "refs/remotes/", "refs/tags/"}) {
    PLAND_TRY(const std::vector<Ref> refs, user.list_refs(prefix));
    for (const Ref& ref : refs) text += ref.oid.hex() + " " + ref.name + "\n";
  }
  return text;
}

git_index_time to_index_time(std::int64_t ns) {
  git_index_time time{};
  time.seconds = static_cast<std::int32_t>(ns / 1'000'000'000);
  time.nanoseconds = static_cast<std::uint32_t>(ns % 1'000'000'000);
  return time;
}

git_index_entry to_index_entry(const UserIndexEntry& file) {
  git_index_entry entry{};
  entry.mtime = to_index_time(file.mtime_ns);
  entry.ctime = to_index_time(file.ctime_ns);
  entry.ino = file.ino;
  entry.file_size = file.size;
  entry.mode = static_cast<std::uint32_t>(file.mode);
  entry.uid = static_cast<std::uint32_t>(::geteuid());
  entry.gid = static_cast<std::uint32_t>(::getegid());
  entry.id = to_git(file.oid);
  entry.path = file.path.c_str();
  return entry;
}

bool is_same(const git_index_entry& a, const git_index_entry& b) {
  const auto same_time = [](const git_index_time& x, const git_index_time& y) {
    return x.seconds == y.seconds && x.nanoseconds == y.nanoseconds;
  };
  return same_time(a.mtime, b.mtime) && same_time(a.ctime, b.ctime) && a.ino == b.ino &&
         a.file_size == b.file_size && a.mode == b.mode && a.uid == b.uid && a.gid == b.gid &&
         a.flags_extended == b.flags_extended && git_oid_equal(&a.id, &b.id) != 0;
}

struct IndexChanges {
  std::vector<std::string> gone;
  std::vector<const UserIndexEntry*> other;  ///< new or different
};

IndexChanges compare(git_index* index, const std::vector<UserIndexEntry>& files) {
  IndexChanges changes;
  const std::size_t count = git_index_entrycount(index);
  std::size_t at = 0;
  for (const UserIndexEntry& file : files) {
    const git_index_entry* known = nullptr;
    for (; at < count; ++at) {
      const git_index_entry* const entry = git_index_get_byindex(index, at);
      const int order = file.path.compare(entry->path);
      if (order < 0) break;
      if (order > 0) {
        changes.gone.emplace_back(entry->path);
        continue;
      }
      known = entry;
      ++at;
      break;
    }
    if (known == nullptr || !is_same(*known, to_index_entry(file))) changes.other.push_back(&file);
  }
  for (; at < count; ++at) changes.gone.emplace_back(git_index_get_byindex(index, at)->path);
  return changes;
}

/// `alike`, where it can be read: most entries are the same and need not be made again, which is what costs.
Result<IndexHandle> open_index(const fs::path& path, const fs::path& alike) {
  start_libgit2();
  git_index* raw = nullptr;
  std::error_code error;
  if (!alike.empty() && fs::copy_file(alike, path, fs::copy_options::overwrite_existing, error)) {
    if (git_index_open(&raw, path.c_str()) == 0) return IndexHandle(raw);
  }
  // Not there, or cut short by a crash: its checksum tells.
  fs::remove(path, error);
  if (error) return io_error("removing", path.native(), error.value());
  if (const int code = git_index_open(&raw, path.c_str()); code < 0) {
    return libgit2_error(code, "making the index", path.native());
  }
  return IndexHandle(raw);
}

Status write_index(const fs::path& path, const std::vector<UserIndexEntry>& files, const fs::path& alike) {
  PLAND_TRY(const IndexHandle index, open_index(path, alike));
  const IndexChanges changes = compare(index.get(), files);
  // First what goes: a file may take the place of a folder.
  for (const std::string& gone : changes.gone) {
    if (const int code = git_index_remove(index.get(), gone.c_str(), 0); code < 0) {
      return libgit2_error(code, "removing the index entry of", gone);
    }
  }
  for (const UserIndexEntry* file : changes.other) {
    const git_index_entry entry = to_index_entry(*file);
    if (const int code = git_index_add(index.get(), &entry); code < 0) {
      return libgit2_error(code, "making the index entry of", file->path);
    }
  }
  if (const int code = git_index_write(index.get()); code < 0) {
    return libgit2_error(code, "writing the index", path.native());
  }
  return {};
}

}  // namespace

Status make_working_repository(const fs::path& git_dir, const WorkingRepository& repository,
                               const std::vector<UserIndexEntry>& files, const fs::path& alike) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(git_dir, error))) {
    return Error{ErrorCode::refused,
                 "making a sandbox's repository: '" + git_dir.string() + "' is there already",
                 {{"path", git_dir.string()}}};
  }
  for (const char* name : {"objects/info", "objects/pack", "refs/heads", "refs/tags", "info"}) {
    fs::create_directories(git_dir / name, error);
    if (error) return io_error("making the folder", (git_dir / name).native(), error.value());
  }
  PLAND_CHECK(write_text(git_dir / "objects" / "info" / "alternates",
                         fs::absolute(repository.private_repository / "objects").native() + "\n"));
  // The files are raw bytes, whatever .gitattributes in the tree says of line ends and filters.
  PLAND_CHECK(write_text(git_dir / "info" / "attributes",
                         "* -text !eol !crlf -ident !filter !working-tree-encoding\n"));
  std::optional<Repository> user;
  if (repository.user_repository) {
    PLAND_TRY(user, Repository::open(*repository.user_repository));
    PLAND_CHECK(copy_if_there(user->common_dir() / "info" / "exclude", git_dir / "info" / "exclude"));
    PLAND_CHECK(copy_if_there(user->common_dir() / "shallow", git_dir / "shallow"));
    PLAND_TRY(const std::string refs, packed_refs(*user));
    PLAND_CHECK(write_text(git_dir / "packed-refs", refs));
  }
  PLAND_TRY(const std::string config, configuration(user));
  PLAND_CHECK(write_text(git_dir / "config", config));
  PLAND_CHECK(write_index(git_dir / "index", files, alike));
  // Last: a folder with a HEAD is a repository.
  return write_text(git_dir / "HEAD", repository.head.hex() + "\n");
}

}  // namespace pland::engine::git
