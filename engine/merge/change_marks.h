// For the diff algorithms of this room: which lines of the two texts are changed, as flags.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/merge/text_lines.h"

namespace pland::engine::merge {

/// One text inside a diff: its lines and, beside each, whether it is changed. A part of a side is a side.
struct DiffSide {
  std::span<const LineId> lines;
  std::span<std::uint8_t> changed;  ///< as long as `lines`

  std::int64_t size() const { return static_cast<std::int64_t>(lines.size()); }
  DiffSide part(std::int64_t start, std::int64_t end) const {
    const auto offset = static_cast<std::size_t>(start), length = static_cast<std::size_t>(end - start);
    return {lines.subspan(offset, length), changed.subspan(offset, length)};
  }
  void mark_all() const {
    for (auto& flag : changed) flag = 1;
  }
};

/// Set the flags of changed lines; flags start at 0.
void mark_myers(DiffSide before, DiffSide after);
void mark_histogram(DiffSide before, DiffSide after);

}  // namespace pland::engine::merge
