#include "engine/merge/line_diff.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "engine/merge/line_map.h"
#include "tests/engine/merge/random_text.h"

using namespace pland::engine;
using namespace pland::engine::merge;
using pland::tests::property;
using pland::tests::three_texts;

namespace {

std::vector<LineChange> diff_with(DiffAlgorithm algorithm, std::string_view before, std::string_view after) {
  const TextLines before_lines(before), after_lines(after);
  LineIds ids;
  const auto before_ids = ids.of(before_lines), after_ids = ids.of(after_lines);
  return diff_ids(before_ids, after_ids, algorithm);
}

/// The new text, rebuilt from the old one and the changes; fails unless what they leave out is common.
std::string rebuilt(const std::vector<LineChange>& changes, std::string_view before, std::string_view after) {
  const TextLines before_lines(before), after_lines(after);
  std::string text;
  std::int64_t done = 0;
  for (const LineChange& change : changes) {
    RC_ASSERT(change.before.count + change.after.count > 0);
    RC_ASSERT(change.before.start >= done);
    RC_ASSERT(done == 0 || change.before.start > done);  // never touching
    text += before_lines.slice({done, change.before.start - done});
    RC_ASSERT(text.size() ==
              (change.after.start == 0 ? 0 : after_lines.slice({0, change.after.start}).size()));
    text += after_lines.slice(change.after);
    done = change.before.start + change.before.count;
  }
  return text.append(before_lines.slice({done, before_lines.count() - done}));
}

std::string numbered(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

}  // namespace

TEST_CASE("lines keep their ends") {
  const TextLines lines("a\r\n\nb\rc\nd");
  REQUIRE(lines.count() == 4);
  CHECK(lines.line(0) == "a\r\n");
  CHECK(lines.line(1) == "\n");
  CHECK(lines.line(2) == "b\rc\n");
  CHECK(lines.line(3) == "d");
  CHECK(lines.slice({1, 2}) == "\nb\rc\n");
  CHECK(TextLines("").count() == 0);
  CHECK(TextLines("\n").count() == 1);
}

TEST_CASE("line diff: small cases") {
  CHECK(diff_lines("", "").empty());
  CHECK(diff_lines("a\n", "a\n").empty());
  CHECK(diff_lines("", "a\nb\n") == std::vector<LineChange>{{{0, 0}, {0, 2}}});
  CHECK(diff_lines("a\nb\n", "") == std::vector<LineChange>{{{0, 2}, {0, 0}}});
  CHECK(diff_lines("a\nb\nc\n", "a\nX\nc\n") == std::vector<LineChange>{{{1, 1}, {1, 1}}});
  CHECK(diff_lines("a", "a\n") == std::vector<LineChange>{{{0, 1}, {0, 1}}});
  CHECK(diff_lines("xa\nb\n", "ya\nb\n") == std::vector<LineChange>{{{0, 1}, {0, 1}}});
}

TEST_CASE("line diff: a group slides to its lowest place, or opposite a change of the other side") {
  for (const auto algorithm : {DiffAlgorithm::myers, DiffAlgorithm::histogram}) {
    CHECK(diff_with(algorithm, "a\nb\nb\nc\n", "a\nb\nb\nb\nc\n") ==
          std::vector<LineChange>{{{3, 0}, {3, 1}}});
    CHECK(diff_with(algorithm, "{\n1\n}\n", "{\n1\n}\n{\n2\n}\n") ==
          std::vector<LineChange>{{{3, 0}, {3, 3}}});
  }
}

TEST_CASE("line diff: histogram anchors on rare lines where myers takes the shortest script") {
  const std::string before = "}\n}\nrare\n", after = "rare\n}\n}\n";
  CHECK(diff_with(DiffAlgorithm::myers, before, after).size() == 2);
  const auto changes = diff_with(DiffAlgorithm::histogram, before, after);
  CHECK(changes == std::vector<LineChange>{{{0, 2}, {0, 0}}, {{3, 0}, {1, 2}}});
}

TEST_CASE("line diff property: the changes turn one text into the other") {
  for (const auto algorithm : {DiffAlgorithm::myers, DiffAlgorithm::histogram}) {
    property("rebuilding gives the new text", [algorithm] {
      const auto [base, ours, theirs] = *three_texts();
      RC_ASSERT(rebuilt(diff_with(algorithm, base, ours), base, ours) == ours);
      RC_ASSERT(rebuilt(diff_with(algorithm, ours, theirs), ours, theirs) == theirs);
    });
  }
  property("the same with the ends trimmed first", [] {
    const auto [base, ours, theirs] = *three_texts();
    RC_ASSERT(rebuilt(diff_lines(base, ours), base, ours) == ours);
    RC_ASSERT(rebuilt(diff_lines(ours, theirs), ours, theirs) == theirs);
  });
}

TEST_CASE("line diff: texts that share nothing, or only lines that occur too often, are bounded work") {
  std::string left, right;
  for (int i = 0; i < 20000; ++i) {
    left += i % 2 == 0 ? "}\n" : "left " + std::to_string(i) + "\n";
    right += i % 3 == 0 ? "}\n" : "right " + std::to_string(i) + "\n";
  }
  for (const auto algorithm : {DiffAlgorithm::myers, DiffAlgorithm::histogram}) {
    CHECK(rebuilt(diff_with(algorithm, left, right), left, right) == right);
  }
}

TEST_CASE("line map: a range follows its lines") {
  const std::string before = numbered(0, 10);
  SUBCASE("typing above moves it") {
    CHECK(LineMap(before, "new\nnewer\n" + before).map({4, 3}) == LineRange{6, 3});
  }
  SUBCASE("typing below leaves it") {
    CHECK(LineMap(before, before + "new\n").map({4, 3}) == LineRange{4, 3});
  }
  SUBCASE("lines inserted inside belong to it, those at its borders do not") {
    CHECK(LineMap(before, numbered(0, 5) + "new\n" + numbered(5, 10)).map({4, 3}) == LineRange{4, 4});
    CHECK(LineMap(before, numbered(0, 4) + "new\n" + numbered(4, 10)).map({4, 3}) == LineRange{5, 3});
    CHECK(LineMap(before, numbered(0, 7) + "new\n" + numbered(7, 10)).map({4, 3}) == LineRange{4, 3});
  }
  SUBCASE("a replaced line stays in it") {
    CHECK(LineMap(before, numbered(0, 4) + "x\n" + numbered(5, 10)).map({4, 3}) == LineRange{4, 3});
    CHECK(LineMap(before, numbered(0, 4) + "x\ny\nz\nw\n" + numbered(7, 10)).map({4, 3}) == LineRange{4, 4});
  }
  SUBCASE("a replacement that reaches beyond it is entered as far") {
    CHECK(LineMap(before, numbered(0, 2) + "x\ny\n" + numbered(8, 10)).map({4, 3}) == LineRange{3, 1});
    CHECK(LineMap(before, numbered(0, 3) + "x\n" + numbered(5, 10)).map({4, 3}) == LineRange{3, 3});
  }
  SUBCASE("when it is deleted an empty range stays at its place") {
    CHECK(LineMap(before, numbered(0, 4) + numbered(7, 10)).map({4, 3}) == LineRange{4, 0});
    CHECK(LineMap(before, numbered(0, 2) + numbered(8, 10)).map({4, 3}) == LineRange{2, 0});
    CHECK(LineMap(before, "").map({4, 3}) == LineRange{0, 0});
  }
  SUBCASE("an empty range moves and stays empty") {
    CHECK(LineMap(before, "new\n" + before).map({4, 0}) == LineRange{5, 0});
    CHECK(LineMap(before, numbered(0, 2) + numbered(8, 10)).map({4, 0}) == LineRange{2, 0});
    CHECK(LineMap(before, before + "new\n").map({10, 0}) == LineRange{11, 0});
  }
}

TEST_CASE("line map property: ranges stay in bounds and unchanged lines keep their text") {
  property("mapped ranges", [] {
    const auto [base, ours, theirs] = *three_texts();
    const TextLines before(ours), after(theirs);
    const LineMap map(ours, theirs);
    const auto start = *rc::gen::inRange<std::int64_t>(0, before.count() + 1);
    const auto count = *rc::gen::inRange<std::int64_t>(0, before.count() - start + 1);
    const LineRange range{start, count}, mapped = map.map(range);
    RC_ASSERT(mapped.start >= 0);
    RC_ASSERT(mapped.count >= 0);
    RC_ASSERT(mapped.start + mapped.count <= after.count());
    const bool touched =
        std::any_of(map.changes().begin(), map.changes().end(), [&](const LineChange& change) {
          const auto change_end = change.before.start + change.before.count;
          return change.before.count == 0 ? start < change.before.start && change.before.start < start + count
                                          : start < change_end && change.before.start < start + count;
        });
    if (!touched && count > 0) RC_ASSERT(after.slice(mapped) == before.slice(range));
    // A part of a range maps into what the range maps to.
    if (count > 1) {
      const LineRange inner = map.map({start + 1, count - 1});
      RC_ASSERT(inner.start >= mapped.start);
      RC_ASSERT(inner.start + inner.count <= mapped.start + mapped.count);
    }
  });
}

TEST_CASE("line map: one edited line in a large text") {
  const std::string before = numbered(0, 10000);
  const std::string after = numbered(0, 5000) + "edited\n" + numbered(5001, 10000) + "appended";
  const LineMap map(before, after);
  CHECK(map.changes() == std::vector<LineChange>{{{5000, 1}, {5000, 1}}, {{10000, 0}, {10000, 1}}});
  CHECK(map.map({9990, 10}) == LineRange{9990, 10});
}
