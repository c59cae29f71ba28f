// The documents that the editor holds open, and the client's own spelling of every file's uri.
//
// Files are known by FileKey: for a file its real path (symbolic links resolved), for anything else the uri
// with its escapes normalised. What the server says about a file goes out under the spelling in which the
// client opened it, or that of the workspace folder that holds it. Implements the engine's door to the
// editor. Loop thread only; opening a document resolves its path once.
#pragma once

#include <asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/signal.h"
#include "engine/plan/documents.h"
#include "protocol/lsp/edit.h"
#include "protocol/lsp/text_document.h"

namespace pland::server {

using FileKey = std::string;

class OpenDocuments final : public engine::Documents {
 public:
  /// Sends workspace/applyEdit; only called when `can_edit`.
  using ApplyEdit = std::function<asio::awaitable<jsonrpc::Outcome<lsp::ApplyWorkspaceEditResult>>(
      lsp::ApplyWorkspaceEditParams)>;
  struct Editing {
    bool edits = false;            ///< workspace/applyEdit at all
    bool versioned_edits = false;  ///< with documentChanges, so that the editor can refuse a stale edit
    bool delete_files = false;
  };
  /// `arrival_patience`: how long an editor may take to tell of a change that it reported as done; some
  /// collect changes for a while.
  OpenDocuments(asio::any_io_executor executor, lsp::PositionEncoding encoding, Editing editing,
                ApplyEdit apply_edit, std::chrono::milliseconds arrival_patience = std::chrono::seconds(10));

  // --- what the client says ---
  /// A folder of the workspace, as the client spells it.
  void add_folder(const std::string& uri);
  FileKey open(lsp::TextDocumentItem item);
  /// The error says why the text was dropped, or that the document is not open.
  std::optional<jsonrpc::ResponseError> change(const lsp::DidChangeTextDocumentParams& params);
  void saved(const std::string& uri);
  FileKey close(const std::string& uri);

  // --- what is there ---
  FileKey key_of(const std::string& uri) const;
  std::string uri_of(const FileKey& key) const;
  bool is_open(const FileKey& key) const { return documents_.contains(key); }
  /// Nothing when the file is not open; an error when its text was dropped.
  std::optional<jsonrpc::Outcome<lsp::TextSnapshot>> snapshot(const FileKey& key) const;
  std::optional<std::int32_t> version(const FileKey& key) const;
  std::vector<FileKey> open_keys() const;
  lsp::PositionEncoding encoding() const { return encoding_; }

  // --- engine::Documents ---
  std::vector<engine::OpenDocument> open_documents(const std::filesystem::path& project) const override;
  asio::awaitable<engine::Status> edit(const std::filesystem::path& project,
                                       std::vector<engine::DocumentEdit> edits, std::string label) override;

 private:
  struct Document {
    lsp::TextDocument text;
    /// The newest version known to be on disk; none at first, for an editor may open what it never saved.
    std::optional<std::int32_t> saved_version;
  };
  /// One document of an edit: its text before and after.
  struct Step {
    std::string path;
    FileKey key;
    lsp::TextSnapshot before;
    std::string after;  ///< empty where the file goes
    bool goes = false;
  };
  engine::Result<Step> step_for(const FileKey& key, engine::DocumentEdit edit) const;
  lsp::ApplyWorkspaceEditParams params_for(const std::vector<Step>& steps, std::string label) const;
  /// Sends it and turns a refusal into an error that names the document.
  asio::awaitable<engine::Status> ask_editor(const std::vector<Step>& steps,
                                             lsp::ApplyWorkspaceEditParams params);
  /// Changes the texts, and waits until they are there.
  asio::awaitable<engine::Status> change_texts(const std::vector<Step>& steps, std::string label);
  /// An error when the document of a file that goes is not empty.
  engine::Status check_emptied(const Step& step) const;
  /// Deletes files whose documents have been emptied.
  asio::awaitable<engine::Status> delete_files(const std::vector<Step>& steps, std::string label);
  /// Gives the documents back their texts that were emptied for a deletion which did not come about.
  asio::awaitable<engine::Status> refill(const std::vector<Step>& steps, std::string label);
  /// Whether the document holds the step's change by now; an error when it never will.
  engine::Result<bool> has_arrived(const Step& step) const;
  asio::awaitable<engine::Status> await_arrival(const std::vector<Step>& steps);

  asio::any_io_executor executor_;
  std::chrono::milliseconds arrival_patience_;
  lsp::PositionEncoding encoding_;
  Editing editing_;
  ApplyEdit apply_edit_;
  std::map<FileKey, Document> documents_;
  std::map<std::string, FileKey> keys_;       ///< by lsp::uri_key of the client's spelling
  std::map<FileKey, std::string> spellings_;  ///< kept when a document closes
  std::map<FileKey, std::string>
      folder_paths_;        ///< real path of a folder to the path as the client spells it
  engine::Signal changed_;  ///< some document was changed or closed
};

/// The fewest whole-line edits that turn `before` into `after`.
std::vector<lsp::TextEdit> line_edits(const lsp::TextSnapshot& before, const std::string& after,
                                      lsp::PositionEncoding encoding);

}  // namespace pland::server
