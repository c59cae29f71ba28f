// Words of a person's text inside messages: one line, not too long. Values only, any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace pland::engine {

/// 'word', cut after 60 bytes (never inside a character), control characters shown as blanks.
std::string in_quotes(std::string_view word);

/// "a, b, c"
std::string joined(std::span<const std::string_view> words);

/// "did you mean 'name'?"
std::string did_you_mean(std::string_view name);

}  // namespace pland::engine
