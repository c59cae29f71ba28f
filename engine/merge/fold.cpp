#include "engine/merge/fold.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

#include "engine/git/tree_edit.h"
#include "engine/merge/resolution.h"
#include "engine/merge/tree_merge.h"

namespace pland::engine::merge {
namespace {

using git::FileChange;
using git::Oid;

bool same_dispute(const ConflictHunk& a, const ConflictHunk& b) {
  return a.base_text == b.base_text && a.ours_text == b.ours_text && a.theirs_text == b.theirs_text;
}

bool same_versions(const Conflict& a, const Conflict& b) {
  return a.base == b.base && a.ours == b.ours && a.theirs == b.theirs;
}

/// For every fresh hunk the recorded hunk about the same texts, each used once; the one nearest in order
/// first.
std::vector<const ConflictHunk*> match_hunks(const Conflict& recorded, const Conflict& fresh) {
  std::vector<bool> used(recorded.hunks.size(), false);
  std::vector<const ConflictHunk*> matches;
  for (const ConflictHunk& hunk : fresh.hunks) {
    const ConflictHunk* match = nullptr;
    for (std::size_t i = 0; i < recorded.hunks.size() && match == nullptr; ++i) {
      if (used[i] || !same_dispute(recorded.hunks[i], hunk)) continue;
      used[i] = true;
      match = &recorded.hunks[i];
    }
    matches.push_back(match);
  }
  return matches;
}

/// Calls `visit` with every directory that surrounds the path, the innermost first.
void for_each_parent(std::string_view path, auto&& visit) {
  for (auto slash = path.rfind('/'); slash != std::string_view::npos; slash = path.rfind('/')) {
    path = path.substr(0, slash);
    visit(path);
  }
}

/// The changes of steps that have nothing to do with each other, put together. They are independent when no
/// path is touched twice, none is a directory to another, and nobody adds to a directory from which someone
/// else takes files away (it may have been renamed).
class IndependentChanges {
 public:
  /// False, and nothing is added, when the changes might meet those already here.
  bool try_add(const std::vector<FileChange>& changes) {
    for (const FileChange& change : changes) {
      if (paths_.contains(change.path) || parents_.contains(change.path)) return false;
      bool meets = false;
      for_each_parent(change.path, [&](std::string_view parent) {
        meets = meets || paths_.contains(parent) || (!change.before.exists() && losing_.contains(parent)) ||
                (!change.after.exists() && gaining_.contains(parent));
      });
      if (meets) return false;
    }
    for (const FileChange& change : changes) edits_.push_back({change.path, change.after});
    note(changes);
    return true;
  }

  /// Changes that the tree has already.
  void note(const std::vector<FileChange>& changes) {
    for (const FileChange& change : changes) {
      paths_.insert(change.path);
      for_each_parent(change.path, [&](std::string_view parent) {
        parents_.emplace(parent);
        if (!change.before.exists()) gaining_.emplace(parent);
        if (!change.after.exists()) losing_.emplace(parent);
      });
    }
  }

  Result<Oid> apply(git::Repository& repository, const Oid& tree) {
    auto edits = std::move(edits_);
    edits_.clear();
    if (edits.empty()) return tree;
    return git::edit_tree(repository, tree, std::move(edits));
  }

 private:
  using Paths = std::set<std::string, std::less<>>;
  Paths paths_, parents_, gaining_, losing_;
  std::vector<git::TreeEdit> edits_;
};

/// The names of the steps so far that changed one of the conflict's paths, in their order.
std::vector<std::string> authors_of(const Conflict& conflict,
                                    const std::map<std::string, std::vector<std::string>>& authors,
                                    const std::vector<FoldStep>& steps) {
  std::set<std::string> names;
  const auto collect = [&](const std::string& path) {
    if (const auto found = authors.find(path); found != authors.end()) {
      names.insert(found->second.begin(), found->second.end());
    }
    const std::string below = path + "/";
    for (auto at = authors.lower_bound(below); at != authors.end() && at->first.starts_with(below); ++at) {
      names.insert(at->second.begin(), at->second.end());
    }
  };
  for (const std::string* path :
       {&conflict.path, &conflict.base.path, &conflict.ours.path, &conflict.theirs.path}) {
    if (!path->empty()) collect(*path);
  }
  std::vector<std::string> ordered;
  for (const FoldStep& step : steps) {
    if (names.erase(step.name) > 0) ordered.push_back(step.name);
  }
  return ordered;
}

/// False when the conflict was not recorded.
bool carry_over_from(const std::vector<Conflict>& recorded, Conflict& fresh) {
  const auto before = std::find_if(recorded.begin(), recorded.end(), [&](const Conflict& each) {
    return each.subplan_id == fresh.subplan_id && each.path == fresh.path && each.kind == fresh.kind;
  });
  if (before == recorded.end()) return false;
  carry_over(*before, fresh);
  return true;
}

}  // namespace

void carry_over(const Conflict& recorded, Conflict& fresh) {
  fresh.conflict_id = recorded.conflict_id;
  fresh.plan_id = recorded.plan_id;
  const bool whole = recorded.resolution.has_value();
  if (fresh.hunks.empty() || recorded.resolution == Resolution::manual) {
    if (whole && same_versions(recorded, fresh)) {
      fresh.resolution = recorded.resolution;
      fresh.manual_oid = recorded.manual_oid;
    }
  } else {
    const auto matches = match_hunks(recorded, fresh);
    const bool all = std::find(matches.begin(), matches.end(), nullptr) == matches.end();
    if (whole && all && matches.size() == recorded.hunks.size()) {
      fresh.resolution = recorded.resolution;
    } else {
      for (std::size_t i = 0; i < matches.size(); ++i) {
        if (matches[i] == nullptr) continue;
        fresh.hunks[i].resolution = whole ? recorded.resolution : matches[i]->resolution;
        fresh.hunks[i].manual_text = matches[i]->manual_text;
      }
    }
  }
  if (!is_open(fresh) && !is_open(recorded)) {
    fresh.resolved_by = recorded.resolved_by;
    fresh.resolved_at = recorded.resolved_at;
  }
}

Result<Fold> fold(git::Repository& repository, const Oid& start_tree, const std::vector<FoldStep>& steps,
                  const std::vector<Conflict>& recorded, const FoldOptions& options) {
  Fold result;
  result.tree = start_tree;
  IndependentChanges independent;
  for (const FoldStep& step : steps) {
    PLAND_TRY(const auto changes, git::diff_trees(repository, step.base_tree, step.result_tree));
    if (step.base_tree != start_tree || !independent.try_add(changes)) {
      PLAND_TRY(const Oid ours, independent.apply(repository, result.tree));
      PLAND_TRY(TreeMerge merge,
                merge_trees(repository, step.base_tree, ours, step.result_tree,
                            {.labels = {options.ours_label, step.name}, .strategy = options.strategy}));
      bool any_known = false;
      for (Conflict& conflict : merge.conflicts) {
        conflict.subplan_id = step.subplan_id;
        conflict.ours_authors = authors_of(conflict, result.authors, steps);
        any_known = carry_over_from(recorded, conflict) || any_known;
      }
      result.tree = merge.tree;
      if (any_known) {
        PLAND_TRY(result.tree, resolve_tree(repository, merge.tree, merge.conflicts));
      }
      std::move(merge.conflicts.begin(), merge.conflicts.end(), std::back_inserter(result.conflicts));
      PLAND_TRY(const auto made, git::diff_trees(repository, ours, result.tree));
      independent.note(changes);
      independent.note(made);  // a rename can change more paths than the step did
    }
    for (const FileChange& change : changes) result.authors[change.path].push_back(step.name);
  }
  PLAND_TRY(result.tree, independent.apply(repository, result.tree));
  return result;
}

}  // namespace pland::engine::merge
