// Isolated copies in which subplans run: linked worktrees of the private repository.
//
// A sandbox is a folder with the files of a commit, a `.git` that leads to an administrative folder of the
// private repository (`repo.git/worktrees/<id>`), and a HEAD of its own, detached. Whatever git commands run
// in it can harm only it: branches, index and worktree list of the user's repository are out of reach. Its
// result is its files, whether they were committed or not. Others read and write it through this interface
// only.
//
// The functions block; call them in the arena. Different sandboxes may be worked on at once, but `create` one
// at a time (git's own administrative files race otherwise). No state but places: any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/git/repository_pool.h"
#include "engine/snapshot/capture.h"
#include "engine/snapshot/parallel.h"
#include "engine/snapshot/restore.h"

namespace pland::engine {

struct SandboxPlaces {
  std::filesystem::path state;    ///< has repo.git/, sandboxes/, indexes/, trash/
  std::filesystem::path project;  ///< the user's folder: .worktreeinclude and what it names
  /// The user's repository, whose info/exclude and core.excludesFile hold in sandboxes too.
  std::optional<std::filesystem::path> user_repository;
};

struct SandboxCapture {
  std::vector<git::Oid> parents;
  std::string message;
  std::int64_t time = 0;  ///< seconds since the epoch
  std::uint64_t untracked_size_cap = 100ULL << 20;
};

class Sandboxes {
 public:
  Sandboxes(SandboxPlaces places, std::shared_ptr<git::RepositoryPool> store);

  /// Makes sandbox `id` (a ULID) with the files of `commit`, and copies what `.worktreeinclude` names.
  Status create(const std::string& id, const git::Oid& commit, const ParallelFor& parallel_for) const;
  std::filesystem::path folder(const std::string& id) const;
  bool exists(const std::string& id) const;
  /// Ids of the sandboxes on disk.
  Result<std::vector<std::string>> list() const;

  Result<Snapshot> capture(const std::string& id, const SandboxCapture& request,
                           const ParallelFor& parallel_for) const;
  /// Makes it hold the files of `to_commit`, given what it holds now. Errors: as `restore`.
  Result<std::vector<RestoredFile>> restore(const std::string& id, const Snapshot& from,
                                            const git::Oid& to_commit, const ParallelFor& parallel_for) const;
  /// Out of the way at once (a rename); `empty_trash` deletes it.
  Status remove(const std::string& id) const;
  Status empty_trash() const;

 private:
  std::filesystem::path admin_folder(const std::string& id) const;
  std::filesystem::path index_file(const std::string& id) const;
  Status link(const std::string& id, const git::Oid& commit) const;
  SandboxPlaces places_;
  std::shared_ptr<git::RepositoryPool> store_;
};

}  // namespace pland::engine
