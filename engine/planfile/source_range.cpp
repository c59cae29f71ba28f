#include "engine/planfile/source_range.h"

#include <algorithm>

namespace pland::engine::planfile {

LineIndex::LineIndex(std::string_view text) : text_(text), starts_{0} {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool lone_return = text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n');
    if (text[i] == '\n' || lone_return) starts_.push_back(i + 1);
  }
}

Position LineIndex::position(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const auto line = next - starts_.begin() - 1;
  return {static_cast<int>(line), static_cast<int>(offset - *(next - 1))};
}

SourceRange LineIndex::range(Extent extent) const {
  const std::size_t begin = std::min(extent.begin, text_.size());
  const std::size_t end = std::clamp(extent.end, begin, text_.size());
  return {begin, end, position(begin), position(end)};
}

Extent LineIndex::rest_of_line(std::size_t offset) const {
  const std::size_t begin = std::min(offset, text_.size());
  std::size_t end = std::min(text_.find_first_of("\r\n", begin), text_.size());
  while (end > begin && (text_[end - 1] == ' ' || text_[end - 1] == '\t')) --end;
  return {begin, end};
}

}  // namespace pland::engine::planfile
