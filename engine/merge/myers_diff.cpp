// Myers' linear-space diff (Algorithmica 1, 1986, section 4b) with GNU diff's heuristics: lines without (or
// with far too many) counterparts are set aside first, and the search for a middle snake settles for a good
// one when it has become expensive. The thresholds are git's, because a merge must group changes as git does.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <unordered_map>
#include <vector>

#include "engine/merge/change_marks.h"

namespace pland::engine::merge {
namespace {

using Line = std::int64_t;

constexpr Line kSnakeLength = 20;     // a run of equal lines this long is a good place to split
constexpr Line kHeuristicCost = 256;  // edit cost from which such a place is looked for
constexpr Line kSmallestCostLimit = 256;
constexpr Line kGoodProgress = 4;  // lines of progress a unit of cost for a place to be good
constexpr Line kManyLimit = 1024;
constexpr Line kContextWindow = 100;

/// A power of two near the square root.
Line rough_square_root(Line n) {
  Line root = 1;
  for (; n > 0; n >>= 2) root <<= 1;
  return root;
}

/// The lines of a side that take part in the search, and where they stand in it.
struct Candidates {
  std::vector<LineId> ids;
  std::vector<Line> places;
};

struct Split {
  Line before = 0, after = 0;
  bool exact_head = true, exact_tail = true;  // whether the parts are worth an exhaustive search
};

struct Box {
  Line before_begin, before_end, after_begin, after_end;
};

/// Furthest reaching `before` position on every diagonal (before - after), which may be negative.
class Frontier {
 public:
  Frontier(Line before_count, Line after_count)
      : reach_(static_cast<std::size_t>(before_count + after_count + 3)), shift_(after_count + 1) {}
  Line& operator[](Line diagonal) { return reach_[static_cast<std::size_t>(diagonal + shift_)]; }

 private:
  std::vector<Line> reach_;
  Line shift_;
};

class MyersSearch {
 public:
  MyersSearch(const Candidates& before, const Candidates& after, DiffSide before_side, DiffSide after_side)
      : a_(before.ids),
        b_(after.ids),
        before_(before),
        after_(after),
        before_side_(before_side),
        after_side_(after_side),
        forward_(size(a_), size(b_)),
        backward_(size(a_), size(b_)),
        cost_limit_(std::max(rough_square_root(size(a_) + size(b_) + 3), kSmallestCostLimit)) {}

  void run() { compare({0, size(a_), 0, size(b_)}, false); }

 private:
  static Line size(const std::vector<LineId>& ids) { return static_cast<Line>(ids.size()); }
  bool same(Line a, Line b) const {
    return a_[static_cast<std::size_t>(a)] == b_[static_cast<std::size_t>(b)];
  }

  void compare(Box box, bool exact) {
    while (true) {
      auto& [a, a_end, b, b_end] = box;
      while (a < a_end && b < b_end && same(a, b)) ++a, ++b;
      while (a < a_end && b < b_end && same(a_end - 1, b_end - 1)) --a_end, --b_end;
      if (a == a_end) {
        for (; b < b_end; ++b)
          after_side_.changed[static_cast<std::size_t>(after_.places[static_cast<std::size_t>(b)])] = 1;
        return;
      }
      if (b == b_end) {
        for (; a < a_end; ++a)
          before_side_.changed[static_cast<std::size_t>(before_.places[static_cast<std::size_t>(a)])] = 1;
        return;
      }
      const Split split = find_split(box, exact);
      compare({a, split.before, b, split.after}, split.exact_head);
      box = {split.before, a_end, split.after, b_end};
      exact = split.exact_tail;
    }
  }

  /// Grows D-paths from both corners of the box until they meet, or until it has cost too much.
  Split find_split(const Box& box, bool exact) {
    const Line lowest = box.before_begin - box.after_end, highest = box.before_end - box.after_begin;
    const Line from_start = box.before_begin - box.after_begin, from_end = box.before_end - box.after_end;
    const bool odd = ((from_start - from_end) & 1) != 0;
    Diagonals ahead{from_start, from_start}, back{from_end, from_end};
    forward_[from_start] = box.before_begin;
    backward_[from_end] = box.before_end;
    for (Line cost = 1;; ++cost) {
      bool long_snake = false;
      widen(ahead, lowest, highest, forward_, -1);
      for (Line d = ahead.last; d >= ahead.first; d -= 2) {
        Line a = forward_[d - 1] >= forward_[d + 1] ? forward_[d - 1] + 1 : forward_[d + 1];
        const Line start = a;
        while (a < box.before_end && a - d < box.after_end && same(a, a - d)) ++a;
        long_snake = long_snake || a - start > kSnakeLength;
        forward_[d] = a;
        if (odd && back.first <= d && d <= back.last && backward_[d] <= a) return {a, a - d};
      }
      widen(back, lowest, highest, backward_, std::numeric_limits<Line>::max());
      for (Line d = back.last; d >= back.first; d -= 2) {
        Line a = backward_[d - 1] < backward_[d + 1] ? backward_[d - 1] : backward_[d + 1] - 1;
        const Line start = a;
        while (a > box.before_begin && a - d > box.after_begin && same(a - 1, a - d - 1)) --a;
        long_snake = long_snake || start - a > kSnakeLength;
        backward_[d] = a;
        if (!odd && ahead.first <= d && d <= ahead.last && a <= forward_[d]) return {a, a - d};
      }
      if (exact) continue;
      Split split;
      if (long_snake && cost > kHeuristicCost && find_good_place(box, ahead, back, cost, split)) return split;
      if (cost >= cost_limit_) return furthest_place(box, ahead, back);
    }
  }

  struct Diagonals {
    Line first, last;
  };

  /// One diagonal more on each side, as far as the box reaches; diagonals beyond hold `unreached`.
  static void widen(Diagonals& range, Line lowest, Line highest, Frontier& frontier, Line unreached) {
    if (range.first > lowest) {
      frontier[--range.first - 1] = unreached;
    } else {
      ++range.first;
    }
    if (range.last < highest) {
      frontier[++range.last + 1] = unreached;
    } else {
      --range.last;
    }
  }

  /// A place far along that ends (or starts) a long snake.
  bool find_good_place(const Box& box, Diagonals ahead, Diagonals back, Line cost, Split& split) {
    const Line from_start = box.before_begin - box.after_begin, from_end = box.before_end - box.after_end;
    Line best = 0;
    for (Line d = ahead.last; d >= ahead.first; d -= 2) {
      const Line a = forward_[d], b = a - d;
      const Line progress = (a - box.before_begin) + (b - box.after_begin) - std::abs(d - from_start);
      if (progress <= kGoodProgress * cost || progress <= best) continue;
      if (a < box.before_begin + kSnakeLength || a >= box.before_end) continue;
      if (b < box.after_begin + kSnakeLength || b >= box.after_end) continue;
      Line run = 0;
      while (run < kSnakeLength && same(a - run - 1, b - run - 1)) ++run;
      if (run < kSnakeLength) continue;
      best = progress;
      split = {a, b, true, false};
    }
    if (best > 0) return true;
    for (Line d = back.last; d >= back.first; d -= 2) {
      const Line a = backward_[d], b = a - d;
      const Line progress = (box.before_end - a) + (box.after_end - b) - std::abs(d - from_end);
      if (progress <= kGoodProgress * cost || progress <= best) continue;
      if (a <= box.before_begin || a > box.before_end - kSnakeLength) continue;
      if (b <= box.after_begin || b > box.after_end - kSnakeLength) continue;
      Line run = 0;
      while (run < kSnakeLength && same(a + run, b + run)) ++run;
      if (run < kSnakeLength) continue;
      best = progress;
      split = {a, b, false, true};
    }
    return best > 0;
  }

  /// The place that either direction has got furthest to.
  Split furthest_place(const Box& box, Diagonals ahead, Diagonals back) {
    Line ahead_sum = -1, ahead_at = -1;
    for (Line d = ahead.last; d >= ahead.first; d -= 2) {
      Line a = std::min(forward_[d], box.before_end), b = a - d;
      if (b > box.after_end) a = box.after_end + d, b = box.after_end;
      if (a + b > ahead_sum) ahead_sum = a + b, ahead_at = a;
    }
    Line back_sum = std::numeric_limits<Line>::max(), back_at = back_sum;
    for (Line d = back.last; d >= back.first; d -= 2) {
      Line a = std::max(backward_[d], box.before_begin), b = a - d;
      if (b < box.after_begin) a = box.after_begin + d, b = box.after_begin;
      if (a + b < back_sum) back_sum = a + b, back_at = a;
    }
    const Line ahead_gain = ahead_sum - (box.before_begin + box.after_begin);
    const Line back_gain = (box.before_end + box.after_end) - back_sum;
    if (back_gain < ahead_gain) return {ahead_at, ahead_sum - ahead_at, true, false};
    return {back_at, back_sum - back_at, false, true};
  }

  const std::vector<LineId>&a_, &b_;
  const Candidates &before_, &after_;
  DiffSide before_side_, after_side_;
  Frontier forward_, backward_;
  Line cost_limit_;
};

enum class Counterparts : std::uint8_t { none, some, many };

/// How often each line of `lines[begin, end)` occurs in the other text.
std::vector<Counterparts> count_counterparts(std::span<const LineId> lines,
                                             const std::unordered_map<LineId, Line>& other) {
  const Line many = std::min(rough_square_root(static_cast<Line>(lines.size())), kManyLimit);
  std::vector<Counterparts> result;
  result.reserve(lines.size());
  for (const LineId id : lines) {
    const auto found = other.find(id);
    result.push_back(found == other.end()    ? Counterparts::none
                     : found->second >= many ? Counterparts::many
                                             : Counterparts::some);
  }
  return result;
}

/// Whether a line with many counterparts stands among so many that have none that matching it would mislead.
bool misleading(const std::vector<Counterparts>& kinds, Line at, Line begin, Line end) {
  Line without = 0, with_many = 0;
  for (const Line step : {Line{-1}, Line{1}}) {
    Line nearby_without = 0;
    ++with_many;
    for (Line i = at + step; i >= begin && i < end && std::abs(i - at) <= kContextWindow; i += step) {
      const Counterparts kind = kinds[static_cast<std::size_t>(i)];
      if (kind == Counterparts::some) break;
      ++(kind == Counterparts::none ? nearby_without : with_many);
    }
    if (nearby_without == 0) return false;
    without += nearby_without;
  }
  return with_many * 4 < with_many + without;
}

/// Picks the lines of [begin, end) that the search is to match and marks the rest as changed.
Candidates pick_candidates(DiffSide side, const std::vector<Counterparts>& kinds, Line begin, Line end) {
  Candidates result;
  for (Line i = begin; i < end; ++i) {
    const auto index = static_cast<std::size_t>(i);
    if (kinds[index] == Counterparts::some ||
        (kinds[index] == Counterparts::many && !misleading(kinds, i, begin, end))) {
      result.ids.push_back(side.lines[index]);
      result.places.push_back(i);
    } else {
      side.changed[index] = 1;
    }
  }
  return result;
}

std::unordered_map<LineId, Line> count_lines(std::span<const LineId> lines) {
  std::unordered_map<LineId, Line> counts;
  counts.reserve(lines.size());
  for (const LineId id : lines) ++counts[id];
  return counts;
}

}  // namespace

void mark_myers(DiffSide before, DiffSide after) {
  Line head = 0;
  const Line shorter = std::min(before.size(), after.size());
  const auto same = [&](Line a, Line b) {
    return before.lines[static_cast<std::size_t>(a)] == after.lines[static_cast<std::size_t>(b)];
  };
  while (head < shorter && same(head, head)) ++head;
  Line tail = 0;
  while (tail < shorter - head && same(before.size() - tail - 1, after.size() - tail - 1)) ++tail;
  if (head + tail == before.size() || head + tail == after.size()) {
    before.part(head, before.size() - tail).mark_all();
    after.part(head, after.size() - tail).mark_all();
    return;
  }
  const auto before_kinds = count_counterparts(before.lines, count_lines(after.lines));
  const auto after_kinds = count_counterparts(after.lines, count_lines(before.lines));
  const Candidates from = pick_candidates(before, before_kinds, head, before.size() - tail);
  const Candidates to = pick_candidates(after, after_kinds, head, after.size() - tail);
  MyersSearch(from, to, before, after).run();
}

}  // namespace pland::engine::merge
