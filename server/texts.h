// What a file's text is for the user, now: the open buffer, or what the disk held when it was last looked at.
//
// The disk is read in the arena and remembered until somebody says that it may have changed. Loop thread
// only.
#pragma once

#include <asio/awaitable.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/arena.h"
#include "engine/planfile/plan_document.h"
#include "server/documents.h"

namespace pland::server {

/// A plan file's text, and what it says.
struct PlanFile {
  lsp::TextSnapshot text;
  engine::planfile::PlanDocument document;
};

/// Ends in .plan.yaml, .plan.yml or .plan.json.
bool is_plan_file(std::string_view path_or_uri);

class Texts {
 public:
  /// Both must outlive it.
  Texts(const OpenDocuments& documents, engine::Arena& arena) : documents_(documents), arena_(arena) {}

  /// Without waiting: nothing when the file is not open and its text on disk is not known, or there is none.
  std::optional<lsp::TextSnapshot> now(const FileKey& key) const;
  /// The same, after looking at the disk if need be. Nothing: there is no such (readable) file.
  asio::awaitable<std::optional<lsp::TextSnapshot>> read(FileKey key);
  /// The same, always looking at the disk when the file is not open; what was known stays known meanwhile.
  asio::awaitable<std::optional<lsp::TextSnapshot>> reread(FileKey key);
  /// The disk may have changed.
  void forget(const FileKey& key) { disk_.erase(key); }

  /// The plan file read from the text that `now` gives; null when there is none.
  std::shared_ptr<const PlanFile> plan_file(const FileKey& key);

 private:
  const OpenDocuments& documents_;
  engine::Arena& arena_;
  std::map<FileKey, std::optional<lsp::TextSnapshot>> disk_;
  std::map<FileKey, std::shared_ptr<const PlanFile>> plan_files_;
};

/// The file's text, read now; any thread, never waits for a pipe. not_found, refused (a folder, a pipe), io.
engine::Result<std::string> read_text_file(const std::filesystem::path& path);

}  // namespace pland::server
