// Opening, changing, saving and closing documents, and files that change under our feet.
#pragma once

#include "protocol/lsp/basic.h"

namespace pland::lsp {

struct DidOpenTextDocumentParams {
  TextDocumentItem text_document;
};
PLAND_JSON_STRUCT(DidOpenTextDocumentParams);

/// Without a range, `text` is the whole new document.
struct TextDocumentContentChangeEvent {
  std::optional<Range> range = {};
  std::string text;
};
PLAND_JSON_STRUCT(TextDocumentContentChangeEvent);

struct DidChangeTextDocumentParams {
  VersionedTextDocumentIdentifier text_document;
  std::vector<TextDocumentContentChangeEvent> content_changes;
};
PLAND_JSON_STRUCT(DidChangeTextDocumentParams);

struct DidSaveTextDocumentParams {
  TextDocumentIdentifier text_document;
  std::optional<std::string> text = {};
};
PLAND_JSON_STRUCT(DidSaveTextDocumentParams);

struct DidCloseTextDocumentParams {
  TextDocumentIdentifier text_document;
};
PLAND_JSON_STRUCT(DidCloseTextDocumentParams);

enum class FileChangeType { created = 1, changed = 2, deleted = 3 };
constexpr jsonrpc::IntRange json_range(FileChangeType) {
  return {1, 3};
}

struct FileEvent {
  DocumentUri uri;
  FileChangeType type = FileChangeType::changed;
};
PLAND_JSON_STRUCT(FileEvent);

struct DidChangeWatchedFilesParams {
  std::vector<FileEvent> changes;
};
PLAND_JSON_STRUCT(DidChangeWatchedFilesParams);

/// Virtual documents (3.18): the server serves the text of a scheme of its own.
struct TextDocumentContentParams {
  DocumentUri uri;
};
PLAND_JSON_STRUCT(TextDocumentContentParams);

struct TextDocumentContentResult {
  std::string text;
};
PLAND_JSON_STRUCT(TextDocumentContentResult);

struct TextDocumentContentRefreshParams {
  DocumentUri uri;
};
PLAND_JSON_STRUCT(TextDocumentContentRefreshParams);

}  // namespace pland::lsp
