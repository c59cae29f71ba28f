// Handles on one repository for many threads: libgit2's must not be shared between threads, and opening one
// (reading its configuration, mapping its packs) costs more than most uses of it.
//
// Thread-safe. A lease gives its handle back when it is destroyed; leases may outlive the pool.
#pragma once

#include <filesystem>
#include <memory>
#include <utility>

#include "engine/base/result.h"
#include "engine/git/repository.h"

namespace pland::engine::git {

class RepositoryPool {
 public:
  enum class Kind { user, private_repository };
  /// Opens nothing yet. `path` as for Repository::open or open_private.
  RepositoryPool(std::filesystem::path path, Kind kind);
  ~RepositoryPool();
  RepositoryPool(const RepositoryPool&) = delete;
  RepositoryPool& operator=(const RepositoryPool&) = delete;

  class Lease;
  /// An idle handle, or a new one when all are in use.
  Result<Lease> lease();
  const std::filesystem::path& path() const;

 private:
  struct Idle;
  std::shared_ptr<Idle> idle_;
};

/// The use of one handle by one thread. Movable.
class RepositoryPool::Lease {
 public:
  Lease(Lease&&) noexcept = default;
  Lease& operator=(Lease&&) noexcept;
  ~Lease();
  Repository& operator*() const { return *repository_; }
  Repository* operator->() const { return repository_.get(); }

 private:
  friend class RepositoryPool;
  Lease(std::shared_ptr<Idle> idle, std::unique_ptr<Repository> repository);
  std::shared_ptr<Idle> idle_;
  std::unique_ptr<Repository> repository_;
};

}  // namespace pland::engine::git
