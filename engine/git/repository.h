// A git repository: the user's (a guest's house: read only, but for refs/pland/*) or a private one (ours).
//
// A private repository is bare, lies in the state directory, and borrows the user's objects through
// objects/info/alternates; for a folder without git it borrows nothing. It has no hooks, keeps no
// reflogs and never collects garbage by itself. Objects are written to its own store only, also when
// the borrowed store has them, so nothing done in the user's repository can take a written object away.
//
// Ownership and threads: a Repository is a handle; one thread at a time may use it (see
// repository_pool.h). Many handles on one path are fine, in one process and in many.
// Errors: ErrorCode::git with the path and libgit2's words; not_found for an object or repository that is
// not there; refused for a write to the user's repository.
// libgit2's check that the repository's folder belongs to the current user is off: it guards against
// hooks and programs named in a stranger's config, none of which libgit2 runs, and it would refuse to
// work as root in a container on a mounted project.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/git/objects.h"
#include "engine/git/oid.h"

namespace pland::engine::git {

/// Who pland's own commits are by.
inline constexpr std::string_view commit_name = "pland";
inline constexpr std::string_view commit_email = "pland@localhost";

class Repository {
 public:
  /// Opens the user's repository whose work tree or git directory is `path` itself. Read only.
  static Result<Repository> open(const std::filesystem::path& path);
  /// The git directory of the repository that holds `path`, looking upwards; nullopt when there is none.
  static Result<std::optional<std::filesystem::path>> discover(const std::filesystem::path& path);
  /// Opens or makes the private repository at `path`. `borrow_from` is the git directory of the user's
  /// repository (or any path that `open` takes); the alternates are brought up to date when it moved.
  static Result<Repository> create_private(const std::filesystem::path& path,
                                           const std::optional<std::filesystem::path>& borrow_from);
  /// Removes the lock files that a killed process left in a private repository, so that its refs can be set
  /// again. For whoever alone may write there (the owner of the state directory's lock), before
  /// `open_private`.
  static Status clear_locks(const std::filesystem::path& path);
  /// Opens an existing private repository, for writing.
  static Result<Repository> open_private(const std::filesystem::path& path);

  Repository(Repository&&) noexcept;
  Repository& operator=(Repository&&) noexcept;
  ~Repository();

  bool is_private() const;
  /// The git directory (of a linked worktree: its own one).
  const std::filesystem::path& git_dir() const;
  /// The real path of the directory with objects and refs, shared by all worktrees.
  const std::filesystem::path& common_dir() const;
  /// The work tree's root; nullopt for a bare repository.
  const std::optional<std::filesystem::path>& work_dir() const;

  // Reading objects: of the repository itself and of those it borrows from.
  /// In tree order.
  Result<std::vector<TreeEntry>> read_tree(const Oid& tree) const;
  Result<Blob> read_blob(const Oid& blob) const;
  Result<std::uint64_t> blob_size(const Oid& blob) const;
  Result<Commit> read_commit(const Oid& commit) const;
  bool has_object(const Oid& object) const;
  /// Whether the object lies in this repository's own store (not in a borrowed one).
  bool has_own_object(const Oid& object) const;

  // Writing objects: private repositories only.
  Result<Oid> write_blob(std::string_view bytes);
  /// Entries in any order; names must be unique, not empty, without '/', and not ".", ".." or ".git".
  Result<Oid> write_tree(std::vector<TreeEntry> entries);
  /// A commit by pland. `time` in seconds since the epoch.
  Result<Oid> write_commit(const Oid& tree, const std::vector<Oid>& parents, std::string_view message,
                           std::int64_t time);
  /// Copies the object into the own store unless it is there already. Not what it refers to.
  Status ensure_own(const Oid& object);
  /// What `write_blob` would name these bytes.
  static Result<Oid> hash_blob(std::string_view bytes);

  // References. In the user's repository only names under refs/pland/ may be written or deleted.
  Result<std::optional<Oid>> read_ref(const std::string& name) const;
  /// Sorted by name; `prefix` as in "refs/pland/".
  Result<std::vector<Ref>> list_refs(const std::string& prefix) const;
  /// What `git stash list` shows, newest first.
  Result<std::vector<Oid>> stashes() const;
  Status set_ref(const std::string& name, const Oid& target);
  /// No error when it is not there.
  Status delete_ref(const std::string& name);
  /// The commit that HEAD leads to; nullopt in a repository without commits.
  Result<std::optional<Oid>> head_commit() const;
  /// "main" or "refs/..." of a symbolic HEAD's target; nullopt when detached.
  Result<std::optional<std::string>> head_branch() const;

  /// A value of the effective configuration (repository, then the user's, then the system's).
  Result<std::optional<std::string>> config(const std::string& key) const;
  /// The value of an attribute (gitattributes(5)) for a path of the work tree: nullopt when unspecified;
  /// "true" and "false" when set and unset.
  Result<std::vector<std::optional<std::string>>> attributes(const std::string& path,
                                                             const std::vector<std::string>& names) const;

  struct Impl;

 private:
  explicit Repository(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pland::engine::git
