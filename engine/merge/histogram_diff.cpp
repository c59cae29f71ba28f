// Histogram diff (first in JGit's HistogramDiff, by Shawn Pearce): the two texts are split around the longest
// common run among those that hold the rarest lines, and the parts before and after it are treated the same
// way. Lines that occur very often are no anchors; a part whose common lines are all of that sort is left to
// Myers' algorithm.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/merge/change_marks.h"

namespace pland::engine::merge {
namespace {

using Line = std::int64_t;

constexpr Line kTooOften = 65;  // occurrences from which a line is no anchor
constexpr Line kNone = -1;

/// Lines [before, before_end) of one text against [after, after_end) of the other.
struct Part {
  Line before, before_end, after, after_end;
};

/// Lines [before, before + length) of one text equal [after, after + length) of the other.
struct CommonRun {
  Line before = 0, after = 0, length = 0;
};

struct Anchor {
  CommonRun run;            // length 0: nothing in common
  bool only_often = false;  // there are common lines, but all of them occur too often
};

class HistogramSearch {
 public:
  HistogramSearch(DiffSide before, DiffSide after)
      : before_(before), after_(after), next_(before.lines.size()), count_(before.lines.size()) {
    LineId highest = -1;
    for (const auto& side : {before, after}) {
      for (const LineId id : side.lines) highest = std::max(highest, id);
    }
    entries_.resize(static_cast<std::size_t>(highest) + 1);
  }

  void compare(Part part) {
    while (part.before < part.before_end && part.after < part.after_end) {
      const Anchor anchor = find_anchor(part);
      if (anchor.only_often) {
        mark_myers(before_.part(part.before, part.before_end), after_.part(part.after, part.after_end));
        return;
      }
      if (anchor.run.length == 0) break;
      const CommonRun& run = anchor.run;
      compare({part.before, run.before, part.after, run.after});
      part.before = run.before + run.length;
      part.after = run.after + run.length;
    }
    before_.part(part.before, part.before_end).mark_all();
    after_.part(part.after, part.after_end).mark_all();
  }

 private:
  /// Where a line first occurs in the part of the old text under study, and how often.
  struct Entry {
    Line first = kNone, count = 0;
  };

  LineId before_id(Line at) const { return before_.lines[static_cast<std::size_t>(at)]; }
  LineId after_id(Line at) const { return after_.lines[static_cast<std::size_t>(at)]; }
  bool same(Line a, Line b) const { return before_id(a) == after_id(b); }
  Entry& entry(LineId id) { return entries_[static_cast<std::size_t>(id)]; }
  Line& next(Line at) { return next_[static_cast<std::size_t>(at)]; }
  Line& count(Line at) { return count_[static_cast<std::size_t>(at)]; }

  void index(const Part& part) {
    for (Line at = part.before_end - 1; at >= part.before; --at) {
      Entry& known = entry(before_id(at));
      next(at) = known.first;
      known.first = at;
      ++known.count;
    }
    for (Line at = part.before; at < part.before_end; ++at) count(at) = entry(before_id(at)).count;
  }

  void forget(const Part& part) {
    for (Line at = part.before; at < part.before_end; ++at) entry(before_id(at)) = {};
  }

  Anchor find_anchor(const Part& part) {
    index(part);
    Anchor best;
    Line rarest = kTooOften;
    bool common = false;
    for (Line at = part.after; at < part.after_end;) {
      Line next_at = at + 1;
      const Entry known = entry(after_id(at));
      common = common || known.count > 0;
      for (Line place = known.count > rarest ? kNone : known.first; place != kNone;) {
        Line occurrences = known.count;
        const CommonRun run = grow(part, place, at, occurrences);
        next_at = std::max(next_at, run.after + run.length);
        if (run.length > best.run.length || occurrences < rarest) {
          best.run = run;
          rarest = occurrences;
        }
        do place = next(place);
        while (place != kNone && place < run.before + run.length);
      }
      at = next_at;
    }
    best.only_often = common && rarest >= kTooOften;
    forget(part);
    return best;
  }

  /// The longest common run through (place, at); `occurrences` becomes that of its rarest line.
  CommonRun grow(const Part& part, Line place, Line at, Line& occurrences) {
    CommonRun run{place, at, 1};
    while (run.before > part.before && run.after > part.after && same(run.before - 1, run.after - 1)) {
      --run.before, --run.after, ++run.length;
      occurrences = std::min(occurrences, count(run.before));
    }
    while (run.before + run.length < part.before_end && run.after + run.length < part.after_end &&
           same(run.before + run.length, run.after + run.length)) {
      occurrences = std::min(occurrences, count(run.before + run.length));
      ++run.length;
    }
    return run;
  }

  DiffSide before_, after_;
  std::vector<Line> next_, count_;  // of every line of the old text: its next occurrence, and their number
  std::vector<Entry> entries_;      // by id
};

}  // namespace

void mark_histogram(DiffSide before, DiffSide after) {
  HistogramSearch(before, after).compare({0, before.size(), 0, after.size()});
}

}  // namespace pland::engine::merge
