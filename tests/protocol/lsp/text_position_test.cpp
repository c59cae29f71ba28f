#include "protocol/lsp/text_position.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <string>

#include "tests/protocol/lsp/random_text.h"

using namespace pland::lsp;
using E = PositionEncoding;

namespace {

constexpr E encodings[] = {E::utf8, E::utf16, E::utf32};

// The naive reference: walks the text from its beginning, one character at a time, and writes down for every
// byte offset the position it has. Its own UTF-8 decoder is a plain transcription of table 3-7.
struct Reference {
  std::string text;
  E encoding;
  std::vector<Position> at;                     ///< by byte offset, 0..size
  std::vector<std::size_t> content_end;         ///< by line
  std::vector<std::vector<std::size_t>> units;  ///< by line: the offset a character column means

  Reference(std::string given, E given_encoding) : text(std::move(given)), encoding(given_encoding) {
    at.resize(text.size() + 1);
    Position here;
    units.emplace_back();
    std::size_t i = 0;
    while (i < text.size()) {
      const bool crlf = text.compare(i, 2, "\r\n") == 0;
      if (crlf || text[i] == '\n' || text[i] == '\r') {
        content_end.push_back(i);
        at[i] = here;
        if (crlf) at[i + 1] = here;  // between CR and LF: the end of the line
        i += crlf ? 2 : 1;
        ++here.line;
        here.character = 0;
        units.emplace_back();
        continue;
      }
      const std::size_t length = well_formed_length(i);
      const std::size_t cost = encoding == E::utf8 ? length : encoding == E::utf16 && length == 4 ? 2 : 1;
      for (std::size_t k = 0; k < length; ++k) at[i + k] = here;
      for (std::size_t k = 0; k < cost; ++k) units.back().push_back(i);
      here.character += static_cast<std::uint32_t>(cost);
      i += length;
    }
    at[text.size()] = here;
    content_end.push_back(text.size());
  }

  std::size_t offset(Position position) const {
    if (position.line >= content_end.size()) return text.size();
    const auto& line = units[position.line];
    return position.character < line.size() ? line[position.character] : content_end[position.line];
  }

 private:
  bool in(std::size_t i, int low, int high) const {
    if (i >= text.size()) return false;
    const int byte = static_cast<unsigned char>(text[i]);
    return byte >= low && byte <= high;
  }
  std::size_t well_formed_length(std::size_t i) const {
    const auto tail = [this](std::size_t k) { return in(k, 0x80, 0xBF); };
    if (in(i, 0xC2, 0xDF) && tail(i + 1)) return 2;
    if (in(i, 0xE0, 0xE0) && in(i + 1, 0xA0, 0xBF) && tail(i + 2)) return 3;
    if (in(i, 0xE1, 0xEC) && tail(i + 1) && tail(i + 2)) return 3;
    if (in(i, 0xED, 0xED) && in(i + 1, 0x80, 0x9F) && tail(i + 2)) return 3;
    if (in(i, 0xEE, 0xEF) && tail(i + 1) && tail(i + 2)) return 3;
    if (in(i, 0xF0, 0xF0) && in(i + 1, 0x90, 0xBF) && tail(i + 2) && tail(i + 3)) return 4;
    if (in(i, 0xF1, 0xF3) && tail(i + 1) && tail(i + 2) && tail(i + 3)) return 4;
    if (in(i, 0xF4, 0xF4) && in(i + 1, 0x80, 0x8F) && tail(i + 2) && tail(i + 3)) return 4;
    return 1;
  }
};

Position position(std::string_view text, std::size_t offset, E encoding) {
  return position_at(text, LineIndex(text), offset, encoding);
}
std::size_t offset(std::string_view text, Position at, E encoding) {
  return offset_at(text, LineIndex(text), at, encoding);
}

}  // namespace

TEST_CASE("text_position: the specification's example, a𐐀b") {
  const std::string text = "a\U00010400b";
  CHECK(position(text, 5, E::utf8) == Position{0, 5});
  CHECK(position(text, 5, E::utf16) == Position{0, 3});
  CHECK(position(text, 5, E::utf32) == Position{0, 2});
  CHECK(offset(text, {0, 3}, E::utf16) == 5);
  CHECK(offset(text, {0, 2}, E::utf16) == 1);  // half of a surrogate pair means the character's beginning
  CHECK(offset(text, {0, 3}, E::utf8) == 1);   // and so does the middle of a UTF-8 sequence
  CHECK(re_encode(text, LineIndex(text), {0, 3}, E::utf16, E::utf8) == Position{0, 5});
  CHECK(count_units(text, E::utf8) == 6);
  CHECK(count_units(text, E::utf16) == 4);
  CHECK(count_units(text, E::utf32) == 3);
}

TEST_CASE("text_position: line ends are LF, CRLF and a lone CR") {
  const std::string text = "a\nbc\r\nd\re\r\n";
  const LineIndex lines(text);
  REQUIRE(lines.line_count() == 5);
  CHECK(line_content(text, lines, 0) == Span{0, 1});
  CHECK(line_content(text, lines, 1) == Span{2, 4});
  CHECK(line_content(text, lines, 2) == Span{6, 7});
  CHECK(line_content(text, lines, 3) == Span{8, 9});
  CHECK(line_content(text, lines, 4) == Span{11, 11});
  CHECK(lines.line_of(5) == 1);
  CHECK(lines.line_of(6) == 2);
  CHECK(lines.line_of(1000) == 4);
  CHECK(LineIndex("").line_count() == 1);
  CHECK(LineIndex("\r").line_count() == 2);
  CHECK(LineIndex("\n\r").line_count() == 3);
  CHECK(LineIndex("x").line_count() == 1);
}

TEST_CASE("text_position: positions are clamped as LSP says") {
  const std::string text = "ab\r\ncd";
  for (const E encoding : encodings) {
    CHECK(offset(text, {0, 99}, encoding) == 2);  // the end of the line, before its line end
    CHECK(offset(text, {1, 99}, encoding) == 6);
    CHECK(offset(text, {2, 0}, encoding) == 6);  // the end of the text
    CHECK(offset(text, {4294967295U, 4294967295U}, encoding) == 6);
    CHECK(position(text, 99, encoding) == Position{1, 2});
    CHECK(position(text, 3, encoding) == Position{0, 2});  // between CR and LF
    CHECK(span_of(text, LineIndex(text), {{1, 1}, {0, 1}}, encoding) == Span{5, 5});
    CHECK(range_of(text, LineIndex(text), {1, 5}, encoding) == Range{{0, 1}, {1, 1}});
  }
}

TEST_CASE("text_position: invalid UTF-8 counts one unit a byte") {
  for (const std::string& text : {std::string("\xff\xfe"), std::string("\xc0\x80"), std::string("\x80\x80"),
                                  std::string("\xf0\x9f"), std::string("\xe2\x82")}) {
    for (const E encoding : encodings) {
      CHECK(position(text, 2, encoding) == Position{0, 2});
      CHECK(offset(text, {0, 1}, encoding) == 1);
    }
  }
  CHECK(position("\xed\xa0\x80", 3, E::utf32) == Position{0, 3});      // a surrogate in UTF-8
  CHECK(position("\xf4\x90\x80\x80", 4, E::utf16) == Position{0, 4});  // past U+10FFFF
}

TEST_CASE("text_position: like the naive reference, at every offset and every position") {
  const bool holds = rc::check([] {
    const std::string text = *random_text();
    const LineIndex lines(text);
    for (const E encoding : encodings) {
      const Reference reference(text, encoding);
      RC_ASSERT(lines.line_count() == reference.content_end.size());
      for (std::size_t i = 0; i <= text.size(); ++i) {
        RC_ASSERT(position_at(text, lines, i, encoding) == reference.at[i]);
      }
      for (std::uint32_t line = 0; line <= lines.line_count(); ++line) {
        for (std::uint32_t character = 0; character < 40; ++character) {
          RC_ASSERT(offset_at(text, lines, {line, character}, encoding) ==
                    reference.offset({line, character}));
        }
      }
    }
  });
  CHECK(holds);
}

TEST_CASE("text_position: an index that follows an edit equals a new one") {
  const bool holds = rc::check([] {
    std::string text = *random_text();
    LineIndex lines(text);
    for (int edit = 0; edit < 4; ++edit) {
      const auto begin = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
      const auto end = *rc::gen::inRange<std::size_t>(begin, text.size() + 1);
      const std::string inserted = *random_text();
      text.replace(begin, end - begin, inserted);
      lines.update({begin, end}, inserted.size(), text);
      RC_ASSERT(lines == LineIndex(text));
    }
  });
  CHECK(holds);
}
