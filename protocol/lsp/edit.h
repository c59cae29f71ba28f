// Edits the server asks the client to make. Ranges count in the negotiated encoding; versions are those of
// the open documents the edit was computed for, null for files that are not open.
#pragma once

#include <map>
#include <variant>

#include "protocol/lsp/basic.h"

namespace pland::lsp {

struct TextEdit {
  Range range;
  std::string new_text;
  bool operator==(const TextEdit&) const = default;
};
PLAND_JSON_STRUCT(TextEdit);

struct TextDocumentEdit {
  OptionalVersionedTextDocumentIdentifier text_document;
  std::vector<TextEdit> edits;
  bool operator==(const TextDocumentEdit&) const = default;
};
PLAND_JSON_STRUCT(TextDocumentEdit);

struct CreateFileOptions {
  std::optional<bool> overwrite = {};
  std::optional<bool> ignore_if_exists = {};
  bool operator==(const CreateFileOptions&) const = default;
};
PLAND_JSON_STRUCT(CreateFileOptions);

struct CreateFile {
  DocumentUri uri;
  std::optional<CreateFileOptions> options = {};
  bool operator==(const CreateFile&) const = default;
};
PLAND_JSON_STRUCT(CreateFile);

struct RenameFileOptions {
  std::optional<bool> overwrite = {};
  std::optional<bool> ignore_if_exists = {};
  bool operator==(const RenameFileOptions&) const = default;
};
PLAND_JSON_STRUCT(RenameFileOptions);

struct RenameFile {
  DocumentUri old_uri;
  DocumentUri new_uri;
  std::optional<RenameFileOptions> options = {};
  bool operator==(const RenameFile&) const = default;
};
PLAND_JSON_STRUCT(RenameFile);

struct DeleteFileOptions {
  std::optional<bool> recursive = {};
  std::optional<bool> ignore_if_not_exists = {};
  bool operator==(const DeleteFileOptions&) const = default;
};
PLAND_JSON_STRUCT(DeleteFileOptions);

struct DeleteFile {
  DocumentUri uri;
  std::optional<DeleteFileOptions> options = {};
  bool operator==(const DeleteFile&) const = default;
};
PLAND_JSON_STRUCT(DeleteFile);

using DocumentChange = std::variant<TextDocumentEdit, CreateFile, RenameFile, DeleteFile>;

/// `document_changes` for clients with workspaceEdit.documentChanges (and for files also the resource
/// operation in question), `changes` for the others; not both.
struct WorkspaceEdit {
  std::optional<std::map<std::string, std::vector<TextEdit>>> changes = {};
  std::optional<std::vector<DocumentChange>> document_changes = {};
  bool operator==(const WorkspaceEdit&) const = default;
};
PLAND_JSON_STRUCT(WorkspaceEdit);

struct ApplyWorkspaceEditParams {
  std::optional<std::string> label = {};  ///< what the client's undo shows
  WorkspaceEdit edit;
};
PLAND_JSON_STRUCT(ApplyWorkspaceEditParams);

struct ApplyWorkspaceEditResult {
  bool applied = false;
  std::optional<std::string> failure_reason = {};
  std::optional<std::uint32_t> failed_change = {};
};
PLAND_JSON_STRUCT(ApplyWorkspaceEditResult);

}  // namespace pland::lsp
