#include "server/documents.h"

#include <system_error>
#include <utility>

#include "engine/merge/line_diff.h"
#include "protocol/lsp/uri.h"

namespace pland::server {

namespace fs = std::filesystem;
using engine::Error;
using engine::ErrorCode;
using engine::Result;
using engine::Status;

namespace {

FileKey real_path(const std::string& path) {
  std::error_code error;
  fs::path real = fs::weakly_canonical(path, error);
  if (error) real = fs::path(path).lexically_normal();
  std::string text = real.string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

/// The part of `path` below `folder`, or nothing.
std::optional<std::string> below(const std::string& path, const std::string& folder) {
  if (folder == "/") return path.substr(1);
  if (path.size() <= folder.size() + 1 || !path.starts_with(folder) || path[folder.size()] != '/')
    return std::nullopt;
  return path.substr(folder.size() + 1);
}

}  // namespace

OpenDocuments::OpenDocuments(lsp::PositionEncoding encoding, Editing editing, ApplyEdit apply_edit)
    : encoding_(encoding), editing_(editing), apply_edit_(std::move(apply_edit)) {}

void OpenDocuments::add_folder(const std::string& uri) {
  const auto path = lsp::path_of_uri(uri);
  if (!path.ok()) return;
  const FileKey real = real_path(path.value());
  const std::string spelled = lsp::uri_key(uri);
  if (real != spelled) folder_paths_[real] = spelled;
}

FileKey OpenDocuments::key_of(const std::string& uri) const {
  const std::string key = lsp::uri_key(uri);
  if (const auto known = keys_.find(key); known != keys_.end()) return known->second;
  const auto path = lsp::path_of_uri(uri);
  return path.ok() ? real_path(path.value()) : key;
}

std::string OpenDocuments::uri_of(const FileKey& key) const {
  if (const auto known = spellings_.find(key); known != spellings_.end()) return known->second;
  if (!key.starts_with('/')) return key;
  for (auto folder = folder_paths_.rbegin(); folder != folder_paths_.rend(); ++folder) {
    if (const auto rest = below(key, folder->first)) return lsp::uri_of_path(folder->second + "/" + *rest);
  }
  return lsp::uri_of_path(key);
}

FileKey OpenDocuments::open(lsp::TextDocumentItem item) {
  const FileKey key = key_of(item.uri);
  keys_[lsp::uri_key(item.uri)] = key;
  spellings_[key] = item.uri;
  documents_.insert_or_assign(key, Document{lsp::TextDocument(std::move(item), encoding_), std::nullopt});
  return key;
}

std::optional<jsonrpc::ResponseError> OpenDocuments::change(const lsp::DidChangeTextDocumentParams& params) {
  const auto document = documents_.find(key_of(params.text_document.uri));
  if (document == documents_.end()) {
    return jsonrpc::ResponseError(jsonrpc::ErrorCode::invalid_params,
                                  params.text_document.uri + " was changed but is not open");
  }
  return document->second.text.apply(params);
}

void OpenDocuments::saved(const std::string& uri) {
  const auto document = documents_.find(key_of(uri));
  if (document != documents_.end()) document->second.saved_version = document->second.text.version();
}

FileKey OpenDocuments::close(const std::string& uri) {
  FileKey key = key_of(uri);
  documents_.erase(key);
  return key;
}

std::optional<jsonrpc::Outcome<lsp::TextSnapshot>> OpenDocuments::snapshot(const FileKey& key) const {
  const auto document = documents_.find(key);
  if (document == documents_.end()) return std::nullopt;
  return document->second.text.snapshot();
}

std::optional<std::int32_t> OpenDocuments::version(const FileKey& key) const {
  const auto document = documents_.find(key);
  if (document == documents_.end()) return std::nullopt;
  return document->second.text.version();
}

std::vector<FileKey> OpenDocuments::open_keys() const {
  std::vector<FileKey> keys;
  for (const auto& [key, document] : documents_) keys.push_back(key);
  return keys;
}

std::vector<engine::OpenDocument> OpenDocuments::open_documents(const fs::path& project) const {
  std::vector<engine::OpenDocument> open;
  const std::string folder = project.string();
  for (const auto& [key, document] : documents_) {
    auto path = below(key, folder);
    const auto text = document.text.snapshot();
    if (!path || !text.ok()) continue;
    open.push_back({.path = *std::move(path),
                    .text = *text.value().text,
                    .version = text.value().version,
                    .unsaved = text.value().version != document.saved_version});
  }
  return open;
}

Result<lsp::DocumentChange> OpenDocuments::change_for(const FileKey& key,
                                                      const engine::DocumentEdit& edit) const {
  const auto current = snapshot(key);
  if (!current)
    return Error{ErrorCode::refused, "'" + edit.path + "' is no longer open in the editor; apply again"};
  if (!current->ok()) return Error{ErrorCode::refused, current->error().message};
  const lsp::TextSnapshot& before = current->value();
  if (before.version != edit.version) {
    return Error{ErrorCode::refused, "'" + edit.path + "' was edited meanwhile; apply again"};
  }
  if (!edit.text) {
    if (!editing_.delete_files) {
      return Error{ErrorCode::refused,
                   "the editor cannot delete '" + edit.path + "'; close it, then apply again"};
    }
    return lsp::DocumentChange(lsp::DeleteFile{before.uri, std::nullopt});
  }
  return lsp::DocumentChange(
      lsp::TextDocumentEdit{{before.uri, before.version}, line_edits(before, *edit.text, encoding_)});
}

asio::awaitable<Status> OpenDocuments::edit(const fs::path& project, std::vector<engine::DocumentEdit> edits,
                                            std::string label) {
  if (edits.empty()) co_return Status{};
  if (!editing_.versioned_edits) {
    co_return Error{ErrorCode::refused,
                    "the editor holds '" + edits.front().path +
                        "' open and cannot take versioned edits; save and close it, then apply again"};
  }
  lsp::ApplyWorkspaceEditParams params{.label = std::move(label), .edit = {}};
  std::vector<lsp::DocumentChange>& changes = params.edit.document_changes.emplace();
  std::vector<std::string> paths;
  for (const engine::DocumentEdit& edit : edits) {
    Result<lsp::DocumentChange> change = change_for((project / edit.path).string(), edit);
    if (!change.ok()) co_return std::move(change.error());
    const auto* text_edit = std::get_if<lsp::TextDocumentEdit>(&change.value());
    if (text_edit != nullptr && text_edit->edits.empty()) continue;
    changes.push_back(std::move(change).value());
    paths.push_back(edit.path);
  }
  if (changes.empty()) co_return Status{};
  const auto answer = co_await apply_edit_(std::move(params));
  if (!answer.ok()) {
    co_return Error{ErrorCode::refused, "the editor did not apply the edit: " + answer.error().message};
  }
  if (answer.value().applied) co_return Status{};
  std::string reason = answer.value().failure_reason.value_or("it gave no reason");
  if (const auto failed = answer.value().failed_change; failed && *failed < paths.size()) {
    reason = "'" + paths[*failed] + "': " + reason;
  }
  co_return Error{ErrorCode::refused, "the editor did not apply the edit: " + reason};
}

std::vector<lsp::TextEdit> line_edits(const lsp::TextSnapshot& before, const std::string& after,
                                      lsp::PositionEncoding encoding) {
  const engine::merge::TextLines old_lines(*before.text);
  const engine::merge::TextLines new_lines(after);
  const auto offset = [&](std::int64_t line) {
    return line < old_lines.count()
               ? static_cast<std::size_t>(old_lines.line(line).data() - before.text->data())
               : before.text->size();
  };
  std::vector<lsp::TextEdit> edits;
  for (const engine::merge::LineChange& change : engine::merge::diff_lines(*before.text, after)) {
    const lsp::Span span{offset(change.before.start), offset(change.before.start + change.before.count)};
    edits.push_back({before.range_of(span, encoding), std::string(new_lines.slice(change.after))});
  }
  return edits;
}

}  // namespace pland::server
