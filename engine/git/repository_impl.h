// Inside of the git room only: what a Repository holds.
#pragma once

#include <filesystem>
#include <optional>

#include "engine/git/libgit2.h"
#include "engine/git/repository.h"

namespace pland::engine::git {

struct Repository::Impl {
  RepositoryHandle repository;
  OdbHandle odb;      ///< own and borrowed objects
  OdbHandle own_odb;  ///< the own store only: to tell what is borrowed
  OdbHandle writer;   ///< private repositories: the own loose objects, where writes go
  bool is_private = false;
  std::filesystem::path git_dir;
  std::filesystem::path common_dir;
  std::optional<std::filesystem::path> work_dir;
};

}  // namespace pland::engine::git
