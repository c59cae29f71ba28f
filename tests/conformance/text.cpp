#include "tests/conformance/text.h"

#include <algorithm>

namespace pland::conformance {
namespace {

struct Character {
  std::size_t bytes;
  std::size_t units;
};

Character character_at(const std::string& utf8, std::size_t offset, Encoding encoding) {
  const auto lead = static_cast<unsigned char>(utf8[offset]);
  const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  switch (encoding) {
    case Encoding::utf8:
      return {bytes, bytes};
    case Encoding::utf16:
      return {bytes, bytes == 4 ? std::size_t{2} : std::size_t{1}};
    case Encoding::utf32:
      break;
  }
  return {bytes, 1};
}

}  // namespace

std::optional<Encoding> encoding_named(const std::string& name) {
  if (name == "utf-8") return Encoding::utf8;
  if (name == "utf-16") return Encoding::utf16;
  if (name == "utf-32") return Encoding::utf32;
  return std::nullopt;
}

const char* name_of(Encoding encoding) {
  switch (encoding) {
    case Encoding::utf8:
      return "utf-8";
    case Encoding::utf16:
      return "utf-16";
    case Encoding::utf32:
      break;
  }
  return "utf-32";
}

Text::Text(std::string utf8) : utf8_(std::move(utf8)), starts_{0} {
  for (std::size_t i = 0; i < utf8_.size(); ++i) {
    const bool ends_line =
        utf8_[i] == '\n' || (utf8_[i] == '\r' && (i + 1 == utf8_.size() || utf8_[i + 1] != '\n'));
    if (ends_line) starts_.push_back(i + 1);
  }
}

std::size_t Text::line_end(std::size_t line) const {
  if (line + 1 == starts_.size()) return utf8_.size();
  std::size_t end = starts_[line + 1] - 1;
  if (utf8_[end] == '\n' && end > starts_[line] && utf8_[end - 1] == '\r') --end;
  return end;
}

std::size_t Text::line_length(std::size_t line, Encoding encoding) const {
  std::size_t units = 0;
  for (std::size_t at = starts_[line], end = line_end(line); at < end;) {
    const Character c = character_at(utf8_, at, encoding);
    at += c.bytes;
    units += c.units;
  }
  return units;
}

std::optional<PlaceProblem> Text::problem(Place place, Encoding encoding) const {
  const std::string where = "position " + std::to_string(place.line) + ":" + std::to_string(place.character);
  if (place.line >= starts_.size()) {
    return PlaceProblem{PlaceProblem::Kind::outside, where + " is past the last line, the text has " +
                                                         std::to_string(starts_.size()) + " lines"};
  }
  std::size_t units = 0;
  for (std::size_t at = starts_[place.line], end = line_end(place.line);
       at < end && units < place.character;) {
    const Character c = character_at(utf8_, at, encoding);
    at += c.bytes;
    units += c.units;
  }
  if (units < place.character) {
    return PlaceProblem{PlaceProblem::Kind::outside, where + " is past the line's end, it has " +
                                                         std::to_string(units) + " " + name_of(encoding) +
                                                         " units"};
  }
  if (units > place.character) {
    return PlaceProblem{PlaceProblem::Kind::inside_character,
                        where + " is inside a character, in " + name_of(encoding) + " units"};
  }
  return std::nullopt;
}

std::size_t Text::offset(Place place, Encoding encoding) const {
  std::size_t at = starts_[place.line];
  for (std::size_t units = 0; units < place.character;) {
    const Character c = character_at(utf8_, at, encoding);
    at += c.bytes;
    units += c.units;
  }
  return at;
}

Place Text::place(std::size_t offset, Encoding encoding) const {
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  Place place{static_cast<std::size_t>(after - starts_.begin()) - 1, 0};
  for (std::size_t at = starts_[place.line]; at < offset;) {
    const Character c = character_at(utf8_, at, encoding);
    at += c.bytes;
    place.character += c.units;
  }
  return place;
}

Text Text::replaced(std::size_t start, std::size_t end, const std::string& by) const {
  return Text(utf8_.substr(0, start) + by + utf8_.substr(end));
}

}  // namespace pland::conformance
