#include "engine/planfile/scalar_extent.h"

#include <algorithm>
#include <array>

namespace pland::engine::planfile {
namespace {

bool is_white(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_line_end(char c) {
  return c == '\n' || c == '\r';
}

std::size_t line_end(std::string_view text, std::size_t offset) {
  return std::min(text.find_first_of("\r\n", offset), text.size());
}

/// The quote that closes the one at `begin`; npos when there is none.
std::size_t find_double_quote(std::string_view text, std::size_t begin) {
  for (std::size_t i = begin + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i;
    }
  }
  return std::string_view::npos;
}

std::size_t find_single_quote(std::string_view text, std::size_t begin) {
  for (std::size_t i = begin + 1; i < text.size(); ++i) {
    if (text[i] != '\'') continue;
    if (i + 1 == text.size() || text[i + 1] != '\'') return i;
    ++i;
  }
  return std::string_view::npos;
}

std::size_t behind(std::string_view text, std::size_t quote) {
  return quote == std::string_view::npos ? text.size() : quote + 1;
}

/// Plain and block scalars have no escapes: decoding only folds and strips white space. So the value's other
/// bytes stand in the text in the same order, and the scalar ends behind the last of them.
std::size_t end_by_value(std::string_view text, std::size_t begin, std::size_t end_of_head,
                         std::string_view value) {
  std::size_t at = begin;
  std::size_t end = end_of_head;
  for (const char c : value) {
    if (is_white(c)) continue;
    while (at < text.size() && is_white(text[at])) ++at;
    if (at == text.size() || text[at] != c) return std::max(end, end_of_head);
    end = ++at;
  }
  return end;
}

}  // namespace

std::size_t skip_trivia(std::string_view text, std::size_t offset, std::string_view extra) {
  std::size_t at = std::min(offset, text.size());
  while (at < text.size()) {
    const char c = text[at];
    if (is_white(c) || extra.find(c) != std::string_view::npos) {
      ++at;
    } else if (c == '#' &&
               (at == 0 || is_white(text[at - 1]) || extra.find(text[at - 1]) != std::string_view::npos)) {
      at = line_end(text, at);
    } else {
      break;
    }
  }
  return at;
}

std::size_t skip_properties(std::string_view text, std::size_t offset) {
  std::size_t at = std::min(offset, text.size());
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
    const bool verbatim = text.substr(at, 2) == "!<";
    const bool tag = text[at] == '!';
    while (at < text.size() && !is_white(text[at])) {
      const char c = text[at];
      if (!verbatim && (c == ',' || c == ']' || c == '}' || c == '[' || c == '{')) return at;
      if (tag && !verbatim && c == '"') return at;  // `!"text"`
      ++at;
    }
    at = skip_trivia(text, at);
  }
  return at;
}

std::size_t scalar_end(std::string_view text, std::size_t begin, std::string_view value) {
  if (begin >= text.size()) return text.size();
  switch (text[begin]) {
    case '"':
      return behind(text, find_double_quote(text, begin));
    case '\'':
      return behind(text, find_single_quote(text, begin));
    case '|':
    case '>': {
      std::size_t head = begin + 1;
      while (head < text.size() &&
             (text[head] == '-' || text[head] == '+' || (text[head] >= '0' && text[head] <= '9'))) {
        ++head;
      }
      return end_by_value(text, line_end(text, head), head, value);
    }
    default:
      return end_by_value(text, begin, begin, value);
  }
}

bool is_open_quote(std::string_view text, std::size_t begin) {
  if (begin >= text.size() || (text[begin] != '"' && text[begin] != '\'')) return false;
  const std::size_t close =
      text[begin] == '"' ? find_double_quote(text, begin) : find_single_quote(text, begin);
  return close == std::string_view::npos;
}

std::size_t alias_end(std::string_view text, std::size_t begin) {
  std::size_t at = std::min(begin, text.size());
  while (at < text.size() && !is_white(text[at]) &&
         std::string_view(",[]{}").find(text[at]) == std::string_view::npos) {
    ++at;
  }
  return at;
}

std::size_t null_length(std::string_view text, std::size_t begin) {
  static constexpr std::array<std::string_view, 4> kWords{"null", "Null", "NULL", "~"};
  if (begin >= text.size()) return 0;
  for (const std::string_view word : kWords) {
    if (text.substr(begin, word.size()) != word) continue;
    const std::size_t end = begin + word.size();
    const bool ends = end == text.size() || is_white(text[end]) || is_line_end(text[end]) ||
                      std::string_view(",]}:").find(text[end]) != std::string_view::npos;
    if (ends) return word.size();
  }
  return 0;
}

}  // namespace pland::engine::planfile
