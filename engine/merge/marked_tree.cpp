#include "engine/merge/marked_tree.h"

#include <map>

#include "engine/git/tree_edit.h"
#include "engine/merge/file_merge.h"
#include "engine/merge/file_version_merge.h"

namespace pland::engine::merge {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string result;
  for (const auto& name : names) result += (result.empty() ? "" : ", ") + name;
  return result.empty() ? "merged" : result;
}

}  // namespace

Result<git::Oid> marked_tree(git::Repository& repository, const git::Oid& merged,
                             const std::vector<Conflict>& conflicts) {
  std::map<std::string, git::FileVersion> marked;
  for (const auto& conflict : conflicts) {
    if (!is_open(conflict) || conflict.hunks.empty()) continue;
    PLAND_TRY(const git::FileVersion now, git::lookup(repository, merged, conflict.path));
    if (!git::is_blob(now.mode)) continue;
    ThreeVersions versions;
    PLAND_TRY(versions.base, version_of(conflict.base));
    PLAND_TRY(versions.ours, version_of(conflict.ours));
    PLAND_TRY(versions.theirs, version_of(conflict.theirs));
    PLAND_TRY(const auto texts, merge_texts(repository, versions));
    if (!texts) continue;
    const std::string text =
        with_markers(texts->segments, conflict.hunks, {joined(conflict.ours_authors), "theirs"});
    git::FileVersion& version = marked[conflict.path];
    version.mode = now.mode;
    PLAND_TRY(version.oid, repository.write_blob(text));
  }
  std::vector<git::TreeEdit> edits;
  for (const auto& [path, version] : marked) edits.push_back({path, version});
  return git::edit_tree(repository, merged, std::move(edits));
}

}  // namespace pland::engine::merge
