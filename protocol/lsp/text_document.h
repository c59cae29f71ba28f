// An open document: what the client says its text is.
//
// The text follows textDocument/didChange by incremental edits. An edit that cannot be right (a range that
// begins past the end of the text or ends before it begins, a version that goes backwards) means that we and
// the client no longer agree; then the text is *dropped*: every later use of the document fails with an error
// that says so, until the client sends the whole text again (a change without a range, or a new didOpen).
// Snapshots are immutable and may be read on any thread; the document itself belongs to the loop thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/jsonrpc/outcome.h"
#include "protocol/lsp/document_sync.h"
#include "protocol/lsp/text_position.h"

namespace pland::lsp {

/// One version of a document's text.
struct TextSnapshot {
  DocumentUri uri;  ///< as the client spells it
  std::int32_t version = 0;
  std::shared_ptr<const std::string> text;
  std::shared_ptr<const LineIndex> lines;

  std::size_t offset_at(Position position, PositionEncoding encoding) const {
    return lsp::offset_at(*text, *lines, position, encoding);
  }
  Position position_at(std::size_t offset, PositionEncoding encoding) const {
    return lsp::position_at(*text, *lines, offset, encoding);
  }
  Span span_of(Range range, PositionEncoding encoding) const {
    return lsp::span_of(*text, *lines, range, encoding);
  }
  Range range_of(Span span, PositionEncoding encoding) const {
    return lsp::range_of(*text, *lines, span, encoding);
  }
};

/// A snapshot of text that no client has opened (a file on disk), for the same conversions.
TextSnapshot make_snapshot(DocumentUri uri, std::int32_t version, std::string text);

class TextDocument {
 public:
  TextDocument(TextDocumentItem item, PositionEncoding encoding);

  const DocumentUri& uri() const { return current_.uri; }
  const std::string& language_id() const { return language_id_; }
  std::int32_t version() const { return current_.version; }
  /// The reason, if the text was dropped.
  const std::optional<std::string>& dropped() const { return dropped_; }

  /// The text as it is now, or ContentModified with the reason for which it was dropped.
  jsonrpc::Outcome<TextSnapshot> snapshot() const;

  /// All changes or none: an error says that the text was (or already is) dropped.
  std::optional<jsonrpc::ResponseError> apply(const DidChangeTextDocumentParams& change);

 private:
  jsonrpc::ResponseError drop(std::string reason);
  jsonrpc::ResponseError dropped_error() const;

  TextSnapshot current_;
  std::string language_id_;
  PositionEncoding encoding_;
  std::optional<std::string> dropped_;
};

}  // namespace pland::lsp
