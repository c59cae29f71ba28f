// File URIs and paths.
//
// Clients spell the same file in different ways (`file:///a%20b`, `file:///a b`, `file:///c%3A/x`,
// `file:///C:/x`). The rule: keep a document's URI as its client spells it, answer in that spelling, and look
// documents up by `uri_key`. Nothing here touches the disk: symbolic links are the caller's to resolve. Pure
// functions.
#pragma once

#include <string>
#include <string_view>

#include "protocol/jsonrpc/outcome.h"

namespace pland::lsp {

/// The absolute path of a `file:` URI (empty or `localhost` authority). The error says what is wrong with it.
jsonrpc::Outcome<std::string> path_of_uri(std::string_view uri);

/// The `file:` URI of an absolute path, escaped as VS Code does: all but letters, digits, `-._~` and `/`.
std::string uri_of_path(std::string_view absolute_path);

/// Equal for two spellings of the same document. For a file it is its path, without `.`, `..`, doubled
/// slashes and a slash at the end, a drive letter in lower case; for any other URI, the URI with only its
/// escapes normalised.
std::string uri_key(std::string_view uri);

inline bool is_same_document(std::string_view a, std::string_view b) {
  return uri_key(a) == uri_key(b);
}

}  // namespace pland::lsp
