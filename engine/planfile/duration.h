// Durations as a person writes them.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace pland::engine::planfile {

/// "1h30m", "10m", "90s", "500ms", "2d", "1.5h", or a plain number of seconds ("90", "0.5"). Units from large
/// to small, each at most once, no blanks. Nothing when the text is no duration or does not fit 10 years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace pland::engine::planfile
