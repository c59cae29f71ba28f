// Colours for people at a terminal. Pure functions of text; what they are given is complete without them.
#pragma once

#include <string>
#include <string_view>

namespace pland::server {

enum class Colour { bold, red, green, yellow, blue, dim };

/// `text` in a colour that ends with it.
std::string painted(std::string_view text, Colour colour);

/// An excerpt (excerpt.h) as compilers colour theirs: the place and the message bold, `error:` red, the caret
/// green, what to do blue.
std::string painted_excerpt(std::string_view excerpt);

/// Whether a stream that is a terminal may be coloured: NO_COLOR (no-color.org) is not set, and TERM is a
/// terminal that knows colours.
bool may_colour(const char* no_color, const char* term);

}  // namespace pland::server
