#include "server/colour.h"

namespace pland::server {
namespace {

constexpr std::string_view error_mark = ": error: ";

std::string painted_line(std::string_view line) {
  if (const std::size_t mark = line.find(error_mark); mark != std::string_view::npos && line.front() != ' ') {
    const std::size_t message = mark + error_mark.size();
    const std::size_t code = line.rfind(" [");
    const bool has_code = line.back() == ']' && code != std::string_view::npos && code > message;
    return painted(line.substr(0, mark + 1), Colour::bold) + " " + painted("error:", Colour::red) + " " +
           painted(line.substr(message, has_code ? code - message : std::string_view::npos), Colour::bold) +
           (has_code ? painted(line.substr(code), Colour::dim) : "");
  }
  if (line.starts_with("      | ")) {
    const std::size_t caret = line.find_first_not_of(" \t", 8);
    if (caret != std::string_view::npos && line[caret] == '^' &&
        line.find_first_not_of("^~", caret) == std::string_view::npos) {
      return std::string(line.substr(0, caret)) + painted(line.substr(caret), Colour::green);
    }
    return std::string(line);
  }
  if (line.starts_with("  resolve: ")) return "  " + painted(line.substr(2), Colour::blue);
  return std::string(line);
}

}  // namespace

std::string painted(std::string_view text, Colour colour) {
  const char* code = "0";
  switch (colour) {
    case Colour::bold:
      code = "1";
      break;
    case Colour::red:
      code = "1;31";
      break;
    case Colour::green:
      code = "32";
      break;
    case Colour::yellow:
      code = "33";
      break;
    case Colour::blue:
      code = "34";
      break;
    case Colour::dim:
      code = "2";
      break;
  }
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

std::string painted_excerpt(std::string_view excerpt) {
  std::string out;
  while (!excerpt.empty()) {
    const std::size_t end = excerpt.find('\n');
    const std::string_view line = excerpt.substr(0, end);
    if (!line.empty()) out += painted_line(line);
    if (end == std::string_view::npos) break;
    out += '\n';
    excerpt.remove_prefix(end + 1);
  }
  return out;
}

bool may_colour(const char* no_color, const char* term) {
  const bool refused = no_color != nullptr && *no_color != '\0';
  return !refused && term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
}

}  // namespace pland::server
