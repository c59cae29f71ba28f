// Where everything is in a plan file, right or wrong: walks the tree by the names of the keys alone.
#include "engine/planfile/plan_reader.h"

namespace pland::engine::planfile {
namespace {

class Ranger {
 public:
  Ranger(const SyntaxTree& tree, const LineIndex& lines, std::size_t max_subplans)
      : tree_(tree), lines_(lines), max_subplans_(max_subplans) {}

  PlanRanges collect() {
    if (tree_.root) section("plan", node(*tree_.root), std::nullopt);
    return std::move(ranges_);
  }

 private:
  const Node& node(NodeId id) const { return tree_.nodes[id]; }
  const Node& target(const Node& node) const {
    return node.kind == NodeKind::alias ? tree_.nodes[node.target] : node;
  }

  /// Adds the keys of a mapping. What an alias stands for has its keys where the anchor is.
  void section(std::string_view name, const Node& map, std::optional<std::size_t> subplan) {
    if (map.kind != NodeKind::map) return;
    for (std::size_t i = 0; i + 1 < map.children.size(); i += 2) {
      const Node& key = node(map.children[i]);
      if (key.kind != NodeKind::scalar) continue;
      const Node& value = node(map.children[i + 1]);
      add_key(name, key, value, subplan);
      descend(name, key.text, value, subplan);
    }
  }

  void add_key(std::string_view section, const Node& key, const Node& value,
               std::optional<std::size_t> subplan) {
    KeyRange range;
    range.section = section;
    range.key = key.text;
    range.subplan = subplan;
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
    if (section == "plan" && key.text == "plan" && !ranges_.plan && range.is_scalar)
      ranges_.plan = range.value_range;
    if (section == "subplan" && subplan) note_subplan(range, ranges_.subplans[*subplan]);
    ranges_.keys.push_back(std::move(range));
  }

  static void note_subplan(const KeyRange& key, SubplanRanges& subplan) {
    if (key.key == "name" && !subplan.name && key.is_scalar) {
      subplan.name = key.value_range;
      subplan.name_text = key.text;
    } else if (key.key == "after" && subplan.after.empty()) {
      subplan.after = key.items;
    }
  }

  void descend(std::string_view section_name, std::string_view key, const Node& value,
               std::optional<std::size_t> subplan) {
    if (section_name == "plan" && (key == "projects" || key == "subplan_defaults")) {
      section(key, value, subplan);
    } else if (section_name == "plan" && key == "subplans" && ranges_.subplans.empty()) {
      entries(value);
    } else if (section_name == "plan" && key == "invariants") {
      below("invariant", value);
    } else if (section_name == "subplan" && key == "subplans") {
      below("subplan", value);  // what runs is shown on the entry of the plan itself
    } else if (section_name == "subplan" && (key == "env" || key == "repair" || key == "subplan_defaults")) {
      section(key, value, subplan);
    } else if (section_name == "subplan" && key == "tools" && value.kind == NodeKind::sequence) {
      for (const NodeId call : value.children) section(key, node(call), subplan);
    } else if (section_name == "tools") {
      section("arguments", value, subplan);
    }
  }

  void below(std::string_view name, const Node& list) {
    if (list.kind != NodeKind::sequence) return;
    for (const NodeId entry : list.children) section(name, node(entry), std::nullopt);
  }

  void entries(const Node& value) {
    const Node& list = target(value);
    if (list.kind != NodeKind::sequence) return;
    for (const NodeId id : list.children) {
      if (ranges_.subplans.size() >= max_subplans_) return;
      const std::size_t index = ranges_.subplans.size();
      const Node& entry = node(id);
      const bool elsewhere = value.kind == NodeKind::alias;  // the whole list stands behind an alias
      SubplanRanges& subplan = ranges_.subplans.emplace_back();
      subplan.entry = lines_.range(elsewhere ? value.extent : entry.extent);
      if (elsewhere || entry.kind == NodeKind::alias) {
        name_behind_alias(entry, subplan);
      } else {
        section("subplan", entry, index);
      }
    }
  }

  void name_behind_alias(const Node& alias, SubplanRanges& subplan) const {
    const Node& map = target(alias);
    if (map.kind != NodeKind::map) return;
    for (std::size_t i = 0; i + 1 < map.children.size(); i += 2) {
      const Node& value = target(node(map.children[i + 1]));
      if (node(map.children[i]).text != "name" || value.kind != NodeKind::scalar) continue;
      subplan.name = subplan.entry;
      subplan.name_text = value.text;
      return;
    }
  }

  const SyntaxTree& tree_;
  const LineIndex& lines_;
  std::size_t max_subplans_;
  PlanRanges ranges_;
};

}  // namespace

PlanRanges collect_ranges(const SyntaxTree& tree, const LineIndex& lines, std::size_t max_subplans) {
  return Ranger(tree, lines, max_subplans).collect();
}

}  // namespace pland::engine::planfile
