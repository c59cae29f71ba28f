// The output of `git merge-tree --write-tree --messages -z` as values (git-merge-tree(1), section OUTPUT).
// A pure function: any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/git/oid.h"
#include "engine/merge/file_version_merge.h"

namespace pland::engine::merge {

struct MergeTreeMessage {
  std::vector<std::string> paths;
  std::string kind;  ///< git's stable name: "Auto-merging", "CONFLICT (rename/delete)" ...
  std::string text;  ///< the sentence for a person
};

struct MergeTreeOutput {
  git::Oid tree;                                ///< with markers where there are conflicts
  std::map<std::string, ThreeVersions> stages;  ///< of every conflicted path
  std::vector<MergeTreeMessage> messages;
};

/// Errors: git, when the bytes are not such an output.
Result<MergeTreeOutput> parse_merge_tree_output(std::string_view bytes);

}  // namespace pland::engine::merge
