#include "engine/planfile/read_document.h"

namespace pland::engine::planfile {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Puts ranges measured behind the byte order mark back to the whole text. Its three bytes stand in line 0.
void shift(SourceRange& range, std::size_t by) {
  range.begin += by;
  range.end += by;
  if (range.first.line == 0) range.first.column += static_cast<int>(by);
  if (range.last.line == 0) range.last.column += static_cast<int>(by);
}

void shift(Document& document, std::size_t by) {
  for (Problem& problem : document.problems) {
    shift(problem.range, by);
    for (RelatedPlace& place : problem.related) shift(place.range, by);
  }
  if (document.ranges.name) shift(*document.ranges.name, by);
  for (EntryRanges& entry : document.ranges.entries) {
    shift(entry.entry, by);
    if (entry.name) shift(*entry.name, by);
  }
  for (KeyRange& key : document.ranges.keys) {
    shift(key.key_range, by);
    shift(key.value_range, by);
    for (SourceRange& range : key.items) shift(range, by);
  }
}

std::string_view how_to_start(FileKind kind) {
  switch (kind) {
    case FileKind::plan:
      return "start with `plan: <name>` and `subplans:`";
    case FileKind::action:
      return "start with `name: <name>`, `strategy_actor:`, `execution_actor:` and `definition_of_done:`";
    case FileKind::profile:
      return "start with `name: <namespace>/<name>` and `thresholds:`";
  }
  return "";
}

/// True when the tree can be read: it has a root, and that is a mapping.
bool has_mapping(const SyntaxTree& tree, FileKind kind, Report& report) {
  const std::string name(to_string(kind));
  if (!tree.root || tree.nodes[*tree.root].kind == NodeKind::null) {
    report.add("empty-" + name, report.lines().rest_of_line(0), "the file holds no " + name,
               std::string(how_to_start(kind)));
    return false;
  }
  const Node& root = tree.nodes[*tree.root];
  if (root.kind == NodeKind::map) return true;
  const Extent line = report.lines().rest_of_line(root.extent.begin);
  report.add("bad-value", {line.begin, std::min(line.end, std::max(root.extent.end, line.begin))},
             (kind == FileKind::action ? "an " : "a ") + name + " file is a mapping, not " +
                 std::string(Reading::describe(root)),
             std::string(how_to_start(kind)));
  return false;
}

bool read_text(std::string_view text, FileKind kind, const ParseOptions& options, Document& document,
               const std::function<void(Reading&)>& read) {
  Report report(text, options.max_problems);
  if (text.size() > options.max_bytes) {
    report.add(
        "bad-value", report.lines().rest_of_line(0),
        "the file is larger than " + std::to_string(options.max_bytes / 1024) + " KiB and was not read",
        "put long texts into files of their own");
    document.problems = report.take();
    return false;
  }
  const SyntaxTree tree = read_yaml(text, {options.max_depth, options.max_nodes});
  document.ranges = collect_ranges(tree, report.lines(), kind, options.max_entries);
  if (tree.error) {
    report.add("yaml-syntax", tree.error->extent, tree.error->message, tree.error->hint);
  } else if (has_mapping(tree, kind, report)) {
    Reading reading(text, kind, tree, report, options.max_nodes);
    read(reading);
  }
  const bool good = !report.has_errors();
  document.problems = report.take();
  return good;
}

}  // namespace

bool read_document(std::string_view text, FileKind kind, const ParseOptions& options, Document& document,
                   const std::function<void(Reading&)>& read) {
  if (!text.starts_with(kByteOrderMark)) return read_text(text, kind, options, document, read);
  const bool good = read_text(text.substr(kByteOrderMark.size()), kind, options, document, read);
  shift(document, kByteOrderMark.size());
  return good;
}

}  // namespace pland::engine::planfile
