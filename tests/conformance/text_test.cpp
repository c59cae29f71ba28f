#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "tests/conformance/text.h"

using namespace pland::conformance;

namespace {
constexpr Encoding encodings[] = {Encoding::utf8, Encoding::utf16, Encoding::utf32};
}

TEST_CASE("lines end at all three endings, and the last line may be empty") {
  CHECK(Text("").line_count() == 1);
  CHECK(Text("a\n").line_count() == 2);
  CHECK(Text("a\r\nb\rc\nd").line_count() == 4);
  CHECK(Text("a\r\n").line_length(0, Encoding::utf8) == 1);
}

TEST_CASE("a line's length is counted in the encoding's units") {
  const Text text("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");  // a, e acute, euro, a smile
  CHECK(text.line_length(0, Encoding::utf8) == 10);
  CHECK(text.line_length(0, Encoding::utf16) == 5);
  CHECK(text.line_length(0, Encoding::utf32) == 4);
}

TEST_CASE("positions past an end or inside a character are refused") {
  const Text text("\xF0\x9F\x98\x80\r\nb");
  using Kind = PlaceProblem::Kind;
  CHECK(text.problem({0, 1}, Encoding::utf16)->kind == Kind::inside_character);
  CHECK(text.problem({0, 2}, Encoding::utf8)->kind == Kind::inside_character);
  CHECK(text.problem({0, 2}, Encoding::utf32)->kind == Kind::outside);
  CHECK(text.problem({0, 3}, Encoding::utf16)->kind == Kind::outside);  // between \r and \n
  CHECK(text.problem({2, 0}, Encoding::utf16)->kind == Kind::outside);
  CHECK_FALSE(text.problem({0, 2}, Encoding::utf16));
  CHECK_FALSE(text.problem({1, 1}, Encoding::utf16));
}

TEST_CASE("place and offset are each other's inverse, in every encoding") {
  CHECK(rc::check("round trip", [] {
    static const std::string pieces[] = {
        "a", "\n", "\r\n", "\r", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    std::string utf8;
    std::vector<std::size_t> boundaries{0};
    for (int i : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 7))) {
      utf8 += pieces[static_cast<std::size_t>(i)];
      boundaries.push_back(utf8.size());
    }
    const Text text(utf8);
    for (const std::size_t offset : boundaries) {
      // \r and \n drawn one after the other are one line end.
      if (offset > 0 && offset < utf8.size() && utf8[offset - 1] == '\r' && utf8[offset] == '\n') continue;
      for (const Encoding encoding : encodings) {
        const Place place = text.place(offset, encoding);
        RC_ASSERT(!text.problem(place, encoding).has_value());
        RC_ASSERT(text.offset(place, encoding) == offset);
      }
    }
  }));
}
