// Three-way merge of what stands at one path: mode and content. Part of the tree merge.
#pragma once

#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/git/repository.h"
#include "engine/git/tree_edit.h"
#include "engine/merge/file_merge.h"
#include "engine/model/conflict.h"

namespace pland::engine::merge {

/// The three versions of a path. Any may be absent.
struct ThreeVersions {
  git::FileVersion base, ours, theirs;
};

struct FileOutcome {
  git::FileVersion version;          ///< the merged file; at a conflict, with ours where it is disputed
  std::optional<Conflict> conflict;  ///< without ids and names
};

/// Merges versions that exist on both sides, or conflicts over one that a side deleted. Each of the three
/// differs from the others. Files, links and gitlinks merge with their own kind only: precondition: those
/// versions that exist are of one kind. Errors: the repository's.
Result<FileOutcome> merge_versions(git::Repository& repository, const std::string& path,
                                   const ThreeVersions& versions);

/// The text merge behind a conflict that has hunks (an absent base is an empty text); nullopt when a version
/// is not text. Pure in the objects: it can be repeated at any time.
Result<std::optional<TextMerge>> merge_texts(const git::Repository& repository,
                                             const ThreeVersions& versions);

/// The mode that a merge gives the file: the side that changed it decides. `conflict` when both did.
struct MergedMode {
  git::FileMode mode = git::FileMode::none;
  bool conflict = false;
};
MergedMode merge_modes(git::FileMode base, git::FileMode ours, git::FileMode theirs);

ConflictSide side_of(const git::FileVersion& version, const std::string& path);
/// Errors: invalid_argument when the side's object name is none.
Result<git::FileVersion> version_of(const ConflictSide& side);

}  // namespace pland::engine::merge
