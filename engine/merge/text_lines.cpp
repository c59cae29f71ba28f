#include "engine/merge/text_lines.h"

#include <algorithm>
#include <cstring>

namespace pland::engine::merge {

TextLines::TextLines(std::string_view text) : text_(text) {
  starts_.reserve(text.size() / 32 + 2);
  starts_.push_back(0);
  while (starts_.back() < text.size()) {
    const std::size_t end = text.find('\n', starts_.back());
    starts_.push_back(end == std::string_view::npos ? text.size() : end + 1);
  }
}

std::string_view TextLines::slice(LineRange range) const {
  const std::size_t begin = starts_[static_cast<std::size_t>(range.start)];
  const std::size_t end = starts_[static_cast<std::size_t>(range.start + range.count)];
  return text_.substr(begin, end - begin);
}

std::vector<LineId> LineIds::of(const TextLines& lines) {
  std::vector<LineId> ids;
  ids.reserve(static_cast<std::size_t>(lines.count()));
  ids_.reserve(ids_.size() + static_cast<std::size_t>(lines.count()) / 2);
  for (std::int64_t i = 0; i < lines.count(); ++i) {
    ids.push_back(ids_.try_emplace(lines.line(i), static_cast<LineId>(ids_.size())).first->second);
  }
  return ids;
}

std::int64_t count_line_ends(std::string_view text) {
  std::int64_t count = 0;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at < end; ++at, ++count) {
    at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
    if (at == nullptr) break;
  }
  return count;
}

bool is_binary(std::string_view content) {
  return content.substr(0, 8000).find('\0') != std::string_view::npos;
}

}  // namespace pland::engine::merge
