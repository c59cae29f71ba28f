#include "engine/merge/json_merge.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace pland::engine::merge {
namespace {

using Ordered = nlohmann::ordered_json;

/// How a document is written, besides its values.
struct Form {
  int indent = -1;  ///< -1: in one line
  char indent_with = ' ';
  bool ends_line = false;
  bool operator==(const Form&) const = default;
};

std::string print(const Ordered& value, const Form& form) {
  return value.dump(form.indent, form.indent_with) + (form.ends_line ? "\n" : "");
}

Form form_of(std::string_view text) {
  Form form;
  form.ends_line = text.ends_with('\n');
  const std::size_t line = text.find('\n');
  if (line == std::string_view::npos || line + 1 >= text.size()) return form;
  const std::string_view second = text.substr(line + 1);
  const std::size_t margin = std::min(second.find_first_not_of(" \t"), second.size());
  if (margin > 0 && second[0] == '\t') form.indent_with = '\t';
  form.indent = static_cast<int>(margin);
  return form;
}

/// The value, where printing it gives the text again. A member that stands there twice would be lost
/// otherwise.
std::optional<Ordered> parse(std::string_view text, const Form& form) {
  Ordered value = Ordered::parse(text, nullptr, false);
  if (value.is_discarded() || print(value, form) != text) return std::nullopt;
  return value;
}

/// A value, or none: a member that is not there.
using Maybe = const Ordered*;

bool same(Maybe a, Maybe b) {
  return a == nullptr || b == nullptr ? a == b : *a == *b;
}

Maybe member(Maybe object, const std::string& key) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto found = object->find(key);
  return found == object->end() ? nullptr : &*found;
}

/// The keys of ours, with those that only theirs has behind the key that they follow there.
std::vector<std::string> keys_in_order(const Ordered& ours, const Ordered& theirs) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : ours.items()) keys.push_back(key);
  auto behind = keys.begin();
  for (const auto& [key, value] : theirs.items()) {
    const auto known = std::find(keys.begin(), keys.end(), key);
    behind = known != keys.end() ? known + 1 : keys.insert(behind, key) + 1;
  }
  return keys;
}

/// False when a person must decide; `merged` empty: the value goes.
bool merge_value(Maybe base, Maybe ours, Maybe theirs, std::optional<Ordered>& merged) {
  const Maybe taken = same(ours, theirs) || same(theirs, base) ? ours : theirs;
  if (same(ours, theirs) || same(ours, base) || same(theirs, base)) {
    if (taken != nullptr) merged = *taken;
    return true;
  }
  if (ours == nullptr || theirs == nullptr || !ours->is_object() || !theirs->is_object()) return false;
  if (base != nullptr && !base->is_object()) return false;
  Ordered object = Ordered::object();
  for (const std::string& key : keys_in_order(*ours, *theirs)) {
    std::optional<Ordered> value;
    if (!merge_value(member(base, key), member(ours, key), member(theirs, key), value)) return false;
    if (value) object[key] = *std::move(value);
  }
  merged = std::move(object);
  return true;
}

}  // namespace

std::optional<std::string> merge_json(std::string_view base, std::string_view ours, std::string_view theirs) {
  const Form form = form_of(ours);
  if (form_of(theirs) != form) return std::nullopt;
  const auto our_value = parse(ours, form), their_value = parse(theirs, form);
  const auto base_value = parse(base, form_of(base));
  if (!our_value || !their_value || !base_value || !our_value->is_object()) return std::nullopt;
  std::optional<Ordered> merged;
  if (!merge_value(&*base_value, &*our_value, &*their_value, merged) || !merged) return std::nullopt;
  return print(*merged, form);
}

}  // namespace pland::engine::merge
