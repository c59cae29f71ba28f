#include "engine/planfile/duration.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace pland::engine::planfile {
namespace {

struct Unit {
  std::string_view name;
  double milliseconds;
};
constexpr std::array<Unit, 5> kUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr double kLongest = 10 * 366.0 * 86'400'000;
constexpr std::size_t kLongestText = 64;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes digits with at most one point inside from the front of `text`.
std::optional<double> take_number(std::string_view& text) {
  std::size_t end = 0;
  bool point = false;
  while (end < text.size() && (is_digit(text[end]) || (text[end] == '.' && !point && end > 0))) {
    point = point || text[end] == '.';
    ++end;
  }
  if (end == 0 || text[end - 1] == '.') return std::nullopt;
  double value = 0;
  std::from_chars(text.data(), text.data() + end, value, std::chars_format::fixed);
  text.remove_prefix(end);
  return value;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text.empty() || text.size() > kLongestText) return std::nullopt;
  double total = 0;
  std::size_t next_unit = 0;
  for (bool first = true; !text.empty(); first = false) {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    if (first && text.empty()) {
      total = *number * 1000;
      break;
    }
    std::size_t letters = 0;
    while (letters < text.size() && !is_digit(text[letters])) ++letters;
    std::size_t unit = next_unit;
    while (unit < kUnits.size() && kUnits[unit].name != text.substr(0, letters)) ++unit;
    if (unit == kUnits.size()) return std::nullopt;
    total += *number * kUnits[unit].milliseconds;
    text.remove_prefix(letters);
    next_unit = unit + 1;
  }
  if (!(total <= kLongest)) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::llround(total)));
}

}  // namespace pland::engine::planfile
