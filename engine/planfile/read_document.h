// The way every kind of file is read: text, syntax tree, ranges, then the kind's own reader. The plan-file
// room's own.
#pragma once

#include <functional>
#include <string_view>

#include "engine/planfile/document.h"
#include "engine/planfile/value_reader.h"

namespace pland::engine::planfile {

/// Fills in problems and ranges. `read` is called once with a tree that has a root; it reports what is wrong
/// and keeps what it has read. True when nothing was an error, so that what `read` kept is good.
bool read_document(std::string_view text, FileKind kind, const ParseOptions& options, Document& document,
                   const std::function<void(Reading&)>& read);

/// Where everything is, independent of whether it is right: by the names of the keys alone.
Ranges collect_ranges(const SyntaxTree& tree, const LineIndex& lines, FileKind kind, std::size_t max_entries);

}  // namespace pland::engine::planfile
