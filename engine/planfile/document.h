// What plan, action and profile files have in common: problems, each with its place, and where everything is.
// Values only, any thread.
//
// Each kind has a `parse...` of its own (plan_document.h, action_document.h, profile_document.h): a pure
// function of the text, without I/O or exception. It collects all problems instead of stopping at the first;
// only broken YAML syntax is a single problem, because nothing behind it can be trusted. Work and memory are
// bounded by ParseOptions, whatever the text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/planfile/source_range.h"

namespace pland::engine::planfile {

enum class FileKind { plan, action, profile };
/// "plan", "action", "profile".
std::string_view to_string(FileKind kind);
std::optional<FileKind> parse_file_kind(std::string_view name);
/// By its name: x.plan.yaml, x.action.yml, x.profile.json ...; and every .yaml, .yml or .json below
/// .pland/actions/ or .pland/profiles/. Takes a path or a uri.
std::optional<FileKind> file_kind(std::string_view path);

struct ParseOptions {
  std::size_t max_bytes = 1 << 20;  ///< a longer text is one problem, and is not read
  std::size_t max_depth = 64;       ///< of nested lists and mappings
  std::size_t max_nodes = 200'000;  ///< in the text, and again behind aliases
  std::size_t max_entries = 1000;   ///< of a plan's subplans or an action's arguments
  std::size_t max_problems = 200;   ///< further ones are counted in a last problem
};

enum class Severity { error, warning };

/// A second place that explains a problem: where the name was given first.
struct RelatedPlace {
  SourceRange range;
  std::string message;
};

/// Something in the file that a person must (error) or should (warning) change.
///
/// Codes of every kind: `yaml-syntax`, `unknown-key`, `duplicate-key`, `missing-key`, `bad-name`,
/// `duplicate-name`, `bad-value`; of plan files: `unknown-subplan`, `dependency-cycle`, `missing-work`,
/// `two-works`, `path-escape`, `bad-tool`, `empty-plan`; of action files: `unknown-argument`, `empty-action`;
/// of profile files: `empty-profile`.
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

/// Where one entry of the file's main list stands: a subplan of a plan, an argument of an action. Kept also
/// when the file has problems.
struct EntryRanges {
  SourceRange entry;                ///< from its first key to the end of its last value, or the alias
  std::optional<SourceRange> name;  ///< the value of `name`
  std::string name_text;            ///< empty when there is none
};

/// One key with its value: what a cursor can stand on.
struct KeyRange {
  /// Of a section with known keys to_string(Section); of a mapping whose keys are free the key it belongs to
  /// ("projects", "env", "inputs_schema"); in a list of tool calls "tools", and "arguments" below.
  std::string section;
  std::string key;                   ///< as written, also when it is unknown
  std::optional<std::size_t> entry;  ///< index in Ranges::entries
  SourceRange key_range;
  SourceRange value_range;              ///< empty, just behind the colon, when nothing is written
  bool is_scalar = false;               ///< the value is one text (or an alias of one), not a list or mapping
  std::string text;                     ///< of a scalar value
  std::vector<SourceRange> items;       ///< texts of a list; items of other kinds are left out
  std::vector<std::string> item_texts;  ///< parallel to `items`
};

struct Ranges {
  std::optional<SourceRange> name;  ///< of the plan, the action, the profile: the value
  std::vector<EntryRanges> entries;
  std::vector<KeyRange> keys;  ///< in document order
};

struct Document {
  std::vector<Problem> problems;  ///< by position
  Ranges ranges;                  ///< in a file with broken syntax: of what stands before the break
};

enum class Part {
  nothing,  ///< blank space, a comment, punctuation
  key,
  value,
  item,  ///< of a list
};

/// What stands at one place of the file.
struct Location {
  Part part = Part::nothing;
  std::optional<std::size_t> entry;  ///< the entry around it: index in Ranges::entries
  std::string section;               ///< as KeyRange::section, of the innermost key around; may be empty
  std::string key;                   ///< that key; empty outside of every one
  std::string text;                  ///< of the scalar value or list item there
  std::optional<SourceRange> range;  ///< of the part; absent when part is nothing
};

/// `offset` in bytes; the place just behind the last byte of a word still belongs to it.
Location locate(const Document& document, std::size_t offset);

}  // namespace pland::engine::planfile
