#include "engine/planfile/syntax_hint.h"

#include <array>
#include <utility>

namespace pland::engine::planfile {
namespace {

// Descriptions of yaml-cpp 0.7 and 0.8 for the mistakes that shell commands in a plan file lead to.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kHints{{
    {"illegal map value", "a text with ': ' in it needs quotes, or a block that starts with '|'"},
    {"end of map not found", "put the whole value into quotes, or mend the indentation of this line"},
    {"end of sequence not found", "mend the indentation of this line"},
    {"unknown token", "a text that starts with this character needs quotes"},
    {"end of map flow not found", "a '}' or a ',' is missing before this"},
    {"end of sequence flow not found", "a ']' or a ',' is missing before this"},
    {"illegal EOF in scalar", "close the quote"},
    {"the referenced anchor is not defined",
     "a text that starts with '*' needs quotes; an alias needs its anchor first"},
}};

}  // namespace

std::string syntax_hint(std::string_view description) {
  for (const auto& [known, hint] : kHints) {
    if (description.find(known) != std::string_view::npos) return std::string(hint);
  }
  return "";
}

}  // namespace pland::engine::planfile
