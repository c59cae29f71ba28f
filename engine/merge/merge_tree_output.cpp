#include "engine/merge/merge_tree_output.h"

#include <charconv>
#include <optional>

namespace pland::engine::merge {
namespace {

Error malformed(std::string_view what, std::string_view field) {
  return Error{ErrorCode::git, "git merge-tree answered " + std::string(what) + " as '" + std::string(field) +
                                   "', which this version of pland cannot read"};
}

/// The fields, each ended by a NUL.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : rest_(bytes) {}
  bool at_end() const { return rest_.empty(); }
  std::string_view next() {
    const std::size_t end = rest_.find('\0');
    const std::string_view field = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    return field;
  }

 private:
  std::string_view rest_;
};

template <typename Number>
std::optional<Number> parse_number(std::string_view text, int base) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<MergeTreeOutput> parse_merge_tree_output(std::string_view bytes) {
  MergeTreeOutput output;
  Fields fields(bytes);
  const std::string_view tree_field = fields.next();
  const auto tree = git::Oid::parse(tree_field);
  if (!tree) return malformed("the tree", tree_field);
  output.tree = *tree;

  // "<mode> <object> <stage>\t<path>", up to an empty field.
  while (!fields.at_end()) {
    const std::string_view field = fields.next();
    if (field.empty()) break;
    const std::size_t tab = field.find('\t'), space = field.find(' ');
    if (tab == std::string_view::npos || tab < 2 || space == std::string_view::npos || tab < space + 43) {
      return malformed("a conflicted file", field);
    }
    const auto mode = parse_number<std::uint32_t>(field.substr(0, space), 8);
    const auto oid = git::Oid::parse(field.substr(space + 1, tab - space - 3));
    const char stage = field[tab - 1];
    if (!mode || !oid || stage < '1' || stage > '3') return malformed("a conflicted file", field);
    ThreeVersions& versions = output.stages[std::string(field.substr(tab + 1))];
    git::FileVersion& version = stage == '1' ? versions.base : stage == '2' ? versions.ours : versions.theirs;
    version = {static_cast<git::FileMode>(*mode), *oid};
  }

  // "<number of paths>", the paths, the kind, the sentence.
  while (!fields.at_end()) {
    const std::string_view count_field = fields.next();
    const auto count = parse_number<int>(count_field, 10);
    if (!count || *count < 0) return malformed("the paths of a message", count_field);
    MergeTreeMessage message;
    for (int i = 0; i < *count; ++i) message.paths.emplace_back(fields.next());
    message.kind = fields.next();
    message.text = fields.next();
    output.messages.push_back(std::move(message));
  }
  return output;
}

}  // namespace pland::engine::merge
