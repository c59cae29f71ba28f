#include "engine/plan/apply_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/merge/fold.h"
#include "engine/plan/verbs.h"

namespace pland::engine {
namespace {

struct OpenText {
  std::string text;
  std::int64_t version = 0;
};

FileAction action_of(const FileWrite& write) {
  const bool was = write.before.exists();
  const bool will_be = write.after.exists();
  return {write.path, !was ? "created" : !will_be ? "deleted" : "modified"};
}

/// Everything that touches objects and files; runs in the arena.
Result<PreparedChange> prepare(git::Repository& repository, const std::filesystem::path& root,
                               const WantedChange& wanted, const std::map<std::string, OpenText>& open) {
  PLAND_TRY(const std::vector<git::FileChange> changes, git::diff_trees(repository, wanted.from, wanted.to));
  std::map<std::string, git::FileVersion> now;  // of the touched paths
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
    if (const auto document = open.find(change.path); document != open.end()) {
      PLAND_TRY(version.oid, repository.write_blob(document->second.text));
      if (!version.exists()) version.mode = git::FileMode::file;
    }
    now[change.path] = version;
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
    const auto document = open.find(change.path);
    if (document == open.end()) {
      prepared.writes.push_back(std::move(write));
      continue;
    }
    DocumentEdit edit;
    edit.path = change.path;
    edit.version = document->second.version;
    if (change.after.exists()) {
      PLAND_TRY(const git::Blob blob, repository.read_blob(change.after.oid));
      edit.text = std::string(blob.bytes);
    }
    prepared.edits.emplace_back(std::move(write), std::move(edit));
  }
  return prepared;
}

}  // namespace

std::vector<FileWrite> PreparedChange::all() const {
  std::vector<FileWrite> result = writes;
  for (const auto& [write, edit] : edits) result.push_back(write);
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
  std::map<std::string, OpenText> open;
  for (auto& document : state.documents.open_documents(state.options.project)) {
    open[document.path] = {std::move(document.text), document.version};
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
    if (expected == made.end() || document.text == texts->at(document.path)) continue;
    if (expected->second != document.text) {
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
