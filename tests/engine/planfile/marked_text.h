// Plan-file texts with their expected problem ranges drawn into them: "pla⟦x⟧: y".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/planfile/source_range.h"

namespace pland::engine::planfile {

struct MarkedText {
  std::string text;             ///< without the marks
  std::vector<Extent> extents;  ///< in the order of their opening marks
};

/// Marks may not nest.
inline MarkedText unmark(std::string_view marked) {
  constexpr std::string_view kOpen = "⟦", kClose = "⟧";
  MarkedText result;
  for (std::size_t at = 0; at < marked.size();) {
    if (marked.substr(at).starts_with(kOpen)) {
      result.extents.push_back({result.text.size(), result.text.size()});
      at += kOpen.size();
    } else if (marked.substr(at).starts_with(kClose)) {
      result.extents.back().end = result.text.size();
      at += kClose.size();
    } else {
      result.text.push_back(marked[at++]);
    }
  }
  return result;
}

}  // namespace pland::engine::planfile
