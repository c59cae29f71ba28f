// Where everything is in a file, right or wrong: walks the tree by the names of the keys alone.
#include "engine/planfile/read_document.h"

namespace pland::engine::planfile {
namespace {

class Ranger {
 public:
  Ranger(const SyntaxTree& tree, const LineIndex& lines, FileKind kind, std::size_t max_entries)
      : tree_(tree), lines_(lines), kind_(kind), max_entries_(max_entries) {}

  Ranges collect() {
    if (tree_.root) section(sections(kind_).front(), node(*tree_.root), std::nullopt);
    return std::move(ranges_);
  }

 private:
  using Entry = std::optional<std::size_t>;

  const Node& node(NodeId id) const { return tree_.nodes[id]; }
  const Node& target(const Node& node) const {
    return node.kind == NodeKind::alias ? tree_.nodes[node.target] : node;
  }

  /// Adds the keys of a mapping, and calls `inner(key, value)` for each. What an alias stands for has its
  /// keys where the anchor is.
  template <typename Inner>
  void keys(std::string_view name, const Node& map, Entry entry, Inner inner) {
    if (map.kind != NodeKind::map) return;
    for (std::size_t i = 0; i + 1 < map.children.size(); i += 2) {
      const Node& key = node(map.children[i]);
      if (key.kind != NodeKind::scalar) continue;
      const Node& value = node(map.children[i + 1]);
      add_key(name, key, value, entry);
      inner(key.text, value);
    }
  }

  void section(Section name, const Node& map, Entry entry) {
    keys(to_string(name), map, entry, [&](const std::string& key, const Node& value) {
      if (const KeyInfo* info = find_key(name, key)) descend(*info, value, entry);
    });
  }

  /// A mapping whose keys are free.
  void free_keys(std::string_view name, const Node& map, Entry entry) {
    keys(name, map, entry, [](const std::string&, const Node&) {});
  }

  void tool_call(const Node& call, Entry entry) {
    keys("tools", call, entry,
         [&](const std::string&, const Node& arguments) { free_keys("arguments", arguments, entry); });
  }

  void add_key(std::string_view section_name, const Node& key, const Node& value, Entry entry) {
    KeyRange range;
    range.section = section_name;
    range.key = key.text;
    range.entry = entry;
    range.key_range = lines_.range(key.extent);
    range.value_range = lines_.range(value.extent);
    const Node& meant = target(value);
    range.is_scalar = meant.kind == NodeKind::scalar || (meant.kind == NodeKind::null && !meant.absent);
    range.text = meant.text;
    if (value.kind == NodeKind::sequence) {
      for (const NodeId id : value.children) {
        if (target(node(id)).kind != NodeKind::scalar) continue;
        range.items.push_back(lines_.range(node(id).extent));
        range.item_texts.push_back(target(node(id)).text);
      }
    }
    const bool at_top = section_name == to_string(sections(kind_).front());
    if (at_top && key.text == name_key(kind_) && !ranges_.name && range.is_scalar) {
      ranges_.name = range.value_range;
    }
    if (entry && is_entry_section(section_name) && key.text == "name" && range.is_scalar) {
      EntryRanges& named = ranges_.entries[*entry];
      if (!named.name) {
        named.name = range.value_range;
        named.name_text = range.text;
      }
    }
    ranges_.keys.push_back(std::move(range));
  }

  bool is_entry_section(std::string_view name) const {
    return entry_section_ && name == to_string(*entry_section_);
  }

  void descend(const KeyInfo& key, const Node& value, Entry entry) {
    switch (key.type) {
      case ValueType::mapping:
        return section(*key.inner, value, entry);
      case ValueType::folder_map:
      case ValueType::environment:
      case ValueType::command_map:
      case ValueType::schema:
        return free_keys(key.name, value, entry);
      case ValueType::subplan_list:
      case ValueType::argument_list:
        if (ranges_.entries.empty()) return entries(*key.inner, value);
        // Below an entry: what runs is shown on the entry of the file itself.
        if (value.kind != NodeKind::sequence) return;
        for (const NodeId id : value.children) section(*key.inner, node(id), std::nullopt);
        return;
      case ValueType::tool_list:
      case ValueType::invariant_list:
        if (value.kind != NodeKind::sequence) return;
        for (const NodeId id : value.children) {
          key.inner ? section(*key.inner, node(id), entry) : tool_call(node(id), entry);
        }
        return;
      default:
        return;
    }
  }

  void entries(Section name, const Node& value) {
    entry_section_ = name;
    const Node& list = target(value);
    if (list.kind != NodeKind::sequence) return;
    for (const NodeId id : list.children) {
      if (ranges_.entries.size() >= max_entries_) return;
      const std::size_t index = ranges_.entries.size();
      const Node& entry = node(id);
      const bool elsewhere = value.kind == NodeKind::alias;  // the whole list stands behind an alias
      EntryRanges& ranges = ranges_.entries.emplace_back();
      ranges.entry = lines_.range(elsewhere ? value.extent : entry.extent);
      if (elsewhere || entry.kind == NodeKind::alias) {
        name_behind_alias(entry, ranges);
      } else {
        section(name, entry, index);
      }
    }
  }

  void name_behind_alias(const Node& alias, EntryRanges& ranges) const {
    const Node& map = target(alias);
    if (map.kind != NodeKind::map) return;
    for (std::size_t i = 0; i + 1 < map.children.size(); i += 2) {
      const Node& value = target(node(map.children[i + 1]));
      if (node(map.children[i]).text != "name" || value.kind != NodeKind::scalar) continue;
      ranges.name = ranges.entry;
      ranges.name_text = value.text;
      return;
    }
  }

  const SyntaxTree& tree_;
  const LineIndex& lines_;
  FileKind kind_;
  std::size_t max_entries_;
  std::optional<Section> entry_section_;
  Ranges ranges_;
};

}  // namespace

Ranges collect_ranges(const SyntaxTree& tree, const LineIndex& lines, FileKind kind,
                      std::size_t max_entries) {
  return Ranger(tree, lines, kind, max_entries).collect();
}

}  // namespace pland::engine::planfile
