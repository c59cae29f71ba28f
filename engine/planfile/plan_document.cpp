#include "engine/planfile/plan_document.h"

#include <algorithm>

#include "engine/planfile/plan_reader.h"

namespace pland::engine::planfile {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool contains(const SourceRange& range, std::size_t offset) {
  return range.begin <= offset && offset <= range.end;
}

/// Puts ranges measured behind the byte order mark back to the whole text. Its three bytes stand in line 0.
void shift(SourceRange& range, std::size_t by) {
  range.begin += by;
  range.end += by;
  if (range.first.line == 0) range.first.column += static_cast<int>(by);
  if (range.last.line == 0) range.last.column += static_cast<int>(by);
}

void shift(PlanDocument& document, std::size_t by) {
  for (Problem& problem : document.problems) {
    shift(problem.range, by);
    for (RelatedPlace& place : problem.related) shift(place.range, by);
  }
  if (document.ranges.plan) shift(*document.ranges.plan, by);
  for (SubplanRanges& subplan : document.ranges.subplans) {
    shift(subplan.entry, by);
    if (subplan.name) shift(*subplan.name, by);
    for (SourceRange& range : subplan.after) shift(range, by);
  }
  for (KeyRange& key : document.ranges.keys) {
    shift(key.key_range, by);
    shift(key.value_range, by);
    for (SourceRange& range : key.items) shift(range, by);
  }
}

PlanDocument parse_text(std::string_view text, const ParseOptions& options) {
  PlanDocument document;
  Report report(text, options.max_problems);
  if (text.size() > options.max_bytes) {
    report.add(
        "bad-value", report.lines().rest_of_line(0),
        "the file is larger than " + std::to_string(options.max_bytes / 1024) + " KiB and was not read",
        "put long texts into files of their own");
    document.problems = report.take();
    return document;
  }
  const SyntaxTree tree = read_yaml(text, {options.max_depth, options.max_nodes});
  document.ranges = collect_ranges(tree, report.lines(), options.max_subplans);
  if (tree.error) {
    report.add("yaml-syntax", tree.error->extent, tree.error->message, tree.error->hint);
  } else if (!tree.root || tree.nodes[*tree.root].kind == NodeKind::null) {
    report.add("empty-plan", report.lines().rest_of_line(0), "the file holds no plan",
               "start with `plan: <name>` and `subplans:`");
  } else {
    Reading reading(text, tree, report, options.max_nodes);
    PlanSpec spec = read_plan(reading, options.max_subplans);
    if (!report.has_errors()) document.spec = std::move(spec);
  }
  document.problems = report.take();
  return document;
}

}  // namespace

PlanDocument parse(std::string_view text, const ParseOptions& options) {
  if (!text.starts_with(kByteOrderMark)) return parse_text(text, options);
  PlanDocument document = parse_text(text.substr(kByteOrderMark.size()), options);
  shift(document, kByteOrderMark.size());
  return document;
}

Location locate(const PlanDocument& document, std::size_t offset) {
  Location location;
  const auto& subplans = document.ranges.subplans;
  for (std::size_t i = 0; i < subplans.size(); ++i) {
    if (contains(subplans[i].entry, offset)) location.subplan = i;
  }
  // Keys stand in document order, outer ones first: the last that holds the offset is the innermost.
  const KeyRange* around = nullptr;
  for (const KeyRange& key : document.ranges.keys) {
    const bool holds =
        key.key_range.begin <= offset && offset <= std::max(key.key_range.end, key.value_range.end);
    if (holds) around = &key;
  }
  if (around == nullptr) return location;
  location.section = around->section;
  location.key = around->key;
  if (contains(around->key_range, offset)) {
    location.part = Part::key;
    location.range = around->key_range;
  } else if (around->is_scalar && contains(around->value_range, offset)) {
    location.part = Part::value;
    location.range = around->value_range;
    location.text = around->text;
  }
  for (std::size_t i = 0; i < around->items.size(); ++i) {
    if (!contains(around->items[i], offset)) continue;
    location.part = Part::item;
    location.range = around->items[i];
    location.text = around->item_texts[i];
  }
  return location;
}

std::optional<std::size_t> find_subplan(const PlanDocument& document, std::string_view name) {
  const auto& subplans = document.ranges.subplans;
  for (std::size_t i = 0; i < subplans.size(); ++i) {
    if (!name.empty() && subplans[i].name_text == name) return i;
  }
  return std::nullopt;
}

}  // namespace pland::engine::planfile
