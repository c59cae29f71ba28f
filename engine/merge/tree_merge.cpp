#include "engine/merge/tree_merge.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/git/tree_edit.h"
#include "engine/merge/file_version_merge.h"
#include "engine/merge/merge_program.h"
#include "engine/merge/resolution.h"
#include "engine/merge/resource_merge.h"

namespace pland::engine::merge {
namespace {

using git::FileMode;
using git::FileVersion;
using git::Oid;
using git::TreeEntry;

bool is_tree(const FileVersion& version) {
  return version.mode == FileMode::tree;
}

/// What merges with what: file and executable are one kind.
FileMode kind_of(FileMode mode) {
  return mode == FileMode::executable ? FileMode::file : mode;
}

/// The entries of up to three trees, name by name (in the order of bytes).
class Entries {
 public:
  static Result<Entries> read(const git::Repository& repository, const FileVersion& tree) {
    Entries result;
    if (!tree.exists()) return result;
    PLAND_TRY(result.entries_, repository.read_tree(tree.oid));
    std::sort(result.entries_.begin(), result.entries_.end(),
              [](const TreeEntry& a, const TreeEntry& b) { return a.name < b.name; });
    return result;
  }
  const std::string* next_name() const { return at_ < entries_.size() ? &entries_[at_].name : nullptr; }
  FileVersion take(const std::string& name) {
    if (at_ == entries_.size() || entries_[at_].name != name) return {};
    const TreeEntry& entry = entries_[at_++];
    return {entry.mode, entry.oid};
  }
  /// As take, leaving out the names before it.
  FileVersion seek(const std::string& name) {
    while (at_ < entries_.size() && entries_[at_].name < name) ++at_;
    return take(name);
  }

 private:
  std::vector<TreeEntry> entries_;
  std::size_t at_ = 0;
};

/// Whether `after` holds a path that `before` does not. Both are directories; `before` may be absent.
Result<bool> adds_paths(const git::Repository& repository, const FileVersion& before,
                        const FileVersion& after) {
  if (before == after) return false;
  PLAND_TRY(Entries old_entries, Entries::read(repository, before));
  PLAND_TRY(Entries new_entries, Entries::read(repository, after));
  while (new_entries.next_name() != nullptr) {
    const std::string name = *new_entries.next_name();
    const FileVersion now = new_entries.take(name), old = old_entries.seek(name);
    if (is_tree(old) != is_tree(now) || !old.exists()) return true;
    if (!is_tree(now)) continue;
    PLAND_TRY(const bool below, adds_paths(repository, old, now));
    if (below) return true;
  }
  return false;
}

class TreeWalk {
 public:
  TreeWalk(git::Repository& repository, const Oid& base, const Oid& ours, const Oid& theirs)
      : repository_(repository), roots_{tree(base), tree(ours), tree(theirs)} {}

  /// Nullopt when git has to decide.
  Result<std::optional<TreeMerge>> run() {
    PLAND_TRY(const FileVersion merged, merge_directories(roots_, "", {}));
    if (hand_over_) return std::optional<TreeMerge>();
    result_.tree = merged.exists() ? merged.oid : git::empty_tree_oid();
    return std::optional<TreeMerge>(std::move(result_));
  }

 private:
  /// Whether a directory of the base that surrounds the walk is gone on a side. What the other side adds
  /// there may have to follow the directory to where it went.
  struct Gone {
    bool ours = false, theirs = false;
  };

  static FileVersion tree(const Oid& oid) { return {FileMode::tree, oid}; }

  /// Each is a directory or absent; the merged directory, absent when it has become empty.
  Result<FileVersion> merge_directories(const ThreeVersions& at, const std::string& prefix, Gone gone) {
    gone.ours = gone.ours || (at.base.exists() && !at.ours.exists());
    gone.theirs = gone.theirs || (at.base.exists() && !at.theirs.exists());
    PLAND_TRY(Entries base, Entries::read(repository_, at.base));
    PLAND_TRY(Entries ours, Entries::read(repository_, at.ours));
    PLAND_TRY(Entries theirs, Entries::read(repository_, at.theirs));
    std::vector<TreeEntry> merged;
    bool as_ours = at.ours.exists(), as_theirs = at.theirs.exists();
    while (!hand_over_) {
      const std::string* first = nullptr;
      for (const Entries* side : {&base, &ours, &theirs}) {
        const std::string* name = side->next_name();
        if (name != nullptr && (first == nullptr || *name < *first)) first = name;
      }
      if (first == nullptr) break;
      const std::string name = *first;
      const ThreeVersions entry{base.take(name), ours.take(name), theirs.take(name)};
      PLAND_TRY(const FileVersion version, merge_entry(entry, prefix + name, gone));
      as_ours = as_ours && version == entry.ours;
      as_theirs = as_theirs && version == entry.theirs;
      if (version.exists()) merged.push_back({name, version.mode, version.oid});
    }
    if (hand_over_ || merged.empty()) return FileVersion{};
    if (as_ours) return at.ours;
    if (as_theirs) return at.theirs;
    PLAND_TRY(const Oid written, repository_.write_tree(std::move(merged)));
    return tree(written);
  }

  Result<FileVersion> merge_entry(const ThreeVersions& at, const std::string& path, Gone gone) {
    const auto& [base, ours, theirs] = at;
    if (ours == theirs) {
      PLAND_CHECK(look_for_shared_deletions(base, ours));
      return ours;
    }
    if (ours == base || theirs == base) {
      const FileVersion& changed = ours == base ? theirs : ours;
      const bool added_where_gone = !base.exists() && (ours == base ? gone.ours : gone.theirs);
      if (added_where_gone) PLAND_CHECK(matters_if_adds(ours == base, ours != base));
      return changed;
    }
    bool any_tree = false, one_kind = true;
    FileMode kind = FileMode::none;
    for (const FileVersion* version : {&base, &ours, &theirs}) {
      if (!version->exists()) continue;
      any_tree = any_tree || is_tree(*version);
      one_kind = one_kind && (kind == FileMode::none || kind == kind_of(version->mode));
      kind = kind_of(version->mode);
    }
    if (!one_kind) {
      hand_over_ = true;
      return FileVersion{};
    }
    if (any_tree) return merge_directories(at, path + "/", gone);
    if (!ours.exists() || !theirs.exists()) {
      PLAND_CHECK(matters_if_adds(!ours.exists(), !theirs.exists()));
      if (hand_over_) return FileVersion{};
    }
    PLAND_TRY(FileOutcome outcome, merge_versions(repository_, path, at));
    result_.files_merged.push_back(path);
    if (outcome.conflict) result_.conflicts.push_back(std::move(*outcome.conflict));
    return outcome.version;
  }

  /// A path that both sides deleted may be a rename on either.
  Status look_for_shared_deletions(const FileVersion& base, const FileVersion& both) {
    if (!base.exists() || base == both) return {};
    bool deleted = !both.exists() || is_tree(base) != is_tree(both);
    if (!deleted && is_tree(base)) {
      PLAND_TRY(deleted, adds_paths(repository_, both, base));
    }
    return deleted ? matters_if_adds(true, true) : Status();
  }

  /// A rename on one of these sides would matter; there can be none on a side that adds nothing.
  Status matters_if_adds(bool on_ours, bool on_theirs) {
    const auto adds = [&](std::optional<bool>& known, const FileVersion& side) -> Result<bool> {
      if (!known) {
        PLAND_TRY(known, adds_paths(repository_, roots_.base, side));
      }
      return *known;
    };
    if (on_ours) {
      PLAND_TRY(const bool ours, adds(ours_add_, roots_.ours));
      hand_over_ = hand_over_ || ours;
    }
    if (on_theirs) {
      PLAND_TRY(const bool theirs, adds(theirs_add_, roots_.theirs));
      hand_over_ = hand_over_ || theirs;
    }
    return {};
  }

  git::Repository& repository_;
  ThreeVersions roots_;
  TreeMerge result_;
  std::optional<bool> ours_add_, theirs_add_;
  bool hand_over_ = false;
};

Result<TreeMerge> three_way(git::Repository& repository, const Oid& base, const Oid& ours, const Oid& theirs,
                            const MarkerLabels& labels) {
  if (ours == theirs || theirs == base) return TreeMerge{ours, {}, {}, false};
  if (ours == base) return TreeMerge{theirs, {}, {}, false};
  PLAND_TRY(auto merged, TreeWalk(repository, base, ours, theirs).run());
  if (merged) return *std::move(merged);
  return merge_by_program(repository, base, ours, theirs, labels);
}

}  // namespace

Result<TreeMerge> merge_trees(git::Repository& repository, const Oid& base, const Oid& ours,
                              const Oid& theirs, const TreeMergeOptions& options) {
  PLAND_TRY(TreeMerge merge, three_way(repository, base, ours, theirs, options.labels));
  if (options.merge_resources) PLAND_CHECK(merge_resources(repository, merge, options.labels));
  std::sort(merge.conflicts.begin(), merge.conflicts.end(),
            [](const Conflict& a, const Conflict& b) { return a.path < b.path; });
  std::sort(merge.files_merged.begin(), merge.files_merged.end());
  if (options.strategy == MergeStrategy::last_wins && !merge.conflicts.empty()) {
    for (Conflict& conflict : merge.conflicts) {
      conflict.resolution = Resolution::theirs;
      conflict.resolved_by = to_string(MergeStrategy::last_wins);
    }
    PLAND_TRY(merge.tree, resolve_tree(repository, merge.tree, merge.conflicts));
  }
  return merge;
}

}  // namespace pland::engine::merge
