// Path patterns, as `scope` uses them. Values only, any thread.
#pragma once

#include <string_view>

namespace pland::engine {

/// Does `pattern` match the whole of `path` ('/'-separated, relative)? `?` is one character, `*` any number,
/// `[a-z]` and `[!a-z]` one of a set, none of them a '/'. `**` as a whole component is any number of
/// components: "src/**" is everything below src, "**/x" is x at any depth. A pattern that ends in '/' means
/// everything below that folder; a leading "./" is ignored. A backslash takes the next character as it is.
/// Characters are bytes. A '[' that is never closed stands for itself.
bool glob_match(std::string_view pattern, std::string_view path);

}  // namespace pland::engine
