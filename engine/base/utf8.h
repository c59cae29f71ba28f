// UTF-8 as Unicode 15 defines it (table 3-7): no overlong forms, no surrogates, nothing beyond U+10FFFF.
// Any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace pland::engine {

/// Length in bytes of the sequence at the start of `text`; 0 when there is none, or a malformed one.
std::size_t utf8_length(std::string_view text);

bool is_utf8(std::string_view text);

}  // namespace pland::engine
