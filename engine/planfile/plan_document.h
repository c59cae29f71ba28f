// A plan file read as far as it can be read: its specification, every problem in it, and where everything is.
//
// `parse` is a pure function of the text: no I/O, any thread, no exception. It collects all problems instead
// of stopping at the first; only broken YAML syntax is a single problem, because nothing behind it can be
// trusted. Work and memory are bounded by ParseOptions, whatever the text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/plan_spec.h"
#include "engine/planfile/source_range.h"

namespace pland::engine::planfile {

struct ParseOptions {
  std::size_t max_bytes = 1 << 20;  ///< a longer text is one problem, and is not read
  std::size_t max_depth = 64;       ///< of nested lists and mappings
  std::size_t max_nodes = 200'000;  ///< in the text, and again behind aliases
  std::size_t max_subplans = 1000;
  std::size_t max_problems = 200;  ///< further ones are counted in a last problem
};

enum class Severity { error, warning };

/// A second place that explains a problem: where the name was given first.
struct RelatedPlace {
  SourceRange range;
  std::string message;
};

/// Something in the file that a person must (error) or should (warning) change.
///
/// Codes: `yaml-syntax`, `unknown-key`, `duplicate-key`, `missing-key`, `unknown-subplan`,
/// `dependency-cycle`, `bad-name`, `duplicate-name`, `bad-value`, `missing-work`, `two-works`, `path-escape`,
/// `bad-tool`, `empty-plan`.
struct Problem {
  std::string code;
  Severity severity = Severity::error;
  SourceRange range;    ///< the key, the value or the list item that is wrong; inside the text, in whole
                        ///< characters, and empty only when the text is blank
  std::string message;  ///< what is wrong, one line
  std::string hint;     ///< what to do about it; may be empty
  std::optional<std::string> replacement;  ///< text that would mend it, to stand in place of `range`
  std::vector<RelatedPlace> related;
};

/// Where one entry of `subplans` stands. Kept also when the file has problems.
struct SubplanRanges {
  SourceRange entry;                ///< from its first key to the end of its last value, or the alias
  std::optional<SourceRange> name;  ///< the value of `name`
  std::string name_text;            ///< empty when there is none
  std::vector<SourceRange> after;   ///< one for each name in `after`
};

/// One key with its value: what a cursor can stand on.
struct KeyRange {
  std::string section;  ///< "plan", "subplan_defaults", "subplan", "projects", "env", "tools", "arguments"
  std::string key;      ///< as written, also when it is unknown
  std::optional<std::size_t> subplan;  ///< index in PlanRanges::subplans
  SourceRange key_range;
  SourceRange value_range;              ///< empty, just behind the colon, when nothing is written
  bool is_scalar = false;               ///< the value is one text (or an alias of one), not a list or mapping
  std::string text;                     ///< of a scalar value
  std::vector<SourceRange> items;       ///< texts of a list; items of other kinds are left out
  std::vector<std::string> item_texts;  ///< parallel to `items`
};

struct PlanRanges {
  std::optional<SourceRange> plan;  ///< the value of `plan`
  std::vector<SubplanRanges> subplans;
  std::vector<KeyRange> keys;  ///< in document order
};

struct PlanDocument {
  std::optional<PlanSpec> spec;   ///< present exactly when no problem is an error
  std::vector<Problem> problems;  ///< by position
  PlanRanges ranges;              ///< in a file with broken syntax: of what stands before the break
};

/// Reads YAML or JSON text (UTF-8; a byte order mark is skipped).
PlanDocument parse(std::string_view text, const ParseOptions& options = {});

enum class Part {
  nothing,  ///< blank space, a comment, punctuation
  key,
  value,
  item,  ///< of a list
};

/// What stands at one place of the file.
struct Location {
  Part part = Part::nothing;
  std::optional<std::size_t> subplan;  ///< the entry around it: index in PlanRanges::subplans
  std::string section;                 ///< as KeyRange::section, of the innermost key around; may be empty
  std::string key;                     ///< that key; empty outside of every one
  std::string text;                    ///< of the scalar value or list item there
  std::optional<SourceRange> range;    ///< of the part; absent when part is nothing
};

/// `offset` in bytes; the place just behind the last byte of a word still belongs to it.
Location locate(const PlanDocument& document, std::size_t offset);

/// Index (in PlanRanges::subplans) of the first entry with this name.
std::optional<std::size_t> find_subplan(const PlanDocument& document, std::string_view name);

}  // namespace pland::engine::planfile
