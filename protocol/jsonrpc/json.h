// The JSON value of the protocol floor, and the two doors through which text becomes a value and back.
//
// Everything above this room reads JSON through reader.h and writes it through Writer; a bare Json is for
// what LSP calls LSPAny (a diagnostic's `data`, a command's arguments). Values only, no thread affinity.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace pland::jsonrpc {

using Json = nlohmann::json;

/// Deeper nesting is refused: values are copied and written recursively, and no message needs more.
inline constexpr std::size_t max_json_depth = 256;

/// Parses UTF-8 JSON. On failure returns nothing and puts a sentence with the byte offset into `problem`.
/// Never throws.
std::optional<Json> parse_json(std::string_view text, std::string& problem);

/// Compact UTF-8 text. Bytes that are no UTF-8 (a file name, a process's output) become U+FFFD.
std::string dump_json(const Json& value);

}  // namespace pland::jsonrpc
