// Sandboxes as plain folders with a git repository of their own, made by hand from a snapshot: the files
// written in parallel, a `.git` folder that borrows its objects from the private repository, HEAD detached at
// the base, an index that matches the files.
//
// Not linked worktrees: those share branches, stash and configuration with each other, so that a
// `git stash` or `git config` in one would reach the next.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/git/working_repository.h"
#include "engine/sandbox/sandbox.h"

namespace pland::engine {

class GitWorktreeSandboxes final : public Sandboxes {
 public:
  /// `store`: handles on <state>/repo.git.
  GitWorktreeSandboxes(SandboxPlaces places, std::shared_ptr<git::RepositoryPool> store);

  Status create(const std::string& id, const git::Oid& commit,
                const ParallelFor& parallel_for) const override;
  std::filesystem::path folder(const std::string& id) const override;
  bool exists(const std::string& id) const override;
  Result<std::vector<std::string>> list() const override;
  Result<Snapshot> capture(const std::string& id, const SandboxCapture& request,
                           const ParallelFor& parallel_for) const override;
  Result<std::vector<RestoredFile>> restore(const std::string& id, const Snapshot& from,
                                            const git::Oid& to_commit,
                                            const ParallelFor& parallel_for) const override;
  Status reset(const std::string& id, const Snapshot& from, const SandboxStart& start,
               const ParallelFor& parallel_for) const override;
  Result<std::size_t> keep_history(const std::string& id, const std::string& ref_prefix) const override;
  Result<IgnoredFiles> capture_ignored(const std::string& id, const SandboxCapture& request) const override;
  Status remove(const std::string& id) const override;
  Status empty_trash() const override;
  Status sweep() const override;

 private:
  Status make(const std::filesystem::path& making, const std::string& id, const git::Oid& commit,
              const ParallelFor& parallel_for) const;
  Status check_exists(const std::string& id) const;
  Status to_trash(const std::filesystem::path& path) const;
  git::WorkingRepository working_repository(const git::Oid& commit) const;
  std::filesystem::path index_file(const std::string& id) const;
  /// The git index as it was made: what happens to the one in the sandbox is its own affair.
  std::filesystem::path git_index_file(const std::string& id) const;
  std::filesystem::path included_file(const std::string& id) const;

  SandboxPlaces places_;
  std::shared_ptr<git::RepositoryPool> store_;
};

}  // namespace pland::engine
