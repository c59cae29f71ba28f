#include "protocol/lsp/edit.h"

#include "protocol/jsonrpc/fields.h"

namespace pland::lsp {

PLAND_JSON_FIELDS(TextEdit, required("range", &TextEdit::range), required("newText", &TextEdit::new_text))
PLAND_JSON_FIELDS(TextDocumentEdit, required("textDocument", &TextDocumentEdit::text_document),
                  required("edits", &TextDocumentEdit::edits))
PLAND_JSON_FIELDS(CreateFileOptions, optional("overwrite", &CreateFileOptions::overwrite),
                  optional("ignoreIfExists", &CreateFileOptions::ignore_if_exists))
PLAND_JSON_FIELDS(CreateFile, constant("kind", "create"), required("uri", &CreateFile::uri),
                  optional("options", &CreateFile::options))
PLAND_JSON_FIELDS(RenameFileOptions, optional("overwrite", &RenameFileOptions::overwrite),
                  optional("ignoreIfExists", &RenameFileOptions::ignore_if_exists))
PLAND_JSON_FIELDS(RenameFile, constant("kind", "rename"), required("oldUri", &RenameFile::old_uri),
                  required("newUri", &RenameFile::new_uri), optional("options", &RenameFile::options))
PLAND_JSON_FIELDS(DeleteFileOptions, optional("recursive", &DeleteFileOptions::recursive),
                  optional("ignoreIfNotExists", &DeleteFileOptions::ignore_if_not_exists))
PLAND_JSON_FIELDS(DeleteFile, constant("kind", "delete"), required("uri", &DeleteFile::uri),
                  optional("options", &DeleteFile::options))
PLAND_JSON_FIELDS(WorkspaceEdit, optional("changes", &WorkspaceEdit::changes),
                  optional("documentChanges", &WorkspaceEdit::document_changes))
PLAND_JSON_FIELDS(ApplyWorkspaceEditParams, optional("label", &ApplyWorkspaceEditParams::label),
                  required("edit", &ApplyWorkspaceEditParams::edit))
PLAND_JSON_FIELDS(ApplyWorkspaceEditResult, required("applied", &ApplyWorkspaceEditResult::applied),
                  optional("failureReason", &ApplyWorkspaceEditResult::failure_reason),
                  optional("failedChange", &ApplyWorkspaceEditResult::failed_change))

}  // namespace pland::lsp
