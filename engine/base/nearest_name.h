// The name a person probably meant.
#pragma once

#include <span>
#include <string_view>

namespace pland::engine {

/// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours (R.
/// Lowrance, R. Wagner, "An extension of the string-to-string correction problem", JACM 1975, restricted
/// form). In bytes.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate closest to `word`, ignoring case and the difference of '-' and '_', when it is near enough
/// to be meant: at most a third of the longer one's length away (at least one edit is allowed). The first of
/// equals.
std::string_view nearest_name(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace pland::engine
