// Which lines of a text changed. Pure functions of values: any thread.
//
// Two algorithms, chosen so that a merge groups changes exactly as git does:
//  - myers: E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", Algorithmica 1 (1986), in the
//    linear-space form, with the cost bound and snake heuristics of GNU diff, so that pathological inputs
//    stay near-linear at the price of a longer script. What `git diff` and `git merge-file` use.
//  - histogram: split at the longest common run that holds the rarest lines, recursively (JGit's
//    HistogramDiff). What `git merge-tree` and `git merge` (strategy ort) use.
// Either way every group of changed lines is then slid, where the text is repetitive, to line up with a
// change of the other text, or else to its last possible place.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "engine/merge/text_lines.h"

namespace pland::engine::merge {

enum class DiffAlgorithm { myers, histogram };

/// Lines `before` of the old text became lines `after` of the new one. One of the counts may be 0, not both.
struct LineChange {
  LineRange before, after;
  bool operator==(const LineChange&) const = default;
};

/// The changes from one text to the other, ascending, never touching each other.
std::vector<LineChange> diff_ids(std::span<const LineId> before, std::span<const LineId> after,
                                 DiffAlgorithm algorithm);

/// The same for whole texts (myers). Common lines at both ends are cut off by comparing bytes first, so the
/// cost of a small edit in a large text is little more than two passes over it.
std::vector<LineChange> diff_lines(std::string_view before, std::string_view after);

}  // namespace pland::engine::merge
