#include "engine/git/repository_pool.h"

#include <mutex>
#include <vector>

namespace pland::engine::git {

struct RepositoryPool::Idle {
  std::filesystem::path path;
  Kind kind = Kind::user;
  std::mutex mutex;
  std::vector<std::unique_ptr<Repository>> handles;  ///< guarded by mutex
};

RepositoryPool::RepositoryPool(std::filesystem::path path, Kind kind) : idle_(std::make_shared<Idle>()) {
  idle_->path = std::move(path);
  idle_->kind = kind;
}
RepositoryPool::~RepositoryPool() = default;

const std::filesystem::path& RepositoryPool::path() const {
  return idle_->path;
}

Result<RepositoryPool::Lease> RepositoryPool::lease() {
  {
    const std::lock_guard lock(idle_->mutex);
    if (!idle_->handles.empty()) {
      auto handle = std::move(idle_->handles.back());
      idle_->handles.pop_back();
      return Lease(idle_, std::move(handle));
    }
  }
  PLAND_TRY(Repository opened, idle_->kind == Kind::user ? Repository::open(idle_->path)
                                                         : Repository::open_private(idle_->path));
  return Lease(idle_, std::make_unique<Repository>(std::move(opened)));
}

RepositoryPool::Lease::Lease(std::shared_ptr<Idle> idle, std::unique_ptr<Repository> repository)
    : idle_(std::move(idle)), repository_(std::move(repository)) {}

RepositoryPool::Lease& RepositoryPool::Lease::operator=(Lease&& other) noexcept {
  std::swap(idle_, other.idle_);
  std::swap(repository_, other.repository_);
  return *this;
}

RepositoryPool::Lease::~Lease() {
  if (repository_ == nullptr) return;
  const std::lock_guard lock(idle_->mutex);
  idle_->handles.push_back(std::move(repository_));
}

}  // namespace pland::engine::git
