// The merge of a plan: the results of its subplans, one after the other, onto the tree it started from.
//
// A pure function of trees, steps and the conflicts recorded so far (with their resolutions): it can be
// computed again at any time (after a restart, a resolution, a retry, a rollback) and gives the same answer.
// Each step's known resolutions are applied before the next step, so that what a person chose is what the
// later results meet. Results that touch different paths cost one edit of the tree together.
//
// Call in an arena thread with a handle of that thread on the private repository. Errors: the repository's.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/git/oid.h"
#include "engine/git/repository.h"
#include "engine/model/conflict.h"
#include "engine/model/plan_spec.h"

namespace pland::engine::merge {

/// One subplan's result.
struct FoldStep {
  std::string subplan_id;
  std::string name;
  git::Oid base_tree;    ///< what it started from
  git::Oid result_tree;  ///< what it made of that
};

struct FoldOptions {
  MergeStrategy strategy = MergeStrategy::git_three_way;
  std::string ours_label = "merged";  ///< what the tree so far is called in a conflict's detail
};

struct Fold {
  git::Oid tree;  ///< resolved as far as resolutions go; ours where a conflict is open
  /// Of all steps, in their order, by path within a step. A conflict that was recorded before (same subplan,
  /// path and kind) keeps its id; its resolutions stay where the disputed texts (or whole versions) are still
  /// the same, anything else is open again. New ones have no id: the caller assigns it. plan_id is not set on
  /// new ones. ours_authors are the names of the earlier steps that changed the path.
  std::vector<Conflict> conflicts;
  std::map<std::string, std::vector<std::string>>
      authors;  ///< path to the names of the steps that changed it
};

Result<Fold> fold(git::Repository& repository, const git::Oid& start_tree, const std::vector<FoldStep>& steps,
                  const std::vector<Conflict>& recorded, const FoldOptions& options = {});

/// Carries the resolutions of `recorded` over to a freshly computed conflict of the same place, as fold does.
void carry_over(const Conflict& recorded, Conflict& fresh);

}  // namespace pland::engine::merge
