#include "engine/planfile/syntax_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>

#include "engine/planfile/scalar_extent.h"
#include "engine/planfile/syntax_hint.h"
#include "engine/planfile/text_check.h"

namespace pland::engine::planfile {
namespace {

/// Leaves yaml-cpp in the middle of a document: a limit was hit, or a second document starts.
struct Stop {
  std::size_t offset;
  std::string message;
  std::string hint;
};

std::size_t offset_of(const YAML::Mark& mark) {
  return mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos);
}

/// Turns yaml-cpp's events into nodes that know where they start.
class Builder final : public YAML::EventHandler {
 public:
  Builder(SyntaxTree& tree, SyntaxLimits limits) : tree_(tree), limits_(limits) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) {
      throw Stop{offset_of(mark), "a plan file holds one YAML document, and a second one starts here",
                 "put it into a file of its own"};
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(NodeKind::null, mark, anchor); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      throw Stop{offset_of(mark), "this alias names no anchor", "write `&name` first"};
    const NodeId target = found->second;
    tree_.nodes[add(NodeKind::alias, mark, 0)].target = target;
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node& node = tree_.nodes[add(NodeKind::scalar, mark, anchor)];
    node.text = value;
    node.quoted = tag != "?";
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(NodeKind::sequence, mark, anchor);
  }
  void OnSequenceEnd() override { open_.pop_back(); }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(NodeKind::map, mark, anchor);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  NodeId add(NodeKind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (tree_.nodes.size() >= limits_.max_nodes) {
      throw Stop{offset_of(mark), "the file has more than " + std::to_string(limits_.max_nodes) + " values",
                 "split it into several plans"};
    }
    const auto id = static_cast<NodeId>(tree_.nodes.size());
    tree_.nodes.push_back(
        {.kind = kind, .extent = {offset_of(mark), offset_of(mark)}, .text = {}, .children = {}});
    if (anchor != 0) anchors_[anchor] = id;
    if (open_.empty()) {
      tree_.root = id;
    } else {
      tree_.nodes[open_.back()].children.push_back(id);
    }
    return id;
  }

  void open(NodeKind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (open_.size() >= limits_.max_depth) {
      throw Stop{offset_of(mark),
                 "lists and mappings are nested deeper than " + std::to_string(limits_.max_depth),
                 "a plan needs four levels"};
    }
    open_.push_back(add(kind, mark, anchor));
  }

  SyntaxTree& tree_;
  SyntaxLimits limits_;
  std::vector<NodeId> open_;
  std::unordered_map<YAML::anchor_t, NodeId> anchors_;
  int documents_ = 0;
};

/// Gives every node its exact extent, from yaml-cpp's start marks and the text. Walks in document order; the
/// depth is bounded by SyntaxLimits.
class Placer {
 public:
  Placer(std::string_view text, SyntaxTree& tree) : text_(text), tree_(tree) {}

  /// Places `id` and all below it; `from` is where the thing before it ended. Answers where it ends.
  std::size_t place(NodeId id, std::size_t from) {
    Node& node = tree_.nodes[id];
    const std::size_t mark = node.extent.begin;
    node.extent.begin = std::max(skip_properties(text_, mark), std::min(from, text_.size()));
    switch (node.kind) {
      case NodeKind::scalar:
        place_scalar(node, mark);
        break;
      case NodeKind::alias:
        node.extent.end = alias_end(text_, node.extent.begin);
        break;
      case NodeKind::null:
        place_null(id, mark, from);
        break;
      case NodeKind::map:
        place_map(node);
        break;
      case NodeKind::sequence:
        place_sequence(node);
        break;
    }
    return node.extent.end;
  }

  /// Where a quoted scalar starts that has no closing quote.
  std::optional<std::size_t> open_quote() const { return open_quote_; }

 private:
  void place_scalar(Node& node, std::size_t mark) {
    const bool written = !node.text.empty() || std::string_view("\"'|>").find(at(node.extent.begin)) != npos;
    if (written) {
      node.extent.end = scalar_end(text_, node.extent.begin, node.text);
      // yaml-cpp takes the end of the file for the closing quote when a line end comes before it.
      if (!open_quote_ && is_open_quote(text_, node.extent.begin)) open_quote_ = node.extent.begin;
    }
    const bool found = node.extent.end > node.extent.begin;
    if (!written || !found) {  // only a tag or an anchor: `key: !!str`
      node.extent = {mark, alias_end(text_, mark)};
    }
  }

  /// yaml-cpp marks an absent value with the start of what follows it, so a null literal there may be the
  /// next key.
  void place_null(NodeId id, std::size_t mark, std::size_t from) {
    Node& node = tree_.nodes[id];
    const bool next_starts_there = id + 1 < tree_.nodes.size() && tree_.nodes[id + 1].extent.begin == mark;
    const std::size_t length = next_starts_there ? 0 : null_length(text_, node.extent.begin);
    node.absent = length == 0;
    node.extent.begin = node.absent ? std::min(from, text_.size()) : node.extent.begin;
    node.extent.end = node.extent.begin + length;
  }

  /// Behind the `indicator` that leads to the node `id`, or `from` when it is not written.
  std::size_t behind(char indicator, std::size_t from) const {
    const std::size_t at = skip_trivia(text_, from, ",");
    return at < text_.size() && text_[at] == indicator ? at + 1 : from;
  }

  void place_map(Node& node) {
    const char first = at(node.extent.begin);
    std::size_t end = first == '{' ? node.extent.begin + 1 : node.extent.begin;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      const bool is_value = i % 2 == 1;
      end = place(node.children[i], is_value ? behind(':', end) : end);
    }
    node.extent.end = first == '{' ? closed(end, '}') : end;
  }

  void place_sequence(Node& node) {
    const char first = at(node.extent.begin);
    std::size_t end = first == '[' ? node.extent.begin + 1 : node.extent.begin;
    for (const NodeId item : node.children) end = place(item, first == '[' ? end : behind('-', end));
    node.extent.end = first == '[' ? closed(end, ']') : end;
  }

  std::size_t closed(std::size_t from, char bracket) const {
    const std::size_t end = skip_trivia(text_, from, ",:?");
    return at(end) == bracket ? end + 1 : from;
  }

  char at(std::size_t offset) const { return offset < text_.size() ? text_[offset] : '\0'; }

  static constexpr auto npos = std::string_view::npos;
  std::string_view text_;
  SyntaxTree& tree_;
  std::optional<std::size_t> open_quote_;
};

SyntaxError error_at(std::string_view text, std::size_t offset, std::string message, std::string hint) {
  return {LineIndex(text).rest_of_line(offset), std::move(message), std::move(hint)};
}

std::string hint_for(std::string_view description, std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::size_t line_break = text.substr(0, offset).find_last_of("\r\n");
  const std::size_t start = line_break == std::string_view::npos ? 0 : line_break + 1;
  const std::size_t word = text.find_first_not_of(" \t", start);
  const std::string_view indent = text.substr(start, std::min(word, text.size()) - start);
  if (indent.find('\t') != std::string_view::npos)
    return "indent with spaces: YAML does not allow tabs there";
  return syntax_hint(description);
}

}  // namespace

SyntaxTree read_yaml(std::string_view text, SyntaxLimits limits) {
  SyntaxTree tree;
  if (auto bad = find_bad_text(text)) {
    tree.error = error_at(text, bad->offset, std::move(bad->message), std::move(bad->hint));
    return tree;
  }
  const SurrogatePairs pairs(text);
  try {
    std::istringstream stream{pairs.replaced()};
    YAML::Parser parser(stream);
    Builder builder(tree, limits);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop& stop) {
    tree.error = error_at(text, stop.offset, stop.message, stop.hint);
  } catch (const YAML::Exception& error) {
    const std::size_t offset = error.mark.is_null() ? text.size() : offset_of(error.mark);
    tree.error = error_at(text, offset, "not valid YAML: " + error.msg, hint_for(error.msg, text, offset));
  }
  if (tree.root) {
    Placer placer(pairs.replaced(), tree);
    placer.place(*tree.root, 0);
    if (placer.open_quote() && !tree.error) {
      tree.error = error_at(text, *placer.open_quote(), "not valid YAML: this quote is never closed",
                            "close the quote");
    }
  }
  for (Node& node : tree.nodes) {
    if (node.kind != NodeKind::scalar) continue;
    const std::size_t begin = node.extent.begin;
    pairs.restore(node.text, begin, begin < text.size() && text[begin] == '"');
  }
  return tree;
}

}  // namespace pland::engine::planfile
