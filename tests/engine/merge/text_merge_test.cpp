#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "engine/merge/file_merge.h"
#include "tests/engine/merge/random_text.h"

using namespace pland::engine;
using namespace pland::engine::merge;
using pland::tests::property;
using pland::tests::three_texts;

namespace {

/// The one hunk of a merge that has one.
ConflictHunk only_hunk(const TextMerge& merge) {
  REQUIRE(merge.hunks.size() == 1);
  return merge.hunks[0];
}

std::string resolved(TextMerge merge, Resolution resolution, std::string manual_text = {}) {
  for (ConflictHunk& hunk : merge.hunks) {
    hunk.resolution = resolution;
    hunk.manual_text = manual_text;
  }
  return compose(merge.segments, merge.hunks);
}

}  // namespace

TEST_CASE("text merge: changes in different places combine") {
  const auto merge = merge_text("a\nb\nc\nd\n", "A\nb\nc\nd\n", "a\nb\nc\nD\nE\n");
  CHECK(merge.clean());
  CHECK(compose(merge.segments, merge.hunks) == "A\nb\nc\nD\nE\n");
}

TEST_CASE("text merge: the same change on both sides is no conflict") {
  const auto merge = merge_text("a\nb\nc\n", "a\nX\nc\n", "a\nX\nc\n");
  CHECK(merge.clean());
  CHECK(compose(merge.segments, merge.hunks) == "a\nX\nc\n");
}

TEST_CASE("text merge: the same line changed twice is a hunk with exact ranges and texts") {
  const auto hunk = only_hunk(merge_text("1\n2\n3\n4\n", "0\n1\n2\nours\n4\n", "1\n2\ntheirs\ntoo\n4\n"));
  CHECK(hunk.base == LineRange{2, 1});
  CHECK(hunk.ours == LineRange{3, 1});
  CHECK(hunk.theirs == LineRange{2, 2});
  CHECK(hunk.base_text == "3\n");
  CHECK(hunk.ours_text == "ours\n");
  CHECK(hunk.theirs_text == "theirs\ntoo\n");
  CHECK_FALSE(hunk.resolution);
}

TEST_CASE("text merge: changes that touch conflict, changes with a line between them do not") {
  CHECK_FALSE(merge_text("a\nb\n", "A\nb\n", "a\nB\n").clean());
  CHECK(merge_text("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n").clean());
}

TEST_CASE("text merge: overlapping changes become one hunk") {
  const auto hunk =
      only_hunk(merge_text("a\nb\nc\nd\ne\nf\ng\n", "a\nB\nC\nd\nE\nF\ng\n", "a\nb\n1\n2\n3\nf\ng\n"));
  CHECK(hunk.base == LineRange{1, 5});
  CHECK(hunk.ours_text == "B\nC\nd\nE\nF\n");
  CHECK(hunk.theirs_text == "b\n1\n2\n3\nf\n");
}

TEST_CASE("text merge: lines that both sides agree on are trimmed off a hunk") {
  const auto merge = merge_text("a\nz\n", "a\nnew\nours\nend\nz\n", "a\nnew\ntheirs\nend\nz\n");
  const auto hunk = only_hunk(merge);
  CHECK(hunk.base == LineRange{1, 0});
  CHECK(hunk.ours == LineRange{2, 1});
  CHECK(hunk.theirs_text == "theirs\n");
  CHECK(compose_all(merge, Resolution::base) == "a\nnew\nend\nz\n");
}

TEST_CASE("text merge: two versions of a new file conflict only where they differ") {
  std::string ours, theirs, both;
  for (int i = 0; i < 20; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    ours += i == 3 || i == 15 ? "ours\n" : line;
    theirs += i == 3 || i == 15 ? "theirs\n" : line;
    both += i == 3 || i == 15 ? "ours\ntheirs\n" : line;
  }
  const auto merge = merge_text("", ours, theirs);
  REQUIRE(merge.hunks.size() == 2);
  CHECK(merge.hunks[1].ours == LineRange{15, 1});
  CHECK(merge.hunks[1].base == LineRange{0, 0});
  CHECK(compose_all(merge, Resolution::both) == both);
}

TEST_CASE("text merge: each resolution gives its text") {
  const auto merge = merge_text("a\nb\nc\n", "a\nours\nc\n", "a\ntheirs\nc\n");
  CHECK(resolved(merge, Resolution::ours) == "a\nours\nc\n");
  CHECK(resolved(merge, Resolution::theirs) == "a\ntheirs\nc\n");
  CHECK(resolved(merge, Resolution::both) == "a\nours\ntheirs\nc\n");
  CHECK(resolved(merge, Resolution::base) == "a\nb\nc\n");
  CHECK(resolved(merge, Resolution::manual, "hand\n") == "a\nhand\nc\n");
  CHECK(resolved(merge, Resolution::manual, "no line end") == "a\nno line end\nc\n");
  CHECK(resolved(merge, Resolution::manual, "") == "a\nc\n");
}

TEST_CASE("text merge: hunks are resolved one by one, and an open one holds ours") {
  auto merge = merge_text("1\n2\n3\n4\n5\n", "1\no2\n3\n4\no5\n", "1\nt2\n3\n4\nt5\n");
  REQUIRE(merge.hunks.size() == 2);
  CHECK(compose(merge.segments, merge.hunks) == "1\no2\n3\n4\no5\n");
  merge.hunks[0].resolution = Resolution::theirs;
  CHECK(compose(merge.segments, merge.hunks) == "1\nt2\n3\n4\no5\n");
  merge.hunks[1].resolution = Resolution::both;
  CHECK(compose(merge.segments, merge.hunks) == "1\nt2\n3\n4\no5\nt5\n");
}

TEST_CASE("text merge: both, when the last lines lack their ends") {
  CHECK(resolved(merge_text("a", "ours", "theirs"), Resolution::both) == "ours\ntheirs");
  CHECK(resolved(merge_text("x\r\na", "x\r\nours", "x\r\ntheirs"), Resolution::both) ==
        "x\r\nours\r\ntheirs");
}

TEST_CASE("text merge: adding the final line end is a change like any other") {
  CHECK(compose_all(merge_text("a\nb\nc", "a\nb\nc\n", "A\nb\nc"), Resolution::ours) == "A\nb\nc\n");
  CHECK_FALSE(merge_text("a", "a\n", "b").clean());
}

TEST_CASE("text merge: markers surround the open hunks only, and keep the file's line ends") {
  auto merge = merge_text("1\n2\n3\n4\n5\n", "1\no2\n3\n4\no5\n", "1\nt2\n3\n4\nt5\n");
  merge.hunks[0].resolution = Resolution::theirs;
  CHECK(with_markers(merge.segments, merge.hunks, {"net", "docs"}) ==
        "1\nt2\n3\n4\n<<<<<<< net\no5\n=======\nt5\n>>>>>>> docs\n");
  const auto crlf = merge_text("a\r\n", "b\r\n", "c\r\n");
  CHECK(with_markers(crlf.segments, crlf.hunks, {"x", "y"}) ==
        "<<<<<<< x\r\nb\r\n=======\r\nc\r\n>>>>>>> y\r\n");
}

TEST_CASE("text merge: markers outgrow those the text already has") {
  const auto merge = merge_text("a\n", "=======\n", "<<<<<<<<< x\n");
  CHECK(with_markers(merge.segments, merge.hunks, {"o", "t"}) ==
        "<<<<<<<<<< o\n=======\n==========\n<<<<<<<<< x\n>>>>>>>>>> t\n");
}

TEST_CASE("binary is a NUL among the first 8000 bytes") {
  CHECK_FALSE(is_binary(""));
  CHECK(is_binary(std::string_view("a\0b", 3)));
  CHECK(is_binary(std::string(7999, 'a') + '\0'));
  CHECK_FALSE(is_binary(std::string(8000, 'a') + '\0'));
}

TEST_CASE("text merge property: hunks and segments describe the three texts") {
  property("every hunk's texts are what its ranges name, in order and apart", [] {
    const auto [base, ours, theirs] = *three_texts();
    const TextLines base_lines(base), our_lines(ours), their_lines(theirs);
    const auto merge = merge_text(base, ours, theirs);
    std::int64_t base_end = 0, ours_end = 0, theirs_end = 0;
    for (const ConflictHunk& hunk : merge.hunks) {
      RC_ASSERT(hunk.base.start >= base_end);
      RC_ASSERT(hunk.ours.start >= ours_end);
      RC_ASSERT(hunk.theirs.start >= theirs_end);
      base_end = hunk.base.start + hunk.base.count;
      ours_end = hunk.ours.start + hunk.ours.count;
      theirs_end = hunk.theirs.start + hunk.theirs.count;
      RC_ASSERT(base_end <= base_lines.count());
      RC_ASSERT(ours_end <= our_lines.count());
      RC_ASSERT(theirs_end <= their_lines.count());
      RC_ASSERT(hunk.base_text == base_lines.slice(hunk.base));
      RC_ASSERT(hunk.ours_text == our_lines.slice(hunk.ours));
      RC_ASSERT(hunk.theirs_text == their_lines.slice(hunk.theirs));
      RC_ASSERT(hunk.ours_text != hunk.theirs_text);
    }
    std::size_t next = 0;
    for (const MergeSegment& segment : merge.segments) {
      if (segment.hunk) RC_ASSERT(*segment.hunk == next++);
      RC_ASSERT(segment.hunk.has_value() == segment.text.empty());
    }
    RC_ASSERT(next == merge.hunks.size());
  });
}

TEST_CASE("text merge property: one side alone decides where the other changed nothing") {
  property("an unchanged side yields the other", [] {
    const auto [base, ours, theirs] = *three_texts();
    const auto mine = merge_text(base, ours, base), other = merge_text(base, base, theirs);
    RC_ASSERT(mine.clean());
    RC_ASSERT(compose(mine.segments, mine.hunks) == ours);
    RC_ASSERT(other.clean());
    RC_ASSERT(compose(other.segments, other.hunks) == theirs);
  });
  property("identical sides are clean", [] {
    const auto [base, ours, theirs] = *three_texts();
    const auto merge = merge_text(base, ours, ours);
    RC_ASSERT(merge.clean());
    RC_ASSERT(compose(merge.segments, merge.hunks) == ours);
  });
}

TEST_CASE("text merge property: symmetry") {
  property("the verdict does not depend on the order of the sides, nor does what they agree on", [] {
    const auto [base, ours, theirs] = *three_texts();
    const auto there = merge_text(base, ours, theirs), back = merge_text(base, theirs, ours);
    RC_ASSERT(there.clean() == back.clean());
    RC_ASSERT(compose_all(there, Resolution::ours) == compose_all(back, Resolution::theirs));
    RC_ASSERT(compose_all(there, Resolution::theirs) == compose_all(back, Resolution::ours));
  });
  property("when the sides conflict everywhere, all ours is ours", [] {
    // The base has nothing in common with either side, so nothing of theirs can slip in as clean.
    const auto texts = *three_texts();
    const auto& ours = std::get<1>(texts);
    const auto& theirs = std::get<2>(texts);
    const auto merge = merge_text("only in base\n", ours, theirs);
    RC_ASSERT(compose_all(merge, Resolution::ours) == ours);
    RC_ASSERT(compose_all(merge, Resolution::theirs) == theirs);
  });
}

TEST_CASE("text merge property: markers leave nothing out") {
  property("the marked text holds the lines of all ours in order, and ends each marker line", [] {
    const auto [base, ours, theirs] = *three_texts();
    const auto merge = merge_text(base, ours, theirs);
    const auto marked = with_markers(merge.segments, merge.hunks, {"ours", "theirs"});
    std::string taken;  // what a reader gets who keeps the upper halves
    int half = 0;
    std::size_t hunks = 0;
    const TextLines lines(marked);
    for (std::int64_t i = 0; i < lines.count(); ++i) {
      const auto line = lines.line(i);
      if (line.starts_with("<<<<<<< ours")) {
        half = 1, ++hunks;
      } else if (half == 1 && line.starts_with("=======")) {
        half = 2;
      } else if (half == 2 && line.starts_with(">>>>>>> theirs")) {
        half = 0;
      } else if (half != 2) {
        taken += line;
      }
    }
    RC_ASSERT(half == 0);
    RC_ASSERT(hunks == merge.hunks.size());
    const auto all_ours = compose_all(merge, Resolution::ours);
    RC_ASSERT(taken == all_ours || taken == all_ours + "\n" || taken == all_ours + "\r\n");
  });
}
