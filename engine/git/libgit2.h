// Inside of the git room only: the door to libgit2. Nothing outside engine/git includes this.
#pragma once

#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>

#include <cstring>
#include <memory>
#include <string_view>

#include "engine/base/result.h"
#include "engine/git/oid.h"

namespace pland::engine::git {

/// Initialises libgit2 once a process; call before anything else of it. Any thread.
void start_libgit2();

/// libgit2's last error (thread-local, so taken at once) as a value. `code` is what the call returned.
Error libgit2_error(int code, std::string_view doing, std::string_view subject);

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using OdbHandle = std::unique_ptr<git_odb, Freer<git_odb_free>>;
using OdbObjectHandle = std::unique_ptr<git_odb_object, Freer<git_odb_object_free>>;
using RepositoryHandle = std::unique_ptr<git_repository, Freer<git_repository_free>>;
using ReferenceHandle = std::unique_ptr<git_reference, Freer<git_reference_free>>;
using IndexHandle = std::unique_ptr<git_index, Freer<git_index_free>>;
using ConfigHandle = std::unique_ptr<git_config, Freer<git_config_free>>;
using CommitHandle = std::unique_ptr<git_commit, Freer<git_commit_free>>;

inline git_oid to_git(const Oid& oid) {
  git_oid out;
  std::memcpy(out.id, oid.bytes.data(), oid.bytes.size());
  return out;
}

inline Oid from_git(const git_oid& oid) {
  Oid out;
  std::memcpy(out.bytes.data(), oid.id, out.bytes.size());
  return out;
}

}  // namespace pland::engine::git
