// Three-way merge of one text, with every conflict as a value. Pure functions of values: any thread.
//
// The verdict and the text of a clean merge are those of `git merge-tree` (strategy ort): histogram diffs of
// both sides against the base, grouped as git groups them. Changes that touch each other conflict; the same
// change made by both sides does not; overlapping changes become one hunk, from which the lines that both
// sides agree on are trimmed at its start and end. With DiffAlgorithm::myers the verdict is that of
// `git merge-file`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/merge/line_diff.h"
#include "engine/model/conflict.h"

namespace pland::engine::merge {

/// A stretch of the merged file: text that nobody disputes, or the place of a hunk.
struct MergeSegment {
  std::string text;                 ///< empty for a hunk
  std::optional<std::size_t> hunk;  ///< index into the hunks
  bool operator==(const MergeSegment&) const = default;
};

/// Segments in file order; hunks in the same order. Each hunk's texts are exactly the lines its ranges name.
struct TextMerge {
  std::vector<MergeSegment> segments;
  std::vector<ConflictHunk> hunks;
  bool clean() const { return hunks.empty(); }
};

TextMerge merge_text(std::string_view base, std::string_view ours, std::string_view theirs,
                     DiffAlgorithm algorithm = DiffAlgorithm::histogram);

/// The merged file with every hunk as it is resolved; an unresolved hunk holds ours. `both` is ours, then
/// theirs; a missing line end is added wherever more text follows.
/// Precondition: every hunk a segment names exists.
std::string compose(const std::vector<MergeSegment>& segments, const std::vector<ConflictHunk>& hunks);

/// The same with one resolution for every hunk, whatever each says.
std::string compose_all(const TextMerge& merge, Resolution resolution);

struct MarkerLabels {
  std::string ours, theirs;
};

/// The merged file with git's conflict markers around the unresolved hunks. The markers are 7 characters
/// long, or longer than any marker-like line of the text.
std::string with_markers(const std::vector<MergeSegment>& segments, const std::vector<ConflictHunk>& hunks,
                         const MarkerLabels& labels);

}  // namespace pland::engine::merge
