#include "engine/merge/line_map.h"

#include <algorithm>

namespace pland::engine::merge {

LineMap::LineMap(std::string_view before, std::string_view after) : changes_(diff_lines(before, after)) {}

LineRange LineMap::map(LineRange range) const {
  // The place before old line `at`. Inside a replaced block: as far into the replacement, at most `limit`
  // lines short of its end.
  const auto place = [&](std::int64_t at, std::int64_t limit) {
    const auto after = std::partition_point(changes_.begin(), changes_.end(), [&](const LineChange& change) {
      return change.before.start <= at;
    });
    if (after == changes_.begin()) return at;
    const LineChange& change = *std::prev(after);
    const std::int64_t offset = at - change.before.start;
    if (offset >= change.before.count)
      return at - change.before.count - change.before.start + change.after.start + change.after.count;
    return change.after.start + std::min(offset, std::max<std::int64_t>(change.after.count - limit, 0));
  };
  if (range.count <= 0) return {place(range.start, 0), 0};
  const std::int64_t start = place(range.start, 1);
  // The end is found from the last line, so that an insertion right after it stays outside.
  const std::int64_t last = range.start + range.count - 1;
  const auto after = std::partition_point(changes_.begin(), changes_.end(), [&](const LineChange& change) {
    return change.before.start <= last;
  });
  std::int64_t end = place(last, 0) + 1;
  if (after != changes_.begin()) {
    const LineChange& change = *std::prev(after);
    const std::int64_t offset = last - change.before.start;
    if (offset < change.before.count) {
      const bool to_its_end = offset == change.before.count - 1;
      end = change.after.start + (to_its_end ? change.after.count : std::min(offset + 1, change.after.count));
    }
  }
  return {start, std::max<std::int64_t>(end - start, 0)};
}

}  // namespace pland::engine::merge
