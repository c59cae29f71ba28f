// The engine's door upward: the documents that an editor holds open. The server implements it; the command
// line uses `NoDocuments`. Loop thread only.
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace pland::engine {

struct OpenDocument {
  std::string path;  ///< relative to the project, '/'-separated
  std::string text{};
  std::int64_t version = 0;
  bool unsaved = false;   ///< the text may differ from the file on disk
  std::string unknown{};  ///< why the text is not known (then it is empty); empty: it is known
};

/// A new content for an open document; `text` empty optional: the file is deleted.
struct DocumentEdit {
  std::string path;
  std::int64_t version = 0;  ///< the version the new text was computed from
  std::optional<std::string> text;
};

class Documents {
 public:
  virtual ~Documents() = default;
  /// Documents open below `project`, now.
  virtual std::vector<OpenDocument> open_documents(const std::filesystem::path& project) const = 0;
  /// Changes open documents, all or none. Refused when the editor refuses or a version is no longer current;
  /// the message then says which document and why.
  virtual asio::awaitable<Status> edit(const std::filesystem::path& project, std::vector<DocumentEdit> edits,
                                       std::string label) = 0;
};

class NoDocuments final : public Documents {
 public:
  std::vector<OpenDocument> open_documents(const std::filesystem::path&) const override { return {}; }
  asio::awaitable<Status> edit(const std::filesystem::path&, std::vector<DocumentEdit> edits,
                               std::string) override {
    if (edits.empty()) co_return Status{};
    co_return Error{ErrorCode::refused,
                    "no editor is connected that could change '" + edits.front().path + "'"};
  }
};

}  // namespace pland::engine
