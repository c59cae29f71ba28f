#include "engine/base/words.h"

#include <algorithm>

namespace pland::engine {
namespace {

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

std::string in_quotes(std::string_view word) {
  constexpr std::size_t kLongest = 60;
  std::size_t length = std::min(word.size(), kLongest);
  while (length > 0 && length < word.size() && continues_character(word[length])) --length;
  std::string shown(word.substr(0, length));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return "'" + shown + (length < word.size() ? "...'" : "'");
}

std::string joined(std::span<const std::string_view> words) {
  std::string result;
  for (const std::string_view word : words) result += (result.empty() ? "" : ", ") + std::string(word);
  return result;
}

std::string did_you_mean(std::string_view name) {
  return "did you mean " + in_quotes(name) + "?";
}

}  // namespace pland::engine
