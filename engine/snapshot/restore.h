// Puts a folder back to a snapshot: touches only the paths that differ, deletes only what a snapshot holds.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/git/repository_pool.h"
#include "engine/model/checkpoint.h"
#include "engine/snapshot/parallel.h"

namespace pland::engine {

enum class RestoreAction { restored, removed };
std::string_view to_string(RestoreAction action);

struct RestoredFile {
  std::string path;
  RestoreAction action = RestoreAction::restored;
  bool operator==(const RestoredFile&) const = default;
};

struct RestoreRequest {
  std::filesystem::path root;
  git::RepositoryPool* store = nullptr;
  git::Oid from;                  ///< tree of a snapshot of what is in the folder now
  git::Oid to;                    ///< tree that shall be there
  std::vector<LeftOut> left_out;  ///< of `from`, for the words of a refusal
};

/// What `restore` would do, sorted by path, and its refusals; touches nothing.
Result<std::vector<RestoredFile>> plan_restore(const RestoreRequest& request);

/// Makes the paths that differ between `from` and `to` what they are in `to`: contents, executable bits,
/// links, files that gave way to folders and the reverse. Files are written beside and renamed. Folders that
/// it empties vanish; files that `from` does not hold (ignored, left out) are left alone. Submodules are left
/// alone. Blocking and parallel: call in the arena. Errors: refused, before anything is touched, when a file
/// that `from` does not hold stands in the way, when a path to be changed is not (any more) as `from` has it,
/// or leads through a symbolic link; context["paths"] names them. io in the middle (a full disk, a folder
/// that may not be written): what was changed is put back first; context["not_put_back"] names what could not
/// be, which `from` still has.
Result<std::vector<RestoredFile>> restore(const RestoreRequest& request,
                                          const ParallelFor& parallel_for = serial_for);

}  // namespace pland::engine
