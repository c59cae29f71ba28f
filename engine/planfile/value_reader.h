// From syntax nodes to typed values: each reader answers the value, or reports what is wrong with it and
// answers nothing. The plan-file room's own. Not thread-safe: one Reading per `parse`.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/planfile/key_table.h"
#include "engine/planfile/report.h"
#include "engine/planfile/syntax_tree.h"

namespace pland::engine::planfile {

/// A node seen from where it is used. Behind an alias, `place` (and that of everything below) is the alias:
/// that is where the value is wrong; the anchored text may be right for its own place.
struct View {
  const Node* node = nullptr;  ///< never an alias
  Extent place;
  bool aliased = false;
};

/// One `key: value` of a mapping.
struct Field {
  std::string key;
  Extent key_place;
  View value;
  const KeyInfo* info = nullptr;  ///< null in mappings whose keys are free
  /// Where to show that the value is wrong: the value, or the key when nothing is written.
  Extent value_place() const { return value.node->absent ? key_place : value.place; }
};

struct Item {
  std::string text;
  Extent place;
};

class Reading {
 public:
  /// `max_expanded`: how many values aliases may repeat in all.
  Reading(std::string_view text, FileKind kind, const SyntaxTree& tree, Report& report,
          std::size_t max_expanded)
      : text_(text), kind_(kind), tree_(tree), report_(report), max_expanded_(max_expanded) {}

  std::string_view source() const { return text_; }

  Report& report() { return report_; }
  View root() const { return view(*tree_.root, nullptr); }

  /// The pairs of a mapping whose keys are texts, duplicates reported and left out. Precondition: a map.
  std::vector<Field> fields(const View& map);
  /// The pairs of a section: unknown and reserved keys are reported and left out, missing ones reported at
  /// `missing`.
  std::vector<Field> section(Section section, const View& map, Extent missing);
  /// The items of a list. Precondition: a sequence.
  std::vector<View> items(const View& list);

  std::optional<std::string> text(const Field& field);
  /// Text that is not blank.
  std::optional<std::string> command(const Field& field);
  std::optional<int> integer(const Field& field);
  std::optional<bool> boolean(const Field& field);
  /// A fraction or an amount, as the key's type says.
  std::optional<double> number(const Field& field);
  /// Any value, as YAML's core schema reads it: a plain 3 is a number, a quoted one text.
  std::optional<nlohmann::json> value(const View& value);
  std::optional<std::chrono::milliseconds> duration(const Field& field);
  std::optional<std::string> choice(const Field& field);
  /// The name of a built-in profile, or the full name of a custom one.
  std::optional<std::string> profile(const Field& field);
  /// Items that are no text are reported and left out; an absent value is an empty list.
  std::vector<Item> text_list(const Field& field);
  /// One item of the list `field` as text; reports what is none.
  std::optional<Item> item_text(const Field& field, const View& item);

  /// True when the value is a list (or map) as it must be; otherwise reports. Nothing written: false without
  /// report when `may_be_empty`.
  bool is_list(const Field& field, std::string_view example, bool may_be_empty);
  bool is_map(const Field& field, std::string_view example, bool may_be_empty);

  /// Reports that the value is not what it must be.
  Problem& bad_value(const Field& field, std::string_view expected, std::string hint = {});

  /// The first line of `extent`: what to underline when a whole entry is meant.
  Extent first_line(Extent extent) const;
  /// "a list", "nothing" ...: what stands there, for messages.
  static std::string_view describe(const Node& node);

 private:
  bool may_expand(const View& collection);
  View view(NodeId id, const View* parent) const;
  std::optional<nlohmann::json> value(const View& value, std::size_t depth);
  std::optional<std::string> scalar(const View& value, Extent place, std::string_view what);

  std::string_view text_;
  FileKind kind_;
  const SyntaxTree& tree_;
  Report& report_;
  std::size_t max_expanded_;
  std::size_t expanded_ = 0;
};

/// Null when there is none.
const Field* find(const std::vector<Field>& fields, std::string_view key);

}  // namespace pland::engine::planfile
