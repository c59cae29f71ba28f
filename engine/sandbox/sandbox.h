// Isolated copies of the project in which subplans run, behind one interface: others read and write a sandbox
// only through it and through the actors that work in it. Where a sandbox's files lie is its maker's affair;
// a path is good for starting processes there and for showing to a person.
//
// A sandbox belongs to its id (a ULID, or any name of letters, digits, '-' and '_'). What a person or a
// program does in it, committed or not, harms only it; its result is its files. Ignored files in it (build
// output, what .worktreeinclude brought) are never part of a result.
//
// Threads: all functions block; call them in the arena. Different sandboxes may be worked on at once, but
// `create` and `remove` one at a time; no two functions on one sandbox at once. No state but places on disk,
// so what a process that died left behind is found by the next.
#pragma once

#include <cstdint>
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

/// What the sandbox of another attempt starts from.
struct SandboxStart {
  git::Oid files;  ///< commit
  git::Oid head;   ///< commit that its HEAD is at; what differs from it is a change, as `git status` has it
};

/// Ignored files of a sandbox, which no snapshot of it holds.
struct IgnoredFiles {
  std::optional<git::Oid> commit;     ///< those that are small; nullopt: there are none
  std::vector<std::string> not_kept;  ///< the others: files, and folders (with a '/' at the end)
};

class Sandboxes {
 public:
  virtual ~Sandboxes() = default;

  /// Makes sandbox `id` with the files of `commit`, and copies what `.worktreeinclude` names. Either the
  /// whole sandbox is there afterwards, or (also after a crash) none. Errors: refused when it exists.
  virtual Status create(const std::string& id, const git::Oid& commit,
                        const ParallelFor& parallel_for) const = 0;
  /// Where its files are, whether it exists or not.
  virtual std::filesystem::path folder(const std::string& id) const = 0;
  virtual bool exists(const std::string& id) const = 0;
  /// Ids of the whole sandboxes on disk, sorted.
  virtual Result<std::vector<std::string>> list() const = 0;

  /// Its files as a commit in the private repository; sets no ref. Errors: not_found, and those of `capture`.
  virtual Result<Snapshot> capture(const std::string& id, const SandboxCapture& request,
                                   const ParallelFor& parallel_for) const = 0;
  /// Makes it hold the files of `to_commit`, given the snapshot of what it holds now. Errors: as `restore`.
  virtual Result<std::vector<RestoredFile>> restore(const std::string& id, const Snapshot& from,
                                                    const git::Oid& to_commit,
                                                    const ParallelFor& parallel_for) const = 0;
  /// A clean start for another attempt, given the snapshot of what it holds now: nothing is left of what was
  /// done with git in it (`keep_history` first). Ignored files stay.
  virtual Status reset(const std::string& id, const Snapshot& from, const SandboxStart& start,
                       const ParallelFor& parallel_for) const = 0;

  /// Commits, branches, tags and stashes that were made in it, as refs of the private repository:
  /// `<ref_prefix>/HEAD`, `/heads/<name>`, `/stash` ... for those that are new. How many.
  virtual Result<std::size_t> keep_history(const std::string& id, const std::string& ref_prefix) const = 0;
  /// Its ignored files but for what `.worktreeinclude` brought; sets no ref.
  virtual Result<IgnoredFiles> capture_ignored(const std::string& id,
                                               const SandboxCapture& request) const = 0;

  /// Out of the way at once (a rename); no error when it is not there. `empty_trash` deletes it.
  virtual Status remove(const std::string& id) const = 0;
  /// Deletes what was removed, and may take seconds. Whatever cannot be deleted is left for the next time and
  /// answered as an error, after the rest is gone.
  virtual Status empty_trash() const = 0;
  /// After a restart: half-made sandboxes, and what belongs to none any more, go to the trash.
  virtual Status sweep() const = 0;
};

}  // namespace pland::engine
