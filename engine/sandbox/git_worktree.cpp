#include "engine/sandbox/git_worktree.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "engine/git/ignore.h"
#include "engine/git/working_repository.h"
#include "engine/sandbox/keep.h"
#include "engine/sandbox/worktree_include.h"
#include "engine/snapshot/materialise.h"

namespace pland::engine {
namespace fs = std::filesystem;
namespace {

Status make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return io_error("making the folder", folder.native(), error.value());
  return {};
}

Status rename_path(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return io_error("moving", from.native(), errno);
  return {};
}

Status copy_over(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
  if (error) return io_error("copying", from.native(), error.value());
  return {};
}

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(fs::symlink_status(path, error));
}

/// The names in a folder, sorted; none when the folder is not there.
Result<std::vector<std::string>> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  if (!is_there(folder)) return names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    names.push_back(entry->path().filename().native());
  }
  if (error) return io_error("listing", folder.native(), error.value());
  std::sort(names.begin(), names.end());
  return names;
}

bool is_valid_id(const std::string& id) {
  return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
}

Result<git::Oid> tree_of(git::RepositoryPool& store, const git::Oid& commit) {
  PLAND_TRY(const auto repository, store.lease());
  PLAND_TRY(const git::Commit values, repository->read_commit(commit));
  return values.tree;
}

/// What git's own index would know of the files.
void add_index_entries(const IndexedFolder& folder, const std::string& path,
                       std::vector<git::UserIndexEntry>& entries) {
  for (const IndexedFile& file : folder.files) {
    if (file.absent) continue;
    git::UserIndexEntry& entry = entries.emplace_back();
    entry.path = path + file.name;
    entry.mode = file.version.mode;
    entry.oid = file.version.oid;
    entry.mtime_ns = file.stat.mtime_ns;
    entry.ctime_ns = file.stat.ctime_ns;
    entry.size = static_cast<std::uint32_t>(file.stat.size);
    entry.ino = static_cast<std::uint32_t>(file.stat.ino);
  }
  for (const IndexedFolder& below : folder.folders)
    add_index_entries(below, path + below.name + "/", entries);
}

std::vector<git::UserIndexEntry> index_entries(const FolderIndex& index) {
  std::vector<git::UserIndexEntry> entries;
  add_index_entries(index.root, "", entries);
  std::sort(entries.begin(), entries.end(),
            [](const git::UserIndexEntry& a, const git::UserIndexEntry& b) { return a.path < b.path; });
  return entries;
}

/// The index for another HEAD: what differs there (`to_head`: from the files) is a change to git.
std::vector<git::UserIndexEntry> entries_of_head(std::vector<git::UserIndexEntry> entries,
                                                 const std::vector<git::FileChange>& to_head) {
  if (to_head.empty()) return entries;
  std::map<std::string, git::UserIndexEntry> by_path;
  for (auto& entry : entries) by_path[entry.path] = std::move(entry);
  for (const auto& change : to_head) {
    by_path.erase(change.path);
    if (!change.after.exists()) continue;
    git::UserIndexEntry& entry = by_path[change.path];  // without a time: git reads the file
    entry.path = change.path;
    entry.mode = change.after.mode;
    entry.oid = change.after.oid;
  }
  std::vector<git::UserIndexEntry> result;
  for (auto& [path, entry] : by_path) result.push_back(std::move(entry));
  return result;
}

/// Paths, each ended by a NUL.
Status write_paths(const fs::path& file, const std::vector<std::string>& paths) {
  PLAND_CHECK(make_folder(file.parent_path()));
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  for (const std::string& path : paths) out << path << '\0';
  out.close();
  if (!out) return io_error("writing", file.native(), errno);
  return {};
}

std::vector<std::string> read_paths(const fs::path& file) {
  std::vector<std::string> paths;
  std::ifstream in(file, std::ios::binary);
  for (std::string path; std::getline(in, path, '\0');) paths.push_back(std::move(path));
  return paths;
}

}  // namespace

GitWorktreeSandboxes::GitWorktreeSandboxes(SandboxPlaces places, std::shared_ptr<git::RepositoryPool> store)
    : places_(std::move(places)), store_(std::move(store)) {}

fs::path GitWorktreeSandboxes::folder(const std::string& id) const {
  return places_.state / "sandboxes" / id;
}
fs::path GitWorktreeSandboxes::index_file(const std::string& id) const {
  return places_.state / "indexes" / id;
}
fs::path GitWorktreeSandboxes::git_index_file(const std::string& id) const {
  return places_.state / "indexes" / (id + ".git-index");
}
fs::path GitWorktreeSandboxes::included_file(const std::string& id) const {
  return places_.state / "indexes" / (id + ".included");
}

bool GitWorktreeSandboxes::exists(const std::string& id) const {
  std::error_code error;
  return is_valid_id(id) && fs::is_directory(fs::symlink_status(folder(id), error));
}

Status GitWorktreeSandboxes::check_exists(const std::string& id) const {
  if (exists(id)) return {};
  return Error{ErrorCode::not_found,
               "sandbox '" + id + "' is not there any more; retry the subplan to get a new one",
               {{"sandbox", id}, {"path", folder(id).string()}}};
}

Result<std::vector<std::string>> GitWorktreeSandboxes::list() const {
  PLAND_TRY(std::vector<std::string> names, names_in(places_.state / "sandboxes"));
  std::erase_if(names, [this](const std::string& name) { return !exists(name); });
  return names;
}

git::WorkingRepository GitWorktreeSandboxes::working_repository(const git::Oid& commit) const {
  return {store_->path(), commit, places_.user_repository};
}

Status GitWorktreeSandboxes::create(const std::string& id, const git::Oid& commit,
                                    const ParallelFor& parallel_for) const {
  if (!is_valid_id(id)) {
    return Error{ErrorCode::invalid_argument, "'" + id + "' cannot name a sandbox", {{"sandbox", id}}};
  }
  if (is_there(folder(id))) {
    return Error{ErrorCode::refused, "sandbox '" + id + "' exists already", {{"sandbox", id}}};
  }
  // Made beside and renamed: whoever sees a sandbox sees the whole of it.
  const fs::path making = places_.state / "making" / id;
  if (is_there(making)) PLAND_CHECK(to_trash(making));
  PLAND_CHECK(make_folder(making));
  PLAND_CHECK(make_folder(places_.state / "sandboxes"));
  Status made = make(making, id, commit, parallel_for);
  if (made.ok()) made = rename_path(making, folder(id));
  if (made.ok()) return {};
  // The first error is what counts; a folder that cannot be moved either is found by `sweep`.
  if (const Status moved = to_trash(making); !moved.ok()) made.error().context["left"] = making.string();
  return with_context(std::move(made.error()), "making sandbox '" + id + "'");
}

Status GitWorktreeSandboxes::make(const fs::path& making, const std::string& id, const git::Oid& commit,
                                  const ParallelFor& parallel_for) const {
  PLAND_TRY(const git::Oid tree, tree_of(*store_, commit));
  PLAND_TRY(const FolderIndex index, materialise(*store_, tree, making, parallel_for));
  PLAND_CHECK(
      git::make_working_repository(making / ".git", working_repository(commit), index_entries(index)));
  PLAND_CHECK(make_folder(places_.state / "indexes"));
  PLAND_CHECK(copy_over(making / ".git" / "index", git_index_file(id)));
  IncludeRequest include{places_.project, making, nullptr, {places_.state}};
  if (places_.user_repository) {
    PLAND_TRY(const git::Repository user, git::Repository::open(*places_.user_repository));
    PLAND_TRY(include.rules, git::standard_rules(&user));
  } else {
    PLAND_TRY(include.rules, git::standard_rules(nullptr));
  }
  PLAND_TRY(const std::vector<std::string> included, copy_included(include, parallel_for));
  PLAND_CHECK(write_paths(included_file(id), included));
  return save_folder_index(index, index_file(id));
}

Result<Snapshot> GitWorktreeSandboxes::capture(const std::string& id, const SandboxCapture& request,
                                               const ParallelFor& parallel_for) const {
  PLAND_CHECK(check_exists(id));
  CaptureRequest capturing;
  capturing.root = folder(id);
  capturing.store = store_.get();
  capturing.rules_from = places_.user_repository;
  for (const std::string& path : read_paths(included_file(id)))
    capturing.excluded.push_back(folder(id) / path);
  capturing.parents = request.parents;
  capturing.message = request.message;
  capturing.time = request.time;
  capturing.untracked_size_cap = request.untracked_size_cap;
  return pland::engine::capture(capturing, index_file(id), parallel_for);
}

Result<std::vector<RestoredFile>> GitWorktreeSandboxes::restore(const std::string& id, const Snapshot& from,
                                                                const git::Oid& to_commit,
                                                                const ParallelFor& parallel_for) const {
  PLAND_CHECK(check_exists(id));
  RestoreRequest restoring;
  restoring.root = folder(id);
  restoring.store = store_.get();
  restoring.from = from.tree;
  restoring.left_out = from.left_out;
  PLAND_TRY(restoring.to, tree_of(*store_, to_commit));
  return pland::engine::restore(restoring, parallel_for);
}

Status GitWorktreeSandboxes::reset(const std::string& id, const Snapshot& from, const SandboxStart& start,
                                   const ParallelFor& parallel_for) const {
  PLAND_TRY([[maybe_unused]] const auto files, restore(id, from, start.files, parallel_for));
  // What git and the next capture shall know of the files, without looking at each again.
  auto index = load_folder_index(index_file(id));
  if (!index) return Error{ErrorCode::internal, "the index of sandbox '" + id + "' was not written"};
  PLAND_TRY(const git::Oid wanted, tree_of(*store_, start.files));
  PLAND_TRY(const git::Oid head, tree_of(*store_, start.head));
  std::vector<git::FileChange> to_head;
  {
    PLAND_TRY(const auto repository, store_->lease());
    PLAND_TRY(const auto changes, git::diff_trees(*repository, from.tree, wanted));
    follow_changes(*index, changes);
    PLAND_TRY(to_head, git::diff_trees(*repository, wanted, head));
  }
  PLAND_CHECK(save_folder_index(*index, index_file(id)));
  const fs::path made = places_.state / "making" / (id + ".git");
  const fs::path git_dir = folder(id) / ".git";
  if (is_there(made)) PLAND_CHECK(to_trash(made));
  PLAND_CHECK(make_folder(made.parent_path()));
  PLAND_CHECK(git::make_working_repository(made, working_repository(start.head),
                                           entries_of_head(index_entries(*index), to_head),
                                           git_index_file(id)));
  PLAND_CHECK(copy_over(made / "index", git_index_file(id)));
  if (is_there(git_dir)) PLAND_CHECK(to_trash(git_dir));
  return rename_path(made, git_dir);
}

Result<std::size_t> GitWorktreeSandboxes::keep_history(const std::string& id,
                                                       const std::string& ref_prefix) const {
  PLAND_CHECK(check_exists(id));
  const fs::path git_dir = folder(id) / ".git";
  if (!is_there(git_dir)) return std::size_t{0};  // whoever worked there deleted it
  return pland::engine::keep_history(git_dir, *store_, ref_prefix);
}

Result<IgnoredFiles> GitWorktreeSandboxes::capture_ignored(const std::string& id,
                                                           const SandboxCapture& request) const {
  PLAND_CHECK(check_exists(id));
  return pland::engine::capture_ignored(folder(id), read_paths(included_file(id)), *store_, request);
}

Status GitWorktreeSandboxes::to_trash(const fs::path& path) const {
  const fs::path trash = places_.state / "trash";
  PLAND_CHECK(make_folder(trash));
  std::string place = (trash / "XXXXXX").native();
  if (::mkdtemp(place.data()) == nullptr) return io_error("making a folder in", trash.native(), errno);
  return rename_path(path, fs::path(place) / path.filename());
}

Status GitWorktreeSandboxes::remove(const std::string& id) const {
  if (!is_valid_id(id)) {
    return Error{ErrorCode::invalid_argument, "'" + id + "' cannot name a sandbox", {{"sandbox", id}}};
  }
  for (const fs::path& path : {folder(id), places_.state / "making" / id}) {
    if (is_there(path)) PLAND_CHECK(to_trash(path));
  }
  for (const fs::path& path : {index_file(id), git_index_file(id), included_file(id)}) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return io_error("removing", path.native(), errno);
  }
  return {};
}

Status GitWorktreeSandboxes::empty_trash() const {
  const fs::path trash = places_.state / "trash";
  PLAND_TRY(const std::vector<std::string> names, names_in(trash));
  Status result;
  for (const std::string& name : names) {
    std::error_code error;
    fs::remove_all(trash / name, error);  // does not follow links
    if (error == std::errc::permission_denied) {
      // Programs leave folders that cannot be written (Go's module cache does).
      std::error_code ignored;
      for (fs::recursive_directory_iterator entry(trash / name, ignored), end; !ignored && entry != end;
           entry.increment(ignored)) {
        if (entry->is_directory(ignored) && !entry->is_symlink(ignored)) {
          fs::permissions(entry->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
        }
      }
      fs::remove_all(trash / name, error);
    }
    if (error) result = io_error("deleting", (trash / name).native(), error.value());
  }
  return result;
}

Status GitWorktreeSandboxes::sweep() const {
  PLAND_TRY(const std::vector<std::string> half_made, names_in(places_.state / "making"));
  for (const std::string& name : half_made) PLAND_CHECK(to_trash(places_.state / "making" / name));
  PLAND_TRY(const std::vector<std::string> files, names_in(places_.state / "indexes"));
  for (const std::string& file : files) {
    // Ours are those that bear a sandbox's id; the project's own index is named after nothing in sandboxes/.
    const std::string id = file.substr(0, file.find('.'));
    const bool is_sandbox_file =
        file.ends_with(".included") || is_there(places_.state / "indexes" / (id + ".included"));
    if (is_sandbox_file && !exists(id)) PLAND_CHECK(to_trash(places_.state / "indexes" / file));
  }
  return {};
}

}  // namespace pland::engine
