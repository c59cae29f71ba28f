#include "protocol/lsp/text_position.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace pland::lsp {
namespace {

/// The length in bytes of the character at `i`: 1 for ASCII and for a byte of no valid sequence.
/// Well-formed sequences are those of the Unicode Standard, table 3-7.
std::size_t character_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const auto continues = [&](std::size_t k, unsigned low = 0x80, unsigned high = 0xbf) {
    return k < text.size() && byte(k) >= low && byte(k) <= high;
  };
  const unsigned first = byte(i);
  if (first < 0xc2) return 1;
  if (first < 0xe0) return continues(i + 1) ? 2 : 1;
  if (first < 0xf0) {
    const unsigned low = first == 0xe0 ? 0xa0 : 0x80;
    const unsigned high = first == 0xed ? 0x9f : 0xbf;
    return continues(i + 1, low, high) && continues(i + 2) ? 3 : 1;
  }
  if (first < 0xf5) {
    const unsigned low = first == 0xf0 ? 0x90 : 0x80;
    const unsigned high = first == 0xf4 ? 0x8f : 0xbf;
    return continues(i + 1, low, high) && continues(i + 2) && continues(i + 3) ? 4 : 1;
  }
  return 1;
}

std::size_t units_of_character(std::size_t length, PositionEncoding encoding) {
  switch (encoding) {
    case PositionEncoding::utf8:
      return length;
    case PositionEncoding::utf16:
      return length == 4 ? 2 : 1;
    case PositionEncoding::utf32:
      return 1;
  }
  return 1;
}

/// How many of the first bytes are ASCII, eight at a time: most of all text is.
std::size_t ascii_prefix(std::string_view text) {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    if (word & 0x8080808080808080U) break;
  }
  while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) ++i;
  return i;
}

/// The byte in `line` at which `units` units have passed; the beginning of the character they end inside.
std::size_t bytes_of_units(std::string_view line, std::size_t units, PositionEncoding encoding) {
  const std::size_t ascii = ascii_prefix(line.substr(0, units));
  std::size_t i = ascii;
  std::size_t left = units - ascii;
  while (i < line.size() && left > 0) {
    const std::size_t length = character_length(line, i);
    const std::size_t cost = units_of_character(length, encoding);
    if (cost > left) break;
    left -= cost;
    i += length;
  }
  return i;
}

bool is_line_start(std::string_view text, std::size_t i) {
  if (text[i - 1] == '\n') return true;
  return text[i - 1] == '\r' && (i == text.size() || text[i] != '\n');
}

/// Appends the line starts in (from, to].
void find_line_starts(std::string_view text, std::size_t from, std::size_t to,
                      std::vector<std::uint32_t>& starts) {
  for (std::size_t i = from; i < to; ++i) {
    if (text[i] > '\r' || (text[i] != '\n' && text[i] != '\r')) continue;
    if (is_line_start(text, i + 1)) starts.push_back(static_cast<std::uint32_t>(i + 1));
  }
}

}  // namespace

std::span<const jsonrpc::EnumName<PositionEncoding>> json_names(PositionEncoding) {
  static constexpr std::array<jsonrpc::EnumName<PositionEncoding>, 3> names = {
      {{PositionEncoding::utf8, "utf-8"},
       {PositionEncoding::utf16, "utf-16"},
       {PositionEncoding::utf32, "utf-32"}}};
  return names;
}

LineIndex::LineIndex(std::string_view text) {
  find_line_starts(text, 0, text.size(), starts_);
}

std::size_t LineIndex::line_of(std::size_t offset) const {
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  return static_cast<std::size_t>(after - starts_.begin()) - 1;
}

void LineIndex::update(Span replaced, std::size_t inserted, std::string_view text) {
  // A line start depends on the byte before it and, after a CR, on the byte at it. So those up to the start
  // of the line that holds the last byte before the edit stay, those past its old end move, and between them
  // is scanned.
  const std::size_t first = replaced.begin == 0 ? 0 : line_of(replaced.begin - 1);
  const std::size_t scan_from = starts_[first];
  const std::size_t new_end = replaced.begin + inserted;
  const auto moved =
      std::upper_bound(starts_.begin() + static_cast<std::ptrdiff_t>(first) + 1, starts_.end(), replaced.end);
  std::vector<std::uint32_t> found;
  find_line_starts(text, scan_from, new_end, found);

  const auto kept = static_cast<std::ptrdiff_t>(first) + 1;
  const auto shift =
      static_cast<std::uint32_t>(new_end) - static_cast<std::uint32_t>(replaced.end);  // modulo 2^32
  std::for_each(moved, starts_.end(), [shift](std::uint32_t& start) { start += shift; });
  const auto old_count = moved - (starts_.begin() + kept);
  const auto new_count = static_cast<std::ptrdiff_t>(found.size());
  const auto common = std::min(old_count, new_count);
  std::copy_n(found.begin(), common, starts_.begin() + kept);
  if (new_count > common) {
    starts_.insert(starts_.begin() + kept + common, found.begin() + common, found.end());
  } else {
    starts_.erase(starts_.begin() + kept + common, starts_.begin() + kept + old_count);
  }
}

Span line_content(std::string_view text, const LineIndex& lines, std::size_t line) {
  const std::size_t begin = lines.line_start(line);
  if (line + 1 == lines.line_count()) return {begin, text.size()};
  std::size_t end = lines.line_start(line + 1) - 1;
  if (text[end] == '\n' && end > begin && text[end - 1] == '\r') --end;
  return {begin, end};
}

std::size_t offset_at(std::string_view text, const LineIndex& lines, Position position,
                      PositionEncoding encoding) {
  if (position.line >= lines.line_count()) return text.size();
  const Span line = line_content(text, lines, position.line);
  return line.begin +
         bytes_of_units(text.substr(line.begin, line.end - line.begin), position.character, encoding);
}

Position position_at(std::string_view text, const LineIndex& lines, std::size_t offset,
                     PositionEncoding encoding) {
  offset = std::min(offset, text.size());
  const std::size_t line = lines.line_of(offset);
  const Span content = line_content(text, lines, line);
  const std::string_view bytes = text.substr(content.begin, content.end - content.begin);
  const std::size_t wanted = std::min(offset, content.end) - content.begin;

  std::size_t i = ascii_prefix(bytes.substr(0, wanted));
  std::size_t units = i;
  while (i < wanted) {
    const std::size_t length = character_length(bytes, i);
    if (i + length > wanted) break;  // inside a character
    units += units_of_character(length, encoding);
    i += length;
  }
  return {static_cast<std::uint32_t>(line), static_cast<std::uint32_t>(units)};
}

Span span_of(std::string_view text, const LineIndex& lines, Range range, PositionEncoding encoding) {
  const std::size_t begin = offset_at(text, lines, range.start, encoding);
  return {begin, std::max(begin, offset_at(text, lines, range.end, encoding))};
}

Range range_of(std::string_view text, const LineIndex& lines, Span span, PositionEncoding encoding) {
  return {position_at(text, lines, span.begin, encoding), position_at(text, lines, span.end, encoding)};
}

Position re_encode(std::string_view text, const LineIndex& lines, Position position, PositionEncoding from,
                   PositionEncoding to) {
  return position_at(text, lines, offset_at(text, lines, position, from), to);
}

std::size_t count_units(std::string_view text, PositionEncoding encoding) {
  std::size_t units = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text, i);
    units += units_of_character(length, encoding);
    i += length;
  }
  return units;
}

}  // namespace pland::lsp
