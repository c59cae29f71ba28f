// URIs as the oracle sees them: is it well formed, and are two spellings the same place?
#pragma once

#include <optional>
#include <string>

namespace pland::conformance {

// Why `uri` is not an absolute URI by RFC 3986 (scheme, allowed characters, whole percent escapes); nothing
// when it is.
std::optional<std::string> uri_problem(const std::string& uri);

// One spelling for all spellings of a place: escapes decoded, a drive letter in lower case, no empty or `.`
// segments.
std::string canonical_uri(const std::string& uri);

}  // namespace pland::conformance
