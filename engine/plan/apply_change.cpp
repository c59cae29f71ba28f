#include "engine/plan/apply_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/utf8.h"
#include "engine/merge/fold.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

using OpenDocuments = std::map<std::string, OpenDocument>;  // by path

Error close_first(const std::string& path, std::string_view why) {
  return Error{
      ErrorCode::refused,
      fmt::format("'{}' is open in the editor and {}; save and close it there, then try again", path, why),
      {{"paths", {path}}}};
}

/// A change to a file that an editor holds open: its text goes through the editor, what an editor does not
/// know (whether it is executable) through the file, and what is no text not at all.
Status add_open(git::Repository& repository, const FileWrite& write, const git::FileVersion& on_disk,
                const OpenDocument& document, PreparedChange& prepared) {
  DocumentEdit edit;
  edit.path = write.path;
  edit.version = document.version;
  if (!write.after.exists()) {
    prepared.edits.emplace_back(write, std::move(edit));
    return {};
  }
  if (!git::is_regular(write.after.mode)) return close_first(write.path, "would become a symbolic link");
  if (write.before.mode != write.after.mode) {
    if (!on_disk.exists()) return close_first(write.path, "would become executable, but is not on disk yet");
    prepared.writes.push_back({write.path, on_disk, {write.after.mode, on_disk.oid}});
  }
  if (write.before.oid == write.after.oid) return {};
  PLAND_TRY(const git::Blob blob, repository.read_blob(write.after.oid));
  if (!is_utf8(blob.bytes)) return close_first(write.path, "its new content is no UTF-8 text");
  edit.text = std::string(blob.bytes);
  prepared.edits.emplace_back(write, std::move(edit));
  return {};
}

FileAction action_of(const FileWrite& write) {
  const bool was = write.before.exists();
  const bool will_be = write.after.exists();
  return {write.path, !was ? "created" : !will_be ? "deleted" : "modified"};
}

/// Paths that a caller asked for must be among the changes: a slip of the pen is no success.
Status check_paths(const std::vector<git::FileChange>& changes, const std::vector<std::string>& paths) {
  std::set<std::string> changed;
  for (const auto& change : changes) changed.insert(change.path);
  for (const auto& path : paths) {
    if (changed.count(path) > 0) continue;
    const std::vector<std::string> known(changed.begin(), changed.end());
    return Error{ErrorCode::invalid_argument,
                 fmt::format("`paths` names '{}', which the result does not change; it changes {}", path,
                             known.empty() ? "nothing" : fmt::format("'{}'", fmt::join(known, "', '"))),
                 {{"paths", {path}}}};
  }
  return {};
}

/// Everything that touches objects and files; runs in the arena.
Result<PreparedChange> prepare(git::Repository& repository, const std::filesystem::path& root,
                               const WantedChange& wanted, const OpenDocuments& open) {
  PLAND_TRY(const std::vector<git::FileChange> changes, git::diff_trees(repository, wanted.from, wanted.to));
  PLAND_CHECK(check_paths(changes, wanted.paths));
  std::map<std::string, git::FileVersion> on_disk;  // of the touched paths
  std::vector<git::TreeEdit> as_user_has, as_wanted;
  const auto& only = wanted.paths;
  const auto is_wanted = [&only](const std::string& path) {
    return only.empty() || std::find(only.begin(), only.end(), path) != only.end();
  };
  std::set<std::string> going;  // so that a folder may become a file
  for (const auto& change : changes) {
    if (!change.after.exists() && is_wanted(change.path)) going.insert(change.path);
  }
  for (const auto& change : changes) {
    if (!is_wanted(change.path)) continue;
    PLAND_TRY(git::FileVersion version, read_file_version(repository, root, change.path, going));
    on_disk[change.path] = version;
    if (const auto document = open.find(change.path); document != open.end()) {
      if (!document->second.unknown.empty())
        return Error{ErrorCode::refused, document->second.unknown, {{"paths", {change.path}}}};
      if (version.mode == git::FileMode::link) return close_first(change.path, "is a symbolic link on disk");
      PLAND_TRY(version.oid, repository.write_blob(document->second.text));
      if (!version.exists()) version.mode = git::FileMode::file;
    }
    as_user_has.push_back({change.path, version});
    as_wanted.push_back({change.path, change.after});
  }
  PLAND_TRY(const git::Oid ours, git::edit_tree(repository, wanted.from, as_user_has));
  PLAND_TRY(const git::Oid theirs, git::edit_tree(repository, wanted.from, as_wanted));
  merge::FoldStep step;
  step.name = wanted.theirs_name;
  step.base_tree = wanted.from;
  step.result_tree = theirs;
  merge::FoldOptions options;
  options.ours_label = wanted.ours_name;
  PLAND_TRY(merge::Fold fold, merge::fold(repository, ours, {step}, wanted.known, options));

  PreparedChange prepared;
  prepared.conflicts = std::move(fold.conflicts);
  for (auto& conflict : prepared.conflicts) conflict.ours_authors = {wanted.ours_name};
  PLAND_TRY(const std::vector<git::FileChange> writes, git::diff_trees(repository, ours, fold.tree));
  for (const auto& change : writes) {
    FileWrite write{change.path, change.before, change.after};
    if (const auto document = open.find(change.path); document != open.end()) {
      PLAND_CHECK(add_open(repository, write, on_disk[change.path], document->second, prepared));
    } else {
      prepared.writes.push_back(std::move(write));
    }
  }
  return prepared;
}

}  // namespace

std::vector<FileWrite> PreparedChange::all() const {
  std::vector<FileWrite> result;
  std::set<std::string> edited;
  for (const auto& [write, edit] : edits) {
    edited.insert(write.path);
    result.push_back(write);
  }
  // Of an open document that becomes executable too, the whole change is in `edits`.
  for (const auto& write : writes) {
    if (edited.count(write.path) == 0) result.push_back(write);
  }
  std::sort(result.begin(), result.end(),
            [](const FileWrite& a, const FileWrite& b) { return a.path < b.path; });
  return result;
}

std::vector<FileAction> PreparedChange::actions() const {
  std::vector<FileAction> result;
  for (const auto& write : all()) result.push_back(action_of(write));
  return result;
}

asio::awaitable<Result<PreparedChange>> prepare_change(EngineState& state, WantedChange wanted) {
  OpenDocuments open;
  for (auto& document : state.documents.open_documents(state.options.project)) {
    const std::string path = document.path;
    open[path] = std::move(document);
  }
  auto work = [pool = state.pool, root = state.options.project, wanted = std::move(wanted),
               open = std::move(open)]() -> Result<PreparedChange> {
    PLAND_TRY(auto repository, pool->lease());
    return prepare(*repository, root, wanted, open);
  };
  co_return co_await state.arena.run(work);
}

namespace {

/// Takes an edit of open documents back, where they still hold what it made of them.
asio::awaitable<Status> revert_documents(EngineState& state, const PreparedChange& prepared,
                                         std::string label) {
  std::map<std::string, git::Oid> before;
  std::map<std::string, std::string> made;
  for (const auto& [write, edit] : prepared.edits) {
    if (!write.before.exists() || !edit.text) continue;
    before[write.path] = write.before.oid;
    made[write.path] = *edit.text;
  }
  auto work = [pool = state.pool, before]() -> Result<std::map<std::string, std::string>> {
    PLAND_TRY(auto repository, pool->lease());
    std::map<std::string, std::string> result;
    for (const auto& [path, oid] : before) {
      PLAND_TRY(const git::Blob blob, repository->read_blob(oid));
      result[path] = std::string(blob.bytes);
    }
    return result;
  };
  auto texts = co_await state.arena.run(work);
  if (!texts.ok()) co_return texts.error();
  std::vector<DocumentEdit> edits;
  std::string others;
  for (const auto& document : state.documents.open_documents(state.options.project)) {
    const auto expected = made.find(document.path);
    if (expected == made.end()) continue;
    const bool known = document.unknown.empty();
    if (known && document.text == texts->at(document.path)) continue;
    if (!known || expected->second != document.text) {
      others += (others.empty() ? "'" : ", '") + document.path + "'";
      continue;
    }
    DocumentEdit edit;
    edit.path = document.path;
    edit.version = document.version;
    edit.text = texts->at(document.path);
    edits.push_back(std::move(edit));
  }
  if (!edits.empty())
    PLAND_CO_CHECK(
        co_await state.documents.edit(state.options.project, std::move(edits), "Revert: " + label));
  if (others.empty()) co_return Status{};
  co_return Error{ErrorCode::refused, others + " was edited since"};
}

}  // namespace

asio::awaitable<Status> write_change(EngineState& state, PreparedChange prepared, std::string token,
                                     std::string label) {
  auto work = [pool = state.pool, root = state.options.project, writes = prepared.writes,
               token]() -> Result<StagedFiles> {
    PLAND_TRY(auto repository, pool->lease());
    return stage_files(*repository, root, writes, token);
  };
  PLAND_CO_TRY(const StagedFiles staged, co_await state.arena.run(work));
  std::vector<DocumentEdit> edits;
  for (const auto& [write, edit] : prepared.edits) edits.push_back(edit);
  if (!edits.empty()) {
    const Status edited = co_await state.documents.edit(state.options.project, std::move(edits), label);
    if (!edited.ok()) {
      auto work2 = [staged]() { discard_files(staged); };
      co_await state.arena.run(work2);
      // An editor may have changed some of the documents before it came to the one that it refused.
      Error error = edited.error();
      if (const Status reverted = co_await revert_documents(state, prepared, label); !reverted.ok()) {
        error.message +=
            "; open documents may hold the new text, look there and undo what does not belong: " +
            reverted.error().message;
      }
      co_return error;
    }
  }
  auto work3 = [pool = state.pool, staged]() -> Status {
    PLAND_TRY(auto repository, pool->lease());
    return commit_files(*repository, staged);
  };
  const Status committed = co_await state.arena.run(work3);
  if (!committed.ok() && !prepared.edits.empty()) {
    Error error = committed.error();
    if (const Status reverted = co_await revert_documents(state, prepared, label); !reverted.ok()) {
      error.message += "; open documents may hold the new text, look there and undo what does not belong: " +
                       reverted.error().message;
    }
    co_return error;
  }
  co_return committed;
}

}  // namespace pland::engine
