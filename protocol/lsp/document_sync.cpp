#include "protocol/lsp/document_sync.h"

#include "protocol/jsonrpc/fields.h"

namespace pland::lsp {

PLAND_JSON_FIELDS(DidOpenTextDocumentParams,
                  required("textDocument", &DidOpenTextDocumentParams::text_document))
PLAND_JSON_FIELDS(TextDocumentContentChangeEvent, optional("range", &TextDocumentContentChangeEvent::range),
                  required("text", &TextDocumentContentChangeEvent::text))
PLAND_JSON_FIELDS(DidChangeTextDocumentParams,
                  required("textDocument", &DidChangeTextDocumentParams::text_document),
                  required("contentChanges", &DidChangeTextDocumentParams::content_changes))
PLAND_JSON_FIELDS(DidSaveTextDocumentParams,
                  required("textDocument", &DidSaveTextDocumentParams::text_document),
                  optional("text", &DidSaveTextDocumentParams::text))
PLAND_JSON_FIELDS(DidCloseTextDocumentParams,
                  required("textDocument", &DidCloseTextDocumentParams::text_document))
PLAND_JSON_FIELDS(FileEvent, required("uri", &FileEvent::uri), required("type", &FileEvent::type))
PLAND_JSON_FIELDS(DidChangeWatchedFilesParams, required("changes", &DidChangeWatchedFilesParams::changes))
PLAND_JSON_FIELDS(TextDocumentContentParams, required("uri", &TextDocumentContentParams::uri))
PLAND_JSON_FIELDS(TextDocumentContentResult, required("text", &TextDocumentContentResult::text))
PLAND_JSON_FIELDS(TextDocumentContentRefreshParams, required("uri", &TextDocumentContentRefreshParams::uri))

}  // namespace pland::lsp
