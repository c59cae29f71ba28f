// Words of the file inside messages: one line, not too long. The plan-file room's own.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace pland::engine::planfile {

/// 'word', cut after 60 bytes (never inside a character), control characters shown as blanks.
std::string in_quotes(std::string_view word);

/// "a, b, c"
std::string joined(std::span<const std::string_view> words);

/// "did you mean 'name'?"
std::string did_you_mean(std::string_view name);

/// What helps against a syntax error that yaml-cpp describes so; may be empty.
std::string syntax_hint(std::string_view description);

}  // namespace pland::engine::planfile
