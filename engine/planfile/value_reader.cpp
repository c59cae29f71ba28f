#include "engine/planfile/value_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>

#include "engine/base/nearest_name.h"
#include "engine/base/words.h"
#include "engine/model/profile.h"
#include "engine/planfile/duration.h"
#include "engine/planfile/name_check.h"
#include "engine/planfile/scalar_extent.h"

namespace pland::engine::planfile {
namespace {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// Decimal, and finite.
std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

/// An unquoted scalar by YAML's core schema; what is neither number nor boolean is text.
nlohmann::json plain_value(const std::string& text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  std::int64_t whole = 0;
  const char* const begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, whole);
  if (error == std::errc() && stop == end) return whole;
  const bool starts_as_number = text.find_first_of("0123456789") < 3;  // not "inf", not "nan"
  if (const auto number = parse_number(text); number && starts_as_number) return *number;
  return text;
}

}  // namespace

const Field* find(const std::vector<Field>& fields, std::string_view key) {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const Field& field) { return field.key == key; });
  return found == fields.end() ? nullptr : &*found;
}

std::string_view Reading::describe(const Node& node) {
  switch (node.kind) {
    case NodeKind::scalar:
      return "text";
    case NodeKind::null:
      return "nothing";
    case NodeKind::map:
      return "a mapping";
    case NodeKind::sequence:
      return "a list";
    case NodeKind::alias:
      return "an alias";
  }
  return "?";
}

View Reading::view(NodeId id, const View* parent) const {
  const Node* node = &tree_.nodes[id];
  View result{node, node->extent, false};
  if (node->kind == NodeKind::alias) {
    result.node = &tree_.nodes[node->target];
    result.aliased = true;
  }
  if (parent != nullptr && parent->aliased) {
    result.place = parent->place;
    result.aliased = true;
  }
  return result;
}

bool Reading::may_expand(const View& collection) {
  if (!collection.aliased) return true;
  const bool was_full = expanded_ > max_expanded_;
  expanded_ += collection.node->children.size();
  if (expanded_ <= max_expanded_) return true;
  if (was_full) return false;  // said once is enough
  report_.add("bad-value", collection.place,
              "aliases repeat more than " + std::to_string(max_expanded_) + " values", "write fewer aliases");
  return false;
}

std::vector<View> Reading::items(const View& list) {
  std::vector<View> result;
  if (!may_expand(list)) return result;
  result.reserve(list.node->children.size());
  for (const NodeId child : list.node->children) {
    View item = view(child, &list);
    if (item.node->absent && !item.aliased) {
      // An empty item is shown by its dash, or by the comma behind it.
      const bool dash = item.place.begin > 0 && text_[item.place.begin - 1] == '-';
      const std::size_t at = dash ? item.place.begin - 1 : skip_trivia(text_, item.place.begin);
      item.place = {at, at + 1};
    }
    result.push_back(item);
  }
  return result;
}

std::vector<Field> Reading::fields(const View& map) {
  std::vector<Field> result;
  if (!may_expand(map)) return result;
  const auto& children = map.node->children;
  std::unordered_map<std::string_view, Extent> seen;
  for (std::size_t i = 0; i + 1 < children.size(); i += 2) {
    const View key = view(children[i], &map);
    if (key.node->kind != NodeKind::scalar && key.node->kind != NodeKind::null) {
      report_.add("unknown-key", key.place,
                  "a key must be text, and this is " + std::string(describe(*key.node)),
                  "a text that starts with '{' or '[' needs quotes");
      continue;
    }
    if (key.node->absent && !key.aliased) {
      const std::size_t colon = skip_trivia(text_, key.place.begin, ",{");
      report_.add("unknown-key", {colon, colon + 1}, "there is no key before this",
                  "write one, or quote the text");
      continue;
    }
    const std::string_view name =
        key.node->kind == NodeKind::scalar ? std::string_view(key.node->text) : "null";
    if (const auto [first, is_new] = seen.emplace(name, key.place); !is_new) {
      Problem& problem =
          report_.add("duplicate-key", key.place, "the key " + in_quotes(name) + " is given twice",
                      "remove one of the two; the first one counts");
      problem.related = {{report_.lines().range(first->second), "given first here"}};
      continue;
    }
    result.push_back({std::string(name), key.place, view(children[i + 1], &map), nullptr});
  }
  return result;
}

std::vector<Field> Reading::section(Section section, const View& map, Extent missing) {
  std::vector<Field> result;
  const auto known = key_names(section);
  for (Field& field : fields(map)) {
    field.info = find_key(section, field.key);
    if (field.info == nullptr) {
      std::string hint = "known keys: " + joined(known);
      if (field.key == "<<") hint = "YAML merge keys are not supported: write the keys out";
      for (const Section other : sections(kind_)) {
        if (other != section && find_key(other, field.key) != nullptr) {
          hint = in_quotes(field.key) + " goes into " + std::string(place_in_words(other));
          break;
        }
      }
      const auto nearest = nearest_name(field.key, known);
      if (!nearest.empty()) hint = did_you_mean(nearest);
      Problem& problem =
          report_.add("unknown-key", field.key_place, "unknown key " + in_quotes(field.key), hint);
      if (!nearest.empty()) problem.replacement = std::string(nearest);
    } else if (field.info->reserved) {
      report_.add("unknown-key", field.key_place,
                  in_quotes(field.key) + " is not supported in this version of pland",
                  "say what to do with `run` or `tools`");
    }
    result.push_back(std::move(field));
  }
  for (const KeyInfo& key : key_table()) {
    if (key.section != section || !key.required || find(result, key.name) != nullptr) continue;
    report_.add("missing-key", missing, "the key '" + std::string(key.name) + "' is missing",
                "add `" + std::string(key.name) + ":`, " + std::string(to_string(key.type)));
  }
  std::erase_if(result, [](const Field& field) { return field.info == nullptr; });
  return result;
}

Problem& Reading::bad_value(const Field& field, std::string_view expected, std::string hint) {
  std::string found(describe(*field.value.node));
  if (field.value.node->kind == NodeKind::scalar) found = in_quotes(field.value.node->text);
  return report_.add("bad-value", field.value_place(),
                     in_quotes(field.key) + " must be " + std::string(expected) + ", not " + found,
                     std::move(hint));
}

std::optional<std::string> Reading::scalar(const View& value, Extent place, std::string_view what) {
  if (value.node->kind != NodeKind::scalar) {
    report_.add("bad-value", place,
                std::string(what) + " must be text, not " + std::string(describe(*value.node)),
                value.node->kind == NodeKind::null ? "write a text; an empty one is \"\""
                                                   : "text that YAML takes for something else needs quotes");
    return std::nullopt;
  }
  if (value.node->text.find('\0') != std::string::npos) {
    report_.add("bad-value", place, std::string(what) + " contains a NUL character",
                "remove \"\\0\" from it");
    return std::nullopt;
  }
  return value.node->text;
}

std::optional<std::string> Reading::text(const Field& field) {
  return scalar(field.value, field.value_place(), in_quotes(field.key));
}

std::optional<std::string> Reading::command(const Field& field) {
  auto value = text(field);
  if (value && is_blank(*value)) {
    bad_value(field, "a shell command", "write the command, or remove the key");
    return std::nullopt;
  }
  return value;
}

std::optional<int> Reading::integer(const Field& field) {
  const KeyInfo& info = *field.info;
  const std::string range =
      "a whole number from " + std::to_string(info.minimum) + " to " + std::to_string(info.maximum);
  const Node& node = *field.value.node;
  int value = 0;
  const char* const begin = node.text.data();
  const char* const end = begin + node.text.size();
  const auto [stop, error] = std::from_chars(begin, end, value);
  const bool whole = node.kind == NodeKind::scalar && stop == end && error != std::errc::invalid_argument;
  if (!whole || node.quoted) {
    bad_value(field, range, whole ? "remove the quotes" : "");
    return std::nullopt;
  }
  const bool overflow = error == std::errc::result_out_of_range;
  if (overflow || value < info.minimum || value > info.maximum) {
    const bool low = overflow ? node.text.starts_with('-') : value < info.minimum;
    bad_value(field, range,
              low ? "the smallest allowed is " + std::to_string(info.minimum)
                  : "the largest allowed is " + std::to_string(info.maximum));
    return std::nullopt;
  }
  return value;
}

std::optional<bool> Reading::boolean(const Field& field) {
  const Node& node = *field.value.node;
  const std::string_view word = node.text;
  const bool is_word = node.kind == NodeKind::scalar;
  if (is_word && !node.quoted && (word == "true" || word == "True" || word == "TRUE")) return true;
  if (is_word && !node.quoted && (word == "false" || word == "False" || word == "FALSE")) return false;
  std::string_view meant;
  for (const std::string_view yes : {"yes", "on", "y", "1", "true", "Yes", "On", "YES", "ON"}) {
    if (is_word && word == yes) meant = "true";
  }
  for (const std::string_view no : {"no", "off", "n", "0", "false", "No", "Off", "NO", "OFF"}) {
    if (is_word && word == no) meant = "false";
  }
  Problem& problem = bad_value(field, "true or false", meant.empty() ? "" : "write " + std::string(meant));
  if (!meant.empty()) problem.replacement = std::string(meant);
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> Reading::duration(const Field& field) {
  const Node& node = *field.value.node;
  const auto value = node.kind == NodeKind::scalar ? parse_duration(node.text) : std::nullopt;
  if (!value) {
    bad_value(field, to_string(ValueType::duration), "units are d, h, m, s and ms, from large to small");
    return std::nullopt;
  }
  if (value->count() == 0) {
    bad_value(field, "longer than nothing", "leave the key out for no limit");
    return std::nullopt;
  }
  return value;
}

std::optional<std::string> Reading::choice(const Field& field) {
  const Node& node = *field.value.node;
  const auto choices = field.info->choices;
  const bool is_word = node.kind == NodeKind::scalar;
  if (is_word && std::find(choices.begin(), choices.end(), node.text) != choices.end()) return node.text;
  const auto nearest = is_word ? nearest_name(node.text, choices) : std::string_view();
  Problem& problem =
      bad_value(field, "one of " + joined(choices), !nearest.empty() ? did_you_mean(nearest) : "");
  if (!nearest.empty()) problem.replacement = std::string(nearest);
  return std::nullopt;
}

std::optional<std::string> Reading::profile(const Field& field) {
  const Node& node = *field.value.node;
  if (node.kind == NodeKind::scalar && node.text.find('/') != std::string::npos) {
    return namespaced(node.text, field.value_place(), report_);
  }
  std::vector<std::string_view> names;
  for (const AutomationProfile& built_in : built_in_profiles()) names.push_back(built_in.name);
  if (std::find(names.begin(), names.end(), node.text) != names.end()) return node.text;
  const auto nearest = nearest_name(node.text, names);
  Problem& problem = bad_value(
      field, "one of " + joined(names),
      !nearest.empty() ? did_you_mean(nearest) : "a profile of your own is named with its namespace");
  if (!nearest.empty()) problem.replacement = std::string(nearest);
  return std::nullopt;
}

std::optional<double> Reading::number(const Field& field) {
  const Node& node = *field.value.node;
  const bool is_fraction = field.info->type == ValueType::fraction;
  const auto number = node.kind == NodeKind::scalar ? parse_number(node.text) : std::nullopt;
  const bool good = number && (is_fraction ? *number >= 0 && *number <= 1 : *number > 0);
  if (good && !node.quoted) return number;
  std::string hint;
  if (good) {
    hint = "remove the quotes";
  } else if (is_fraction && number) {
    hint = *number > 1 ? "1 asks a person, in effect always" : "0 is always by itself";
  } else if (!is_fraction && number) {
    hint = "leave the key out for no limit";
  }
  bad_value(field, to_string(field.info->type), std::move(hint));
  return std::nullopt;
}

std::optional<nlohmann::json> Reading::value(const View& value) {
  return this->value(value, 0);
}

std::optional<nlohmann::json> Reading::value(const View& value, std::size_t depth) {
  constexpr std::size_t kDeepest = 64;  // aliases of aliases can nest deeper than the text does
  if (depth > kDeepest) {
    report_.add("bad-value", value.place, "aliases nest deeper than " + std::to_string(kDeepest),
                "write fewer aliases");
    return std::nullopt;
  }
  switch (value.node->kind) {
    case NodeKind::sequence: {
      nlohmann::json list = nlohmann::json::array();
      for (const View& item : items(value)) {
        auto read = this->value(item, depth + 1);
        if (!read || expanded_ > max_expanded_) return std::nullopt;
        list.push_back(*std::move(read));
      }
      return list;
    }
    case NodeKind::map: {
      nlohmann::json map = nlohmann::json::object();
      for (const Field& field : fields(value)) {
        auto read = this->value(field.value, depth + 1);
        if (!read || expanded_ > max_expanded_) return std::nullopt;
        map[field.key] = *std::move(read);
      }
      return map;
    }
    case NodeKind::scalar:
      return value.node->quoted ? nlohmann::json(value.node->text) : plain_value(value.node->text);
    case NodeKind::null:
    case NodeKind::alias:
      break;
  }
  return nlohmann::json();
}

bool Reading::is_list(const Field& field, std::string_view example, bool may_be_empty) {
  const NodeKind kind = field.value.node->kind;
  if (kind == NodeKind::sequence) return true;
  if (kind == NodeKind::null && may_be_empty) return false;
  bad_value(field, to_string(field.info->type), "write " + std::string(example));
  return false;
}

bool Reading::is_map(const Field& field, std::string_view example, bool may_be_empty) {
  const NodeKind kind = field.value.node->kind;
  if (kind == NodeKind::map) return true;
  if (kind == NodeKind::null && may_be_empty) return false;
  bad_value(field, field.info != nullptr ? to_string(field.info->type) : "a mapping",
            "write " + std::string(example));
  return false;
}

std::optional<Item> Reading::item_text(const Field& field, const View& item) {
  auto value = scalar(item, item.place, "an item of " + in_quotes(field.key));
  if (!value) return std::nullopt;
  return Item{std::move(*value), item.place};
}

std::vector<Item> Reading::text_list(const Field& field) {
  std::vector<Item> result;
  const std::string& word = field.value.node->text;
  const bool short_word =
      !word.empty() && word.size() < 40 && word.find_first_of(",[]{}#\n\r\"'") == std::string::npos;
  const std::string shown = short_word ? word : "...";
  if (!is_list(field, "it as a list: [" + shown + "]", true)) {
    return result;
  }
  for (const View& item : items(field.value)) {
    if (auto text = item_text(field, item)) result.push_back(std::move(*text));
  }
  return result;
}

Extent Reading::first_line(Extent extent) const {
  const Extent line = report_.lines().rest_of_line(extent.begin);
  return {line.begin, std::min(line.end, std::max(extent.end, line.begin))};
}

}  // namespace pland::engine::planfile
