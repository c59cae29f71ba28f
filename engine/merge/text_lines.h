// A text as lines that keep their ends, the unit of every diff and merge.
//
// A line ends with '\n' (so "\r\n" is part of its line, and a lone '\r' is an ordinary character, as in git);
// the last line may lack its end. An empty text has no lines. Values and pure functions: any thread. Views
// point into the caller's text, which must outlive them.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/model/conflict.h"

namespace pland::engine::merge {

class TextLines {
 public:
  explicit TextLines(std::string_view text);
  std::int64_t count() const { return static_cast<std::int64_t>(starts_.size()) - 1; }
  std::string_view text() const { return text_; }
  /// Line `index`, with its end. Precondition: 0 <= index < count().
  std::string_view line(std::int64_t index) const { return slice({index, 1}); }
  /// The lines of `range`, joined as they stand in the text. Precondition: the range lies inside the text.
  std::string_view slice(LineRange range) const;
  LineRange all() const { return {0, count()}; }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;  // of every line, then the text's size
};

/// Equal lines have equal ids.
using LineId = std::int32_t;

/// Gives ids to lines, the same id to equal lines of all texts it has seen. Keeps views into those texts.
class LineIds {
 public:
  std::vector<LineId> of(const TextLines& lines);

 private:
  std::unordered_map<std::string_view, LineId> ids_;
};

/// Line ends in `text`: the number of '\n'.
std::int64_t count_line_ends(std::string_view text);

/// What git calls binary: a NUL among the first 8000 bytes.
bool is_binary(std::string_view content);

}  // namespace pland::engine::merge
