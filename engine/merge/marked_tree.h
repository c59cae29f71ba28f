// A merged tree for those who want to see its conflicts in the files: standard markers where hunks are open.
// The plan's result itself never has them; this is what its sandbox shows.
#pragma once

#include <vector>

#include "engine/base/result.h"
#include "engine/git/oid.h"
#include "engine/git/repository.h"
#include "engine/model/conflict.h"

namespace pland::engine::merge {

/// `merged` with the text of every open conflict that has hunks replaced by its marked form. Where two steps
/// conflict in one file, the later one's markers show. Call in an arena thread. Errors: the repository's.
Result<git::Oid> marked_tree(git::Repository& repository, const git::Oid& merged,
                             const std::vector<Conflict>& conflicts);

}  // namespace pland::engine::merge
