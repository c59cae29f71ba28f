// Places in a plan file's text. Values only, any thread.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace pland::engine::planfile {

/// Bytes [begin, end) of a text.
struct Extent {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool operator==(const Extent&) const = default;
};

/// Both counted from 0; the column in bytes of UTF-8 from the start of the line. Lines end as LSP says:
/// "\n", "\r\n" or a lone "\r".
struct Position {
  int line = 0;
  int column = 0;
  bool operator==(const Position&) const = default;
};

/// The same place twice: as byte offsets and as positions. Half-open; empty where nothing is written.
struct SourceRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  Position first;
  Position last;  ///< one past the last byte
  bool operator==(const SourceRange&) const = default;
};

/// Turns byte offsets into positions: one pass over the text, then a binary search a look-up.
class LineIndex {
 public:
  /// Keeps a view: `text` must outlive the index.
  explicit LineIndex(std::string_view text);
  /// An offset beyond the text counts as its end.
  Position position(std::size_t offset) const;
  SourceRange range(Extent extent) const;
  /// From `offset` to the end of its line, without the line's end and the blanks before it.
  Extent rest_of_line(std::size_t offset) const;

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;  ///< offset of each line's first byte
};

}  // namespace pland::engine::planfile
