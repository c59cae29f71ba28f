// Three-way merge of files that are sets of lines: .gitignore, requirements.txt and their like. Pure
// functions of values: any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pland::engine::merge {

/// Whether the name of a file says that the order of its lines means nothing.
bool is_line_set(std::string_view path);

/// `ours` with the lines that `theirs` added and without those it deleted. An added line stands behind the
/// nearest line above it that is left, so groups stay together. Nullopt where order matters or a line was
/// changed: a negated pattern, a line that one side has twice, one entry (`name==1.0`) that both sides
/// changed differently.
std::optional<std::string> merge_line_sets(std::string_view base, std::string_view ours,
                                           std::string_view theirs);

}  // namespace pland::engine::merge
