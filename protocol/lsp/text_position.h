// The coordinate systems of text, and the one function for each pair.
//
//   offset     bytes from the beginning of the text (UTF-8); what the engine and every algorithm use
//   Position   zero-based line and, within it, units of the encoding negotiated with the client:
//              utf-8 bytes, utf-16 code units, or utf-32 code points
//
//   offset   -> Position   position_at      Position -> offset   offset_at
//   Span     -> Range      range_of         Range    -> Span     span_of
//   Position -> Position   re_encode (from one encoding to another)
//
// Lines end at LF, CRLF or a lone CR, as LSP says; a text that ends with a line end has an empty last line.
// Positions are clamped as LSP says: a character past the end of its line means the end of the line (before
// its line end), a line past the last means the end of the text. A position inside a character (half of a
// surrogate pair, the middle of a UTF-8 sequence) means the character's beginning. A byte that belongs to no
// valid UTF-8 sequence counts one unit in every encoding; nothing here fails on any bytes. Pure functions
// over values; any thread. After gopls' protocol/mapper.go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/lsp/basic.h"

namespace pland::lsp {

enum class PositionEncoding { utf8, utf16, utf32 };
std::span<const jsonrpc::EnumName<PositionEncoding>> json_names(PositionEncoding);

/// Bytes [begin, end) of a text.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  auto operator<=>(const Span&) const = default;
};

/// Where the lines of a text begin. 4 bytes a line; texts up to 4 GiB.
class LineIndex {
 public:
  LineIndex() = default;  ///< of the empty text
  explicit LineIndex(std::string_view text);

  /// At least 1.
  std::size_t line_count() const { return starts_.size(); }
  /// Precondition: line < line_count().
  std::size_t line_start(std::size_t line) const { return starts_[line]; }
  /// The line that holds the byte at `offset`; the last line for the end of the text and beyond.
  std::size_t line_of(std::size_t offset) const;
  /// Follows the replacement of `replaced` by `inserted` bytes, of which `text` is the outcome. Costs the
  /// touched lines, and a pass over the numbers of the lines after them.
  void update(Span replaced, std::size_t inserted, std::string_view text);

  bool operator==(const LineIndex&) const = default;

 private:
  std::vector<std::uint32_t> starts_ = {0};
};

/// The line's bytes without its line end. Precondition: line < lines.line_count().
Span line_content(std::string_view text, const LineIndex& lines, std::size_t line);

// `lines` must be the index of `text`. Offsets past the end mean the end.
std::size_t offset_at(std::string_view text, const LineIndex& lines, Position position,
                      PositionEncoding encoding);
Position position_at(std::string_view text, const LineIndex& lines, std::size_t offset,
                     PositionEncoding encoding);
/// An inverted range becomes the empty span at its start.
Span span_of(std::string_view text, const LineIndex& lines, Range range, PositionEncoding encoding);
Range range_of(std::string_view text, const LineIndex& lines, Span span, PositionEncoding encoding);
Position re_encode(std::string_view text, const LineIndex& lines, Position position, PositionEncoding from,
                   PositionEncoding to);

/// The length of `text` in units of `encoding`.
std::size_t count_units(std::string_view text, PositionEncoding encoding);

}  // namespace pland::lsp
