// Carries places of one text to a later version of it: where are these lines now?
//
// Built from two texts by a line diff; little more than two passes over them when the edit is small, so it
// may run on the loop at every keystroke. A value: any thread. Does not keep the texts.
#pragma once

#include <string_view>
#include <vector>

#include "engine/merge/line_diff.h"

namespace pland::engine::merge {

class LineMap {
 public:
  LineMap(std::string_view before, std::string_view after);

  /// The lines of the new text that hold what `range` held: unchanged lines go with their text, replaced
  /// lines with their replacement. Lines inserted directly before or after the range are not part of it. A
  /// range whose lines are all gone becomes an empty range at their place; an empty range stays empty.
  LineRange map(LineRange range) const;

  const std::vector<LineChange>& changes() const { return changes_; }

 private:
  std::vector<LineChange> changes_;
};

}  // namespace pland::engine::merge
