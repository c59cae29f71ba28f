#include "engine/merge/line_diff.h"

#include <algorithm>
#include <cstring>

#include "engine/merge/change_marks.h"

namespace pland::engine::merge {
namespace {

using Line = std::int64_t;
using Flags = std::vector<std::uint8_t>;

/// A maximal run of changed lines [start, end) of one side; empty ones stand between every two unchanged
/// lines, so that the groups of both sides correspond one to one.
class ChangeGroup {
 public:
  ChangeGroup(std::span<const LineId> lines, Flags& changed) : lines_(lines), changed_(changed) {
    extend_end();
  }

  Line start = 0, end = 0;

  Line size() const { return end - start; }
  bool empty() const { return start == end; }

  bool go_next() {
    if (end == count()) return false;
    start = end = end + 1;
    extend_end();
    return true;
  }
  bool go_previous() {
    if (start == 0) return false;
    start = end = start - 1;
    extend_start();
    return true;
  }

  /// Moves the group one line up (or down), if that describes the same change; swallows a group it then
  /// meets.
  bool slide_up() {
    if (start == 0 || id(start - 1) != id(end - 1)) return false;
    flag(--start) = 1;
    flag(--end) = 0;
    extend_start();
    return true;
  }
  bool slide_down() {
    if (end == count() || id(start) != id(end)) return false;
    flag(start++) = 0;
    flag(end++) = 1;
    extend_end();
    return true;
  }

 private:
  Line count() const { return static_cast<Line>(lines_.size()); }
  LineId id(Line at) const { return lines_[static_cast<std::size_t>(at)]; }
  std::uint8_t& flag(Line at) { return changed_[static_cast<std::size_t>(at)]; }
  void extend_end() {
    while (end < count() && flag(end) != 0) ++end;
  }
  void extend_start() {
    while (start > 0 && flag(start - 1) != 0) --start;
  }

  std::span<const LineId> lines_;
  Flags& changed_;
};

/// Gives every group of changed lines its canonical place: the lowest at which it stands opposite a change of
/// the other side, else the lowest possible.
void slide_changes(std::span<const LineId> lines, Flags& changed, std::span<const LineId> other_lines,
                   Flags& other_changed) {
  ChangeGroup group(lines, changed), other(other_lines, other_changed);
  do {
    if (group.empty()) continue;
    Line highest_end = 0, opposite_end = -1, size = 0;
    do {
      size = group.size();
      while (group.slide_up()) other.go_previous();
      highest_end = group.end;
      opposite_end = other.empty() ? -1 : group.end;
      while (group.slide_down()) {
        other.go_next();
        if (!other.empty()) opposite_end = group.end;
      }
    } while (group.size() != size);  // it has met another group: slide the two as one
    if (group.end != highest_end && opposite_end != -1) {
      while (other.empty()) {
        group.slide_up();
        other.go_previous();
      }
    }
  } while (group.go_next() && (other.go_next(), true));
}

std::size_t common_head(std::string_view a, std::string_view b) {
  const std::size_t limit = std::min(a.size(), b.size());
  std::size_t at = 0;
  constexpr std::size_t kBlock = 256;
  while (at + kBlock <= limit && std::memcmp(a.data() + at, b.data() + at, kBlock) == 0) at += kBlock;
  while (at < limit && a[at] == b[at]) ++at;
  return at;
}

std::size_t common_tail(std::string_view a, std::string_view b) {
  const std::size_t limit = std::min(a.size(), b.size());
  std::size_t length = 0;
  constexpr std::size_t kBlock = 256;
  while (length + kBlock <= limit && std::memcmp(a.data() + (a.size() - length - kBlock),
                                                 b.data() + (b.size() - length - kBlock), kBlock) == 0) {
    length += kBlock;
  }
  while (length < limit && a[a.size() - length - 1] == b[b.size() - length - 1]) ++length;
  return length;
}

/// The bytes of common lines at the head of both texts.
std::size_t common_head_lines(std::string_view a, std::string_view b) {
  const std::size_t bytes = common_head(a, b);
  if (bytes == a.size() && bytes == b.size()) return bytes;
  const std::size_t line_end = bytes == 0 ? std::string_view::npos : a.rfind('\n', bytes - 1);
  return line_end == std::string_view::npos ? 0 : line_end + 1;
}

/// The bytes of common lines at the tail of both texts.
std::size_t common_tail_lines(std::string_view a, std::string_view b) {
  const std::size_t bytes = common_tail(a, b);
  const auto starts_line = [&](std::string_view text) {
    return bytes == text.size() || text[text.size() - bytes - 1] == '\n';
  };
  if (starts_line(a) && starts_line(b)) return bytes;
  const std::size_t line_end = a.find('\n', a.size() - bytes);
  return line_end == std::string_view::npos ? 0 : a.size() - line_end - 1;
}

}  // namespace

std::vector<LineChange> diff_ids(std::span<const LineId> before, std::span<const LineId> after,
                                 DiffAlgorithm algorithm) {
  Flags before_changed(before.size()), after_changed(after.size());
  const auto mark = algorithm == DiffAlgorithm::myers ? mark_myers : mark_histogram;
  mark({before, before_changed}, {after, after_changed});
  slide_changes(before, before_changed, after, after_changed);
  slide_changes(after, after_changed, before, before_changed);

  std::vector<LineChange> changes;
  const auto before_count = static_cast<Line>(before.size()), after_count = static_cast<Line>(after.size());
  for (Line a = 0, b = 0; a < before_count || b < after_count; ++a, ++b) {
    const Line before_start = a, after_start = b;
    while (a < before_count && before_changed[static_cast<std::size_t>(a)] != 0) ++a;
    while (b < after_count && after_changed[static_cast<std::size_t>(b)] != 0) ++b;
    if (a > before_start || b > after_start) {
      changes.push_back({{before_start, a - before_start}, {after_start, b - after_start}});
    }
  }
  return changes;
}

std::vector<LineChange> diff_lines(std::string_view before, std::string_view after) {
  const std::size_t head = common_head_lines(before, after);
  const std::string_view head_text = before.substr(0, head);
  before.remove_prefix(head);
  after.remove_prefix(head);
  const std::size_t tail = common_tail_lines(before, after);
  before.remove_suffix(tail);
  after.remove_suffix(tail);
  if (before.empty() && after.empty()) return {};

  const TextLines before_lines(before), after_lines(after);
  LineIds ids;
  const auto before_ids = ids.of(before_lines), after_ids = ids.of(after_lines);
  auto changes = diff_ids(before_ids, after_ids, DiffAlgorithm::myers);
  const Line shift = count_line_ends(head_text);
  for (LineChange& change : changes) {
    change.before.start += shift;
    change.after.start += shift;
  }
  return changes;
}

}  // namespace pland::engine::merge
