#include "server/documents.h"

#include <asio/steady_timer.hpp>
#include <system_error>
#include <utility>

#include "engine/merge/file_merge.h"
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

/// What is left when the liberties are taken off that editors take: one kind of line end for the whole
/// buffer, and a last line that is always ended.
std::string without_line_ends(const std::string& text) {
  std::string plain;
  plain.reserve(text.size() + 1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      plain += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      plain += '\n';
    }
  }
  if (!plain.empty() && plain.back() != '\n') plain += '\n';
  return plain;
}

bool is_empty(const std::string& text) {
  return text.find_first_not_of("\r\n") == std::string::npos;
}

Error typed_into(const std::string& path) {
  return {ErrorCode::refused, "'" + path +
                                  "' was to be deleted and was edited at the same moment; look at it, undo "
                                  "there what does not belong, then apply again"};
}

/// The part of `path` below `folder`, or nothing.
std::optional<std::string> below(const std::string& path, const std::string& folder) {
  if (folder == "/") return path.substr(1);
  if (path.size() <= folder.size() + 1 || !path.starts_with(folder) || path[folder.size()] != '/')
    return std::nullopt;
  return path.substr(folder.size() + 1);
}

}  // namespace

OpenDocuments::OpenDocuments(asio::any_io_executor executor, lsp::PositionEncoding encoding, Editing editing,
                             ApplyEdit apply_edit, std::chrono::milliseconds arrival_patience)
    : executor_(std::move(executor)),
      arrival_patience_(arrival_patience),
      encoding_(encoding),
      editing_(editing),
      apply_edit_(std::move(apply_edit)),
      changed_(executor_) {}

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
  auto problem = document->second.text.apply(params);
  changed_.notify();
  return problem;
}

void OpenDocuments::saved(const std::string& uri) {
  const auto document = documents_.find(key_of(uri));
  if (document != documents_.end()) document->second.saved_version = document->second.text.version();
}

FileKey OpenDocuments::close(const std::string& uri) {
  FileKey key = key_of(uri);
  documents_.erase(key);
  changed_.notify();
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
    if (!path) continue;
    if (!text.ok()) {
      open.push_back({.path = *std::move(path), .unknown = text.error().message});
      continue;
    }
    open.push_back({.path = *std::move(path),
                    .text = *text.value().text,
                    .version = text.value().version,
                    .unsaved = text.value().version != document.saved_version});
  }
  return open;
}

Result<OpenDocuments::Step> OpenDocuments::step_for(const FileKey& key, engine::DocumentEdit edit) const {
  const auto current = snapshot(key);
  if (!current)
    return Error{ErrorCode::refused, "'" + edit.path + "' is no longer open in the editor; apply again"};
  if (!current->ok()) return Error{ErrorCode::refused, current->error().message};
  const lsp::TextSnapshot& before = current->value();
  if (before.version != edit.version) {
    return Error{ErrorCode::refused, "'" + edit.path + "' was edited meanwhile; apply again"};
  }
  if (!edit.text && !(editing_.versioned_edits && editing_.delete_files)) {
    return Error{ErrorCode::refused,
                 "the editor cannot delete '" + edit.path + "'; close it, then apply again"};
  }
  const bool goes = !edit.text;
  return Step{std::move(edit.path), key, before, std::move(edit.text).value_or(""), goes};
}

lsp::ApplyWorkspaceEditParams OpenDocuments::params_for(const std::vector<Step>& steps,
                                                        std::string label) const {
  lsp::ApplyWorkspaceEditParams params{.label = std::move(label), .edit = {}};
  for (const Step& step : steps) {
    auto edits = line_edits(step.before, step.after, encoding_);
    if (!editing_.versioned_edits) {
      if (!params.edit.changes) params.edit.changes.emplace();
      (*params.edit.changes)[step.before.uri] = std::move(edits);
      continue;
    }
    if (!params.edit.document_changes) params.edit.document_changes.emplace();
    params.edit.document_changes->emplace_back(
        lsp::TextDocumentEdit{{step.before.uri, step.before.version}, std::move(edits)});
  }
  return params;
}

Result<bool> OpenDocuments::has_arrived(const Step& step) const {
  const auto current = snapshot(step.key);
  if (!current) return Error{ErrorCode::refused, "'" + step.path + "' was closed meanwhile; apply again"};
  if (!current->ok()) return Error{ErrorCode::refused, current->error().message};
  const std::string now = without_line_ends(*current->value().text), after = without_line_ends(step.after);
  if (now == after || (step.goes && is_empty(now))) return true;
  if (current->value().version == step.before.version) return false;
  if (step.goes) return typed_into(step.path);
  // Typed into since, the text still has the change when merging the change into it alters nothing.
  const auto merged = engine::merge::merge_text(without_line_ends(*step.before.text), now, after);
  return merged.clean() && engine::merge::compose(merged.segments, merged.hunks) == now;
}

asio::awaitable<Status> OpenDocuments::await_arrival(const std::vector<Step>& steps) {
  bool expired = false;
  asio::steady_timer deadline(executor_, arrival_patience_);
  auto on_expiry = [this, &expired](asio::error_code error) {
    if (error) return;  // cancelled: this frame may be gone
    expired = true;
    changed_.notify();
  };
  deadline.async_wait(on_expiry);
  for (const Step& step : steps) {
    for (;;) {
      const auto seen = changed_.seen();
      const Result<bool> arrived = has_arrived(step);
      if (!arrived.ok()) co_return arrived.error();
      if (*arrived) break;
      if (expired) {
        co_return Error{
            ErrorCode::refused,
            "the editor reported that it changed '" + step.path +
                "', but the text there is another (was it edited at the same moment?); look at it, "
                "undo there what does not belong, then apply again"};
      }
      co_await changed_.wait(seen);
    }
  }
  co_return Status{};
}

asio::awaitable<Status> OpenDocuments::edit(const fs::path& project, std::vector<engine::DocumentEdit> edits,
                                            std::string label) {
  if (edits.empty()) co_return Status{};
  if (!editing_.edits) {
    co_return Error{ErrorCode::refused,
                    "the editor holds '" + edits.front().path +
                        "' open and takes no edits from a server; save and close it, then apply again"};
  }
  std::vector<Step> changes, deletions;
  for (engine::DocumentEdit& edit : edits) {
    FileKey key = (project / edit.path).string();
    Result<Step> step = step_for(key, std::move(edit));
    if (!step.ok()) co_return std::move(step.error());
    if (step->goes) {
      deletions.push_back(*std::move(step));
    } else if (step->after != *step->before.text) {
      changes.push_back(*std::move(step));
    }
  }
  // A deletion has no version, and takes with it what is typed meanwhile. So the text goes first, by an edit
  // that has one; each by itself, for Neovim looks at the version of an edit's first document only.
  Status done;
  for (const Step& deletion : deletions) {
    if (!done.ok() || is_empty(*deletion.before.text)) continue;
    const std::vector<Step> one{deletion};
    done = co_await change_texts(one, label);
  }
  if (done.ok()) done = co_await change_texts(changes, label);
  if (done.ok()) done = co_await delete_files(deletions, label);
  if (done.ok()) co_return done;
  Error error = done.error();
  if (const Status refilled = co_await refill(deletions, "Revert: " + label); !refilled.ok()) {
    error.message += "; an open document may have been emptied, undo that there: " + refilled.error().message;
  }
  co_return error;
}

Status OpenDocuments::check_emptied(const Step& step) const {
  const auto current = snapshot(step.key);
  if (!current) return {};
  if (!current->ok()) return Error{ErrorCode::refused, current->error().message};
  if (!is_empty(*current->value().text)) return typed_into(step.path);
  return {};
}

asio::awaitable<Status> OpenDocuments::delete_files(const std::vector<Step>& steps, std::string label) {
  if (steps.empty()) co_return Status{};
  lsp::ApplyWorkspaceEditParams params{.label = std::move(label), .edit = {}};
  params.edit.document_changes.emplace();
  for (const Step& step : steps) {
    if (const Status emptied = check_emptied(step); !emptied.ok()) co_return emptied;
    const auto now = version(step.key);
    if (!now) co_return Error{ErrorCode::refused, "'" + step.path + "' was closed meanwhile; apply again"};
    // Edits nothing, but an editor that looks at versions refuses when the document has been typed into.
    params.edit.document_changes->emplace_back(lsp::TextDocumentEdit{{step.before.uri, *now}, {}});
    params.edit.document_changes->emplace_back(lsp::DeleteFile{step.before.uri, std::nullopt});
  }
  const Status answered = co_await ask_editor(steps, std::move(params));
  if (!answered.ok()) co_return answered;
  for (const Step& step : steps) {
    if (const Status gone = check_emptied(step); !gone.ok()) co_return gone;
  }
  co_return Status{};
}

asio::awaitable<Status> OpenDocuments::refill(const std::vector<Step>& steps, std::string label) {
  std::vector<Step> emptied;
  for (const Step& step : steps) {
    const auto current = snapshot(step.key);
    if (!current || !current->ok() || is_empty(*step.before.text)) continue;
    if (!is_empty(*current->value().text)) continue;
    emptied.push_back({step.path, step.key, current->value(), *step.before.text});
  }
  co_return co_await change_texts(emptied, std::move(label));
}

asio::awaitable<Status> OpenDocuments::change_texts(const std::vector<Step>& steps, std::string label) {
  if (steps.empty()) co_return Status{};
  const Status answered = co_await ask_editor(steps, params_for(steps, std::move(label)));
  if (!answered.ok()) co_return answered;
  // Some editors drop a stale edit, or a part of it, and still report success; some tell of their change only
  // later. What counts is the text.
  co_return co_await await_arrival(steps);
}

asio::awaitable<Status> OpenDocuments::ask_editor(const std::vector<Step>& steps,
                                                  lsp::ApplyWorkspaceEditParams params) {
  const std::size_t changes_of_one =
      params.edit.document_changes ? params.edit.document_changes->size() / steps.size() : 1;
  const auto answer = co_await apply_edit_(std::move(params));
  if (!answer.ok()) {
    co_return Error{ErrorCode::refused, "the editor did not apply the edit: " + answer.error().message};
  }
  if (answer.value().applied) co_return Status{};
  std::string reason = answer.value().failure_reason.value_or("it gave no reason");
  const auto failed = answer.value().failed_change;
  if (failed && *failed / changes_of_one < steps.size()) {
    reason = "'" + steps[*failed / changes_of_one].path + "': " + reason;
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
