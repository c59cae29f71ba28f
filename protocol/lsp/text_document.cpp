#include "protocol/lsp/text_document.h"

#include <algorithm>
#include <utility>

namespace pland::lsp {
namespace {

std::string to_string(Position position) {
  return std::to_string(position.line) + ":" + std::to_string(position.character);
}

/// Why the range cannot be meant for this text, if so. Neovim counts a line past a last line without line
/// end, so one line too many is believed; characters past the end of a line are clamped as LSP says.
std::optional<std::string> problem_of(Range range, const LineIndex& lines) {
  const std::string where = "the range " + to_string(range.start) + "-" + to_string(range.end);
  if (range.end < range.start) return where + " ends before it begins";
  if (range.start.line > lines.line_count()) {
    return where + " begins past the end of a text of " + std::to_string(lines.line_count()) + " lines";
  }
  return std::nullopt;
}

}  // namespace

TextSnapshot make_snapshot(DocumentUri uri, std::int32_t version, std::string text) {
  auto lines = std::make_shared<const LineIndex>(text);
  return {std::move(uri), version, std::make_shared<const std::string>(std::move(text)), std::move(lines)};
}

TextDocument::TextDocument(TextDocumentItem item, PositionEncoding encoding)
    : current_(make_snapshot(std::move(item.uri), item.version, std::move(item.text))),
      language_id_(std::move(item.language_id)),
      encoding_(encoding) {}

jsonrpc::ResponseError TextDocument::dropped_error() const {
  return {jsonrpc::ErrorCode::content_modified,
          current_.uri + ": the text was dropped because " + *dropped_ + "; close and reopen the document"};
}

jsonrpc::ResponseError TextDocument::drop(std::string reason) {
  dropped_ = std::move(reason);
  current_.text = std::make_shared<const std::string>();
  current_.lines = std::make_shared<const LineIndex>();
  return dropped_error();
}

jsonrpc::Outcome<TextSnapshot> TextDocument::snapshot() const {
  if (dropped_) return dropped_error();
  return current_;
}

std::optional<jsonrpc::ResponseError> TextDocument::apply(const DidChangeTextDocumentParams& change) {
  const auto& changes = change.content_changes;
  // What stood before the last whole text does not matter.
  const auto last_whole =
      std::find_if(changes.rbegin(), changes.rend(), [](const auto& c) { return !c.range; });
  const bool has_whole = last_whole != changes.rend();
  const std::int32_t version = change.text_document.version;
  if (version < current_.version) {
    return drop("its version went back from " + std::to_string(current_.version) + " to " +
                std::to_string(version));
  }
  if (dropped_ && !has_whole) return dropped_error();

  std::string text = has_whole ? last_whole->text : *current_.text;
  LineIndex lines = has_whole ? LineIndex(text) : *current_.lines;
  for (auto it = has_whole ? last_whole.base() : changes.begin(); it != changes.end(); ++it) {
    if (auto problem = problem_of(*it->range, lines)) {
      return drop("an edit of version " + std::to_string(version) + " does not fit it: " + *problem);
    }
    const Span span = span_of(text, lines, *it->range, encoding_);
    text.replace(span.begin, span.end - span.begin, it->text);
    lines.update(span, it->text.size(), text);
  }
  dropped_.reset();
  current_.version = version;
  current_.text = std::make_shared<const std::string>(std::move(text));
  current_.lines = std::make_shared<const LineIndex>(std::move(lines));
  return std::nullopt;
}

}  // namespace pland::lsp
