// Where things end in YAML text. Pure functions over bytes; every answer lies inside the text.
#pragma once

#include <cstddef>
#include <string_view>

namespace pland::engine::planfile {

/// First byte at or behind `offset` that is neither blank, line end nor comment. `extra` are further bytes to
/// skip.
std::size_t skip_trivia(std::string_view text, std::size_t offset, std::string_view extra = "");

/// Behind an anchor (`&name`) and a tag (`!tag`), in any order, and the trivia around them.
std::size_t skip_properties(std::string_view text, std::size_t offset);

/// One past the last byte of the scalar that starts at `begin` and was decoded to `value`. Quoted scalars end
/// behind their quote, plain and block scalars behind their last byte that is not white.
std::size_t scalar_end(std::string_view text, std::size_t begin, std::string_view value);

/// True when the scalar at `begin` starts with a quote and has none to close it.
bool is_open_quote(std::string_view text, std::size_t begin);

/// One past the last byte of the alias (`*name`) at `begin`.
std::size_t alias_end(std::string_view text, std::size_t begin);

/// Length of the plain null (`~`, `null`, `Null`, `NULL`) at `begin`; 0 when there is none.
std::size_t null_length(std::string_view text, std::size_t begin);

}  // namespace pland::engine::planfile
