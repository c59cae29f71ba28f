// Trees for tests, written into a private repository of the test's own.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/git/repository.h"
#include "engine/git/tree_edit.h"
#include "tests/support/temp_folder.h"

namespace pland::test {

/// The value, or the test fails with the error's message.
template <typename T>
T must(engine::Result<T> result) {
  if (!result.ok()) FAIL(result.error().message);
  return *std::move(result);
}

/// What a file of a test tree holds.
struct FileSpec {
  std::string content;
  engine::git::FileMode mode = engine::git::FileMode::file;
  FileSpec(std::string text, engine::git::FileMode file_mode = engine::git::FileMode::file)  // NOLINT
      : content(std::move(text)), mode(file_mode) {}
  FileSpec(const char* text) : content(text) {}  // NOLINT(google-explicit-constructor)
  bool operator==(const FileSpec&) const = default;
};
using Files = std::map<std::string, FileSpec>;

inline FileSpec executable(std::string text) {
  return {std::move(text), engine::git::FileMode::executable};
}
inline FileSpec link_to(std::string target) {
  return {std::move(target), engine::git::FileMode::link};
}

class TreeStore {
 public:
  engine::git::Repository& repository() { return repository_; }

  engine::git::Oid write(const Files& files) {
    std::vector<engine::git::TreeEdit> edits;
    for (const auto& [path, file] : files) {
      edits.push_back({path, {file.mode, must(repository_.write_blob(file.content))}});
    }
    return must(engine::git::edit_tree(repository_, engine::git::empty_tree_oid(), std::move(edits)));
  }

  Files read(const engine::git::Oid& tree) {
    Files files;
    for (const auto& file : must(engine::git::list_files(repository_, tree))) {
      const auto blob = must(repository_.read_blob(file.file.oid));
      files.insert_or_assign(file.path, FileSpec(std::string(blob.bytes), file.file.mode));
    }
    return files;
  }

 private:
  TempFolder folder_;
  engine::git::Repository repository_ =
      must(engine::git::Repository::create_private(folder_ / "repo.git", {}));
};

/// For doctest's messages.
inline std::string describe(const Files& files) {
  std::string text;
  for (const auto& [path, file] : files) {
    text += path + " (" + std::to_string(static_cast<unsigned>(file.mode)) + "): " + file.content + "\n";
  }
  return text;
}

}  // namespace pland::test
