#include "engine/sandbox/sandbox.h"

#include <cerrno>
#include <fstream>

#include "engine/git/program.h"
#include "engine/sandbox/worktree_include.h"
#include "engine/snapshot/materialise.h"

namespace pland::engine {
namespace {

namespace fs = std::filesystem;

Status write_text(const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
  out.flush();
  if (!out) return io_error("writing", file.string(), errno);
  return {};
}

Status make_folder(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) return io_error("making the folder", folder.string(), failure.value());
  return {};
}

Result<git::Oid> tree_of(git::RepositoryPool& store, const git::Oid& commit) {
  PLAND_TRY(auto repository, store.lease());
  PLAND_TRY(const git::Commit values, repository->read_commit(commit));
  return values.tree;
}

/// The names in a folder.
Result<std::vector<std::string>> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failure;
  auto entry = fs::directory_iterator(folder, failure);
  while (!failure && entry != fs::directory_iterator()) {
    names.push_back(entry->path().filename().string());
    entry.increment(failure);
  }
  if (failure) return io_error("listing", folder.string(), failure.value());
  return names;
}

}  // namespace

Sandboxes::Sandboxes(SandboxPlaces places, std::shared_ptr<git::RepositoryPool> store)
    : places_(std::move(places)), store_(std::move(store)) {}

fs::path Sandboxes::folder(const std::string& id) const {
  return places_.state / "sandboxes" / id;
}
fs::path Sandboxes::admin_folder(const std::string& id) const {
  return places_.state / "repo.git" / "worktrees" / id;
}
fs::path Sandboxes::index_file(const std::string& id) const {
  return places_.state / "indexes" / id;
}

bool Sandboxes::exists(const std::string& id) const {
  return !id.empty() && fs::is_directory(folder(id));
}

Result<std::vector<std::string>> Sandboxes::list() const {
  return names_in(places_.state / "sandboxes");
}

Status Sandboxes::link(const std::string& id, const git::Oid& commit) const {
  // gitrepository-layout(5), "worktrees/": what `git worktree add --detach` makes.
  const fs::path admin = admin_folder(id);
  PLAND_CHECK(make_folder(admin));
  PLAND_CHECK(write_text(admin / "HEAD", commit.hex() + "\n"));
  PLAND_CHECK(write_text(admin / "commondir", "../..\n"));
  PLAND_CHECK(write_text(admin / "gitdir", (folder(id) / ".git").string() + "\n"));
  PLAND_CHECK(write_text(folder(id) / ".git", "gitdir: " + admin.string() + "\n"));
  PLAND_TRY(const git::GitOutput output, git::run_git(folder(id), {"read-tree", "HEAD"}));
  if (output.exit_code != 0) return Error{ErrorCode::git, "making the index of a sandbox: " + output.err};
  return {};
}

Status Sandboxes::create(const std::string& id, const git::Oid& commit,
                         const ParallelFor& parallel_for) const {
  PLAND_TRY(const git::Oid tree, tree_of(*store_, commit));
  PLAND_TRY(const FolderIndex index, materialise(*store_, tree, folder(id), parallel_for));
  PLAND_CHECK(save_folder_index(index, index_file(id)));
  PLAND_CHECK(link(id, commit));
  return copy_included(places_.project, folder(id));
}

Result<Snapshot> Sandboxes::capture(const std::string& id, const SandboxCapture& request,
                                    const ParallelFor& parallel_for) const {
  CaptureRequest capturing;
  capturing.root = folder(id);
  capturing.store = store_.get();
  capturing.rules_from = places_.user_repository;
  capturing.parents = request.parents;
  capturing.message = request.message;
  capturing.time = request.time;
  capturing.untracked_size_cap = request.untracked_size_cap;
  return pland::engine::capture(capturing, index_file(id), parallel_for);
}

Result<std::vector<RestoredFile>> Sandboxes::restore(const std::string& id, const Snapshot& from,
                                                     const git::Oid& to_commit,
                                                     const ParallelFor& parallel_for) const {
  RestoreRequest restoring;
  restoring.root = folder(id);
  restoring.store = store_.get();
  restoring.from = from.tree;
  restoring.left_out = from.left_out;
  PLAND_TRY(restoring.to, tree_of(*store_, to_commit));
  return pland::engine::restore(restoring, parallel_for);
}

Status Sandboxes::remove(const std::string& id) const {
  std::error_code failure;
  if (exists(id)) {
    PLAND_CHECK(make_folder(places_.state / "trash"));
    fs::rename(folder(id), places_.state / "trash" / id, failure);
    if (failure) return io_error("moving away the sandbox", folder(id).string(), failure.value());
  }
  fs::remove_all(admin_folder(id), failure);
  if (failure) return io_error("removing", admin_folder(id).string(), failure.value());
  fs::remove(index_file(id), failure);
  if (failure) return io_error("removing", index_file(id).string(), failure.value());
  return {};
}

Status Sandboxes::empty_trash() const {
  PLAND_TRY(const std::vector<std::string> names, names_in(places_.state / "trash"));
  for (const auto& name : names) {
    std::error_code failure;
    fs::remove_all(places_.state / "trash" / name, failure);  // never follows links
    if (failure) return io_error("deleting", (places_.state / "trash" / name).string(), failure.value());
  }
  return {};
}

}  // namespace pland::engine
