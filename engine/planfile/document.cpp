#include "engine/planfile/document.h"

#include <algorithm>
#include <array>
#include <utility>

namespace pland::engine::planfile {
namespace {

bool contains(const SourceRange& range, std::size_t offset) {
  return range.begin <= offset && offset <= range.end;
}

}  // namespace

std::string_view to_string(FileKind kind) {
  switch (kind) {
    case FileKind::plan:
      return "plan";
    case FileKind::action:
      return "action";
    case FileKind::profile:
      return "profile";
  }
  return "?";
}

std::optional<FileKind> parse_file_kind(std::string_view name) {
  for (const FileKind kind : {FileKind::plan, FileKind::action, FileKind::profile}) {
    if (to_string(kind) == name) return kind;
  }
  return std::nullopt;
}

std::optional<FileKind> file_kind(std::string_view path) {
  constexpr std::array<std::string_view, 3> kEndings{".yaml", ".yml", ".json"};
  const auto ending = std::find_if(kEndings.begin(), kEndings.end(),
                                   [&](std::string_view one) { return path.ends_with(one); });
  if (ending == kEndings.end()) return std::nullopt;
  const std::string_view stem = path.substr(0, path.size() - ending->size());
  for (const FileKind kind : {FileKind::plan, FileKind::action, FileKind::profile}) {
    if (stem.ends_with("." + std::string(to_string(kind)))) return kind;
  }
  // The innermost of the two folders, wherever the project is.
  const auto below = [&](std::string_view folder) {
    const std::size_t at = path.rfind(folder);
    return at != std::string_view::npos && (at == 0 || path[at - 1] == '/') ? at + 1 : 0;
  };
  const std::size_t actions = below(".pland/actions/"), profiles = below(".pland/profiles/");
  if (actions == 0 && profiles == 0) return std::nullopt;
  return actions > profiles ? FileKind::action : FileKind::profile;
}

Location locate(const Document& document, std::size_t offset) {
  Location location;
  const auto& entries = document.ranges.entries;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (contains(entries[i].entry, offset)) location.entry = i;
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

}  // namespace pland::engine::planfile
