#include "engine/planfile/text_check.h"

#include <algorithm>
#include <cstdint>

#include "engine/base/utf8.h"

namespace pland::engine::planfile {
namespace {

// Four characters of the private use area, three bytes each: as long as "\ud83d\ude00".
constexpr std::string_view kPlaceholder = "\xEF\xA3\xB0\xEF\xA3\xB1\xEF\xA3\xB0\xEF\xA3\xB1";
constexpr std::size_t kPairBytes = kPlaceholder.size();

std::string utf8_of(char32_t c) {  // only for characters beyond U+FFFF
  const auto byte = [](char32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
  return {byte(0xF0 | (c >> 18)), byte(0x80 | ((c >> 12) & 0x3F)), byte(0x80 | ((c >> 6) & 0x3F)),
          byte(0x80 | (c & 0x3F))};
}

/// The number of four hexadecimal digits behind "\u" at `offset`; nothing when there is no such escape.
std::optional<std::uint32_t> unicode_escape(std::string_view text, std::size_t offset) {
  if (text.substr(offset, 2) != "\\u" || offset + 6 > text.size()) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : text.substr(offset + 2, 4)) {
    value <<= 4;
    if (c >= '0' && c <= '9')
      value |= static_cast<std::uint32_t>(c - '0');
    else if (c >= 'a' && c <= 'f')
      value |= static_cast<std::uint32_t>(c - 'a' + 10);
    else if (c >= 'A' && c <= 'F')
      value |= static_cast<std::uint32_t>(c - 'A' + 10);
    else
      return std::nullopt;
  }
  return value;
}

}  // namespace

std::optional<BadText> find_bad_text(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c == '\r' && (at + 1 == text.size() || text[at + 1] != '\n')) {
      return BadText{at, "a carriage return without a line feed", "end lines with LF or CRLF"};
    }
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) {
      return BadText{at, "a control character, which YAML does not allow",
                     "write it as an escape in double quotes"};
    }
    const std::size_t length = utf8_length(text.substr(at));
    if (length == 0) return BadText{at, "this is not UTF-8", "save the file in the encoding UTF-8"};
    at += length;
  }
  return std::nullopt;
}

SurrogatePairs::SurrogatePairs(std::string_view text) : replaced_(text) {
  // A text that uses the placeholder itself is left alone.
  if (text.find("\\u") == std::string_view::npos || text.find(kPlaceholder) != std::string_view::npos) return;
  for (std::size_t at = text.find('\\'); at != std::string_view::npos; at = text.find('\\', at)) {
    const auto high = unicode_escape(text, at);
    const auto low = high ? unicode_escape(text, at + 6) : std::nullopt;
    if (!low || *high < 0xD800 || *high > 0xDBFF || *low < 0xDC00 || *low > 0xDFFF) {
      at += 2;  // the backslash and what it escapes
      continue;
    }
    const char32_t character = 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00);
    pairs_.push_back({at, character, std::string(text.substr(at, kPairBytes))});
    replaced_.replace(at, kPairBytes, kPlaceholder);
    at += kPairBytes;
  }
}

void SurrogatePairs::restore(std::string& value, std::size_t begin, bool double_quoted) const {
  if (pairs_.empty()) return;
  auto pair =
      std::lower_bound(pairs_.begin(), pairs_.end(), begin,
                       [](const Pair& candidate, std::size_t offset) { return candidate.offset < offset; });
  for (std::size_t at = value.find(kPlaceholder); at != std::string::npos && pair != pairs_.end();
       at = value.find(kPlaceholder, at), ++pair) {
    const std::string mended = double_quoted ? utf8_of(pair->character) : pair->written;
    value.replace(at, kPairBytes, mended);
    at += mended.size();
  }
}

}  // namespace pland::engine::planfile
