// Texts with places for arguments: "port {{ module }} to {{ target }}". Plain values, any thread.
//
// A placeholder is a name between `{{` and `}}`, with blanks around it or not. `\{{` is a plain `{{`, and
// `\\{{` a backslash before a placeholder; every other backslash and every single brace is itself.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"

namespace pland::engine {

struct Placeholder {
  std::size_t begin = 0;  ///< byte offset of the `{{`
  std::size_t end = 0;    ///< behind the `}}`
  std::string name;
};

/// In the order of the text. Errors: invalid_argument for a `{{` that is never closed or holds no name, with
/// its byte offset in context["offset"].
Result<std::vector<Placeholder>> find_placeholders(std::string_view text);

/// The text with each placeholder replaced. Errors: as find_placeholders, and invalid_argument for a name
/// that has no value, with the nearest that has one.
Result<std::string> render(std::string_view text,
                           std::span<const std::pair<std::string, std::string>> values);

}  // namespace pland::engine
