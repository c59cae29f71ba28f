// A document's text, and positions in it in the three encodings of the protocol. Written apart from the
// product's own text positions on purpose: each is the other's check.
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace pland::conformance {

enum class Encoding { utf8, utf16, utf32 };

// Nothing for a name that the protocol does not define.
std::optional<Encoding> encoding_named(const std::string& name);
const char* name_of(Encoding encoding);

// Zero-based; `character` counts the encoding's units.
struct Place {
  std::size_t line = 0;
  std::size_t character = 0;
  auto operator<=>(const Place&) const = default;
};

struct PlaceProblem {
  enum class Kind { outside, inside_character };
  Kind kind;
  std::string text;
};

// Valid UTF-8. A line ends at \n, \r\n or \r; the line after the last ending exists, and may be empty.
class Text {
 public:
  explicit Text(std::string utf8 = {});

  const std::string& utf8() const { return utf8_; }
  std::size_t line_count() const { return starts_.size(); }

  // Units of `encoding` in a line, its ending left out.
  std::size_t line_length(std::size_t line, Encoding encoding) const;

  // Why `place` is not a place between two characters of this text; nothing when it is.
  std::optional<PlaceProblem> problem(Place place, Encoding encoding) const;

  // Byte offset of a place that has no problem.
  std::size_t offset(Place place, Encoding encoding) const;
  // The place of a byte offset that is at a character boundary, and not between \r and \n.
  Place place(std::size_t offset, Encoding encoding) const;

  // This text with the bytes from `start` to `end` replaced.
  Text replaced(std::size_t start, std::size_t end, const std::string& by) const;

 private:
  std::size_t line_end(std::size_t line) const;

  std::string utf8_;
  std::vector<std::size_t> starts_;  // byte offset of each line
};

}  // namespace pland::conformance
