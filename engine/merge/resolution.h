// Resolving conflicts: which choices make sense, and the tree they give. Pure functions over the objects of a
// private repository; call resolve_tree in an arena thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/git/oid.h"
#include "engine/git/repository.h"
#include "engine/model/conflict.h"

namespace pland::engine::merge {

struct ResolutionChoice {
  Resolution resolution;
  std::string_view why_not;  ///< empty: allowed; else a sentence for a person
  bool allowed() const { return why_not.empty(); }
};

/// All five resolutions in the order ours, theirs, both, base, manual.
std::vector<ResolutionChoice> allowed_resolutions(const Conflict& conflict);

/// Refused, with the reason and the resolutions that are allowed, unless `resolution` makes sense here.
Status check_resolution(const Conflict& conflict, Resolution resolution);

/// The tree of a merge with its conflicts as they are resolved, an open one as ours. `merged` is the
/// TreeMerge::tree that came with these conflicts.
///
/// What a resolution of the whole file means: content and creation: every hunk takes it (manual: manual_oid);
/// creation and base: the file goes; deletion, binary, mode: the path becomes that side's version, or goes;
/// rename: every path involved becomes what it is on that side (a directory that has taken the place since
/// goes). Per hunk: see compose.
/// Errors: refused as check_resolution; the repository's.
Result<git::Oid> resolve_tree(git::Repository& repository, const git::Oid& merged,
                              const std::vector<Conflict>& conflicts);

}  // namespace pland::engine::merge
