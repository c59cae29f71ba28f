#include "engine/merge/file_merge.h"

#include <algorithm>
#include <array>
#include <utility>

namespace pland::engine::merge {
namespace {

using Line = std::int64_t;

Line end_of(LineRange range) {
  return range.start + range.count;
}
LineRange from_to(Line start, Line end) {
  return {start, end - start};
}

/// One region of the merge that is not common to all three texts.
struct Region {
  enum class Source { ours, theirs, conflict } source;
  LineRange base, ours, theirs;
};

/// Regions in order. One that touches its predecessor, on either side, is joined to it; of regions with
/// different sources that makes a conflict.
void append_region(std::vector<Region>& regions, const Region& next) {
  if (!regions.empty()) {
    Region& last = regions.back();
    if (next.ours.start <= end_of(last.ours) || next.theirs.start <= end_of(last.theirs)) {
      if (next.source != last.source) last.source = Region::Source::conflict;
      last.base = from_to(last.base.start, end_of(next.base));
      last.ours = from_to(last.ours.start, end_of(next.ours));
      last.theirs = from_to(last.theirs.start, end_of(next.theirs));
      return;
    }
  }
  regions.push_back(next);
}

struct Texts {
  const TextLines &base, &ours, &theirs;
  std::vector<LineId> base_ids, ours_ids, theirs_ids;
};

bool same_lines(const std::vector<LineId>& a, LineRange a_range, const std::vector<LineId>& b,
                LineRange b_range) {
  return a_range.count == b_range.count &&
         std::equal(a.begin() + a_range.start, a.begin() + end_of(a_range), b.begin() + b_range.start);
}

/// Walks the changes of both sides together (the grouping of git's xdiff): a change that ends strictly before
/// the other side's next one begins is that side's own; otherwise the two conflict, unless they are the same.
std::vector<Region> group_changes(const std::vector<LineChange>& ours, const std::vector<LineChange>& theirs,
                                  const Texts& texts) {
  std::vector<Region> regions;
  // How far a side's line numbers are ahead of the base's, after its changes so far.
  Line ours_shift = 0, theirs_shift = 0;
  const auto shift_after = [](const LineChange& change) {
    return end_of(change.after) - end_of(change.before);
  };
  auto a = ours.begin();
  auto b = theirs.begin();
  while (a != ours.end() || b != theirs.end()) {
    if (b == theirs.end() || (a != ours.end() && end_of(a->before) < b->before.start)) {
      append_region(
          regions,
          {Region::Source::ours, a->before, a->after, {a->before.start + theirs_shift, a->before.count}});
      ours_shift = shift_after(*a++);
      continue;
    }
    if (a == ours.end() || end_of(b->before) < a->before.start) {
      append_region(
          regions,
          {Region::Source::theirs, b->before, {b->before.start + ours_shift, b->before.count}, b->after});
      theirs_shift = shift_after(*b++);
      continue;
    }
    if (a->before != b->before || !same_lines(texts.ours_ids, a->after, texts.theirs_ids, b->after)) {
      const Line start = std::min(a->before.start, b->before.start);
      const Line end = std::max(end_of(a->before), end_of(b->before));
      const auto grown = [&](const LineChange& change) {
        return from_to(change.after.start - (change.before.start - start),
                       end_of(change.after) + (end - end_of(change.before)));
      };
      append_region(regions, {Region::Source::conflict, from_to(start, end), grown(*a), grown(*b)});
    }
    const Line a_end = end_of(a->before), b_end = end_of(b->before);
    if (a_end >= b_end) theirs_shift = shift_after(*b++);
    if (b_end >= a_end) ours_shift = shift_after(*a++);
  }
  return regions;
}

/// What remains of a conflict when the lines that both sides agree on at its start and end are taken off.
Region trim(const Region& region, const Texts& texts) {
  const auto ours = [&](Line i) { return texts.ours_ids[static_cast<std::size_t>(region.ours.start + i)]; };
  const auto theirs = [&](Line i) {
    return texts.theirs_ids[static_cast<std::size_t>(region.theirs.start + i)];
  };
  const auto base = [&](Line i) { return texts.base_ids[static_cast<std::size_t>(region.base.start + i)]; };
  const Line shorter = std::min(region.ours.count, region.theirs.count);
  Line head = 0, tail = 0;
  while (head < shorter && ours(head) == theirs(head)) ++head;
  while (tail < shorter - head &&
         ours(region.ours.count - tail - 1) == theirs(region.theirs.count - tail - 1)) {
    ++tail;
  }
  // The base gives up what it shares with the trimmed lines; what both sides replaced stays in the hunk.
  Line base_head = 0, base_tail = 0;
  while (base_head < std::min(head, region.base.count) && base(base_head) == ours(base_head)) ++base_head;
  while (base_tail < std::min(tail, region.base.count - base_head) &&
         base(region.base.count - base_tail - 1) == ours(region.ours.count - base_tail - 1)) {
    ++base_tail;
  }
  const auto inner = [](LineRange range, Line from_head, Line from_tail) {
    return LineRange{range.start + from_head, range.count - from_head - from_tail};
  };
  return {Region::Source::conflict, inner(region.base, base_head, base_tail), inner(region.ours, head, tail),
          inner(region.theirs, head, tail)};
}

constexpr Line kGapThatJoins = 3;

/// Where nothing of the base is at stake (both sides added lines at one place, or the whole file), lines that
/// they agree on part the conflict into several. Parts with at most three lines between them stay together,
/// as in git.
std::vector<Region> split(const Region& region, const Texts& texts, DiffAlgorithm algorithm) {
  if (region.base.count > 0) return {region};
  const auto ids = [](const std::vector<LineId>& all, LineRange range) {
    return std::span<const LineId>(all).subspan(static_cast<std::size_t>(range.start),
                                                static_cast<std::size_t>(range.count));
  };
  std::vector<Region> parts;
  for (const LineChange& change :
       diff_ids(ids(texts.ours_ids, region.ours), ids(texts.theirs_ids, region.theirs), algorithm)) {
    const LineRange ours{region.ours.start + change.before.start, change.before.count};
    const LineRange theirs{region.theirs.start + change.after.start, change.after.count};
    if (!parts.empty() && ours.start - end_of(parts.back().ours) <= kGapThatJoins) {
      parts.back().ours = from_to(parts.back().ours.start, end_of(ours));
      parts.back().theirs = from_to(parts.back().theirs.start, end_of(theirs));
    } else {
      parts.push_back({Region::Source::conflict, region.base, ours, theirs});
    }
  }
  return parts;
}

/// Builds the segments; neighbouring clean text is one segment.
class SegmentList {
 public:
  explicit SegmentList(TextMerge& merge) : merge_(merge) {}
  void clean(std::string_view text) {
    if (text.empty()) return;
    if (merge_.segments.empty() || merge_.segments.back().hunk) merge_.segments.emplace_back();
    merge_.segments.back().text += text;
  }
  void conflict(ConflictHunk hunk) {
    merge_.segments.push_back({{}, merge_.hunks.size()});
    merge_.hunks.push_back(std::move(hunk));
  }

 private:
  TextMerge& merge_;
};

/// The line end that the file uses, for where one has to be added: that of the first line that has one.
std::string_view line_end_of(const std::vector<MergeSegment>& segments,
                             const std::vector<ConflictHunk>& hunks) {
  for (const MergeSegment& segment : segments) {
    const std::string& text = segment.hunk ? hunks[*segment.hunk].ours_text : segment.text;
    const std::size_t end = text.find('\n');
    if (end != std::string::npos) return end > 0 && text[end - 1] == '\r' ? "\r\n" : "\n";
  }
  return "\n";
}

/// A text that grows by whole lines: where the last line end is missing, it is added before more follows.
struct GrowingText {
  std::string text;
  std::string_view line_end;

  void add(std::string_view more) {
    if (more.empty()) return;
    if (!text.empty() && text.back() != '\n') text += line_end;
    text += more;
  }
  void add(const ConflictHunk& hunk, Resolution resolution) {
    switch (resolution) {
      case Resolution::ours:
        return add(hunk.ours_text);
      case Resolution::theirs:
        return add(hunk.theirs_text);
      case Resolution::base:
        return add(hunk.base_text);
      case Resolution::manual:
        return add(hunk.manual_text);
      case Resolution::both:
        add(hunk.ours_text), add(hunk.theirs_text);
    }
  }
};

std::string compose_with(const std::vector<MergeSegment>& segments, const std::vector<ConflictHunk>& hunks,
                         auto&& add_hunk) {
  GrowingText result{{}, line_end_of(segments, hunks)};
  for (const MergeSegment& segment : segments) {
    if (segment.hunk) {
      add_hunk(result, hunks[*segment.hunk]);
    } else {
      result.add(segment.text);
    }
  }
  return std::move(result.text);
}

/// The longest run of one marker character that starts a line, over all the texts.
std::size_t longest_marker(std::string_view text, std::size_t longest) {
  for (std::size_t at = 0; at < text.size();) {
    const char first = text[at];
    if (first == '<' || first == '=' || first == '>' || first == '|') {
      const std::size_t end = text.find_first_not_of(first, at);
      longest = std::max(longest, (end == std::string_view::npos ? text.size() : end) - at);
    }
    const std::size_t line_end = text.find('\n', at);
    if (line_end == std::string_view::npos) break;
    at = line_end + 1;
  }
  return longest;
}

}  // namespace

TextMerge merge_text(std::string_view base, std::string_view ours, std::string_view theirs,
                     DiffAlgorithm algorithm) {
  const TextLines base_lines(base), our_lines(ours), their_lines(theirs);
  LineIds ids;
  const Texts texts{base_lines,         our_lines,         their_lines,
                    ids.of(base_lines), ids.of(our_lines), ids.of(their_lines)};
  const auto regions = group_changes(diff_ids(texts.base_ids, texts.ours_ids, algorithm),
                                     diff_ids(texts.base_ids, texts.theirs_ids, algorithm), texts);
  TextMerge merge;
  SegmentList segments(merge);
  Line done = 0;  // lines of ours
  for (const Region& region : regions) {
    segments.clean(our_lines.slice(from_to(done, region.ours.start)));
    done = end_of(region.ours);
    if (region.source == Region::Source::ours) {
      segments.clean(our_lines.slice(region.ours));
    } else if (region.source == Region::Source::theirs) {
      segments.clean(their_lines.slice(region.theirs));
    } else {
      Line shown = region.ours.start;
      for (const Region& part : split(trim(region, texts), texts, algorithm)) {
        segments.clean(our_lines.slice(from_to(shown, part.ours.start)));
        shown = end_of(part.ours);
        if (part.ours.count == 0 && part.theirs.count == 0) continue;  // the same on both sides after all
        segments.conflict({part.base,
                           part.ours,
                           part.theirs,
                           std::string(base_lines.slice(part.base)),
                           std::string(our_lines.slice(part.ours)),
                           std::string(their_lines.slice(part.theirs)),
                           std::nullopt,
                           {}});
      }
      segments.clean(our_lines.slice(from_to(shown, end_of(region.ours))));
    }
  }
  segments.clean(our_lines.slice(from_to(done, our_lines.count())));
  return merge;
}

std::string compose(const std::vector<MergeSegment>& segments, const std::vector<ConflictHunk>& hunks) {
  return compose_with(segments, hunks, [](GrowingText& result, const ConflictHunk& hunk) {
    result.add(hunk, hunk.resolution.value_or(Resolution::ours));
  });
}

std::string compose_all(const TextMerge& merge, Resolution resolution) {
  return compose_with(merge.segments, merge.hunks,
                      [&](GrowingText& result, const ConflictHunk& hunk) { result.add(hunk, resolution); });
}

std::string with_markers(const std::vector<MergeSegment>& segments, const std::vector<ConflictHunk>& hunks,
                         const MarkerLabels& labels) {
  std::size_t longest = 6;
  for (const MergeSegment& segment : segments) longest = longest_marker(segment.text, longest);
  for (const ConflictHunk& hunk : hunks) {
    for (const auto* text : {&hunk.ours_text, &hunk.theirs_text, &hunk.manual_text}) {
      longest = longest_marker(*text, longest);
    }
  }
  const auto marker = [&](char character, const std::string& label, std::string_view line_end) {
    return std::string(longest + 1, character) + (label.empty() ? "" : " " + label) + std::string(line_end);
  };
  return compose_with(segments, hunks, [&](GrowingText& result, const ConflictHunk& hunk) {
    if (hunk.resolution) return result.add(hunk, *hunk.resolution);
    result.add(marker('<', labels.ours, result.line_end));
    result.add(hunk.ours_text);
    result.add(marker('=', "", result.line_end));
    result.add(hunk.theirs_text);
    result.add(marker('>', labels.theirs, result.line_end));
  });
}

}  // namespace pland::engine::merge
