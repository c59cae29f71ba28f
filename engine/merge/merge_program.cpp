#include "engine/merge/merge_program.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "engine/git/program.h"
#include "engine/git/tree_edit.h"
#include "engine/merge/file_version_merge.h"
#include "engine/merge/merge_tree_output.h"
#include "engine/merge/resolution.h"

namespace pland::engine::merge {
namespace {

using git::FileMode;
using git::FileVersion;
using git::Oid;

bool is_file(const FileVersion& version) {
  return version.exists() && version.mode != FileMode::tree;
}

std::string replace_all(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
  return text;
}

std::vector<std::string> auto_merged(const MergeTreeOutput& output) {
  std::vector<std::string> paths;
  for (const MergeTreeMessage& message : output.messages) {
    if (message.kind == "Auto-merging" && !message.paths.empty()) paths.push_back(message.paths.front());
  }
  return paths;
}

/// What git called the sides: the commits it was given, whose names can stand in no file.
struct SideNames {
  std::string ours, theirs;
};

class ConflictReader {
 public:
  ConflictReader(git::Repository& repository, const ThreeVersions& roots, const SideNames& names,
                 const MarkerLabels& labels, const MergeTreeOutput& output)
      : repository_(repository),
        roots_(roots),
        names_(names),
        labels_(labels),
        output_(output),
        unexplained_(output.stages) {}

  Result<TreeMerge> read() {
    // What concerns several paths first; each takes the paths it explains.
    for (const MergeTreeMessage& message : output_.messages) PLAND_CHECK(read_message(message));
    const auto rest = unexplained_;
    for (const auto& [path, versions] : rest) PLAND_CHECK(read_path(path, versions));
    for (const MergeTreeMessage& message : output_.messages) remark_unless_told(message);

    std::vector<git::TreeEdit> removals;
    for (const auto& path : invented_) removals.push_back({path, {}});
    TreeMerge merge;
    PLAND_TRY(const Oid tree, git::edit_tree(repository_, output_.tree, std::move(removals)));
    PLAND_TRY(merge.tree, resolve_tree(repository_, tree, conflicts_));
    merge.conflicts = std::move(conflicts_);
    merge.handed_over = true;
    merge.files_merged = auto_merged(output_);
    return merge;
  }

 private:
  /// What a side has at the path: absent when that is a directory.
  Result<FileVersion> file_in(const FileVersion& root, const std::string& path) const {
    PLAND_TRY(const FileVersion version, git::lookup(repository_, root.oid, path));
    return is_file(version) ? version : FileVersion{};
  }
  Result<FileVersion> base_file(const std::string& path) const { return file_in(roots_.base, path); }
  Result<FileVersion> our_file(const std::string& path) const { return file_in(roots_.ours, path); }
  Result<FileVersion> their_file(const std::string& path) const { return file_in(roots_.theirs, path); }

  const ThreeVersions* stages_of(const std::string& path) const {
    const auto found = unexplained_.find(path);
    return found == unexplained_.end() ? nullptr : &found->second;
  }

  std::string sentence(const MergeTreeMessage& message) const {
    std::string text = replace_all(message.text, names_.ours, labels_.ours.empty() ? "ours" : labels_.ours);
    text = replace_all(std::move(text), names_.theirs, labels_.theirs.empty() ? "theirs" : labels_.theirs);
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }

  Conflict& add(ConflictKind kind, const std::string& path, std::string detail = {}) {
    Conflict& conflict = conflicts_.emplace_back();
    conflict.kind = kind;
    conflict.path = path;
    conflict.detail = std::move(detail);
    return conflict;
  }

  Status read_message(const MergeTreeMessage& message) {
    const auto& paths = message.paths;
    if (message.kind == "CONFLICT (rename/rename)" && paths.size() >= 3) return read_renamed_twice(message);
    if (message.kind == "CONFLICT (rename/delete)" && paths.size() >= 2)
      return read_renamed_and_deleted(message);
    if (message.kind == "CONFLICT (directory rename suggested)" && paths.size() >= 2) {
      return read_moved_directory(message);
    }
    if (message.kind == "CONFLICT (file/directory)" && paths.size() >= 2) return read_clash(message);
    if (message.kind == "CONFLICT (distinct modes)" && paths.size() >= 2) return read_two_kinds(message);
    return {};
  }

  /// One file became two: paths are the old one, ours, theirs.
  Status read_renamed_twice(const MergeTreeMessage& message) {
    const std::string &from = message.paths[0], &ours = message.paths[1], &theirs = message.paths[2];
    Conflict& conflict = add(ConflictKind::rename, ours, sentence(message));
    PLAND_TRY(const FileVersion base_version, base_file(from));
    PLAND_TRY(const FileVersion our_version, our_file(ours));
    PLAND_TRY(const FileVersion their_version, their_file(theirs));
    conflict.base = side_of(base_version, from);
    conflict.ours = side_of(our_version, ours);
    conflict.theirs = side_of(their_version, theirs);
    for (const std::string* path : {&from, &ours, &theirs}) {
      // A path that the other side has too is a conflict of its own.
      const ThreeVersions* stages = stages_of(*path);
      if (stages != nullptr && !(stages->ours.exists() && stages->theirs.exists())) unexplained_.erase(*path);
    }
    return {};
  }

  /// Paths are the new one and the old one.
  Status read_renamed_and_deleted(const MergeTreeMessage& message) {
    const std::string &to = message.paths[0], &from = message.paths[1];
    const ThreeVersions* stages = stages_of(to);
    if (stages == nullptr || stages->ours.exists() == stages->theirs.exists()) return {};
    Conflict& conflict = add(ConflictKind::rename, to, sentence(message));
    PLAND_TRY(const FileVersion base_version, base_file(from));
    conflict.base = side_of(base_version, from);
    conflict.ours = side_of(stages->ours, to);
    conflict.theirs = side_of(stages->theirs, to);
    unexplained_.erase(to);
    return {};
  }

  /// One side added a file to a directory that the other renamed. Paths are where git suggests and where the
  /// file was added: each side keeps what follows from its own doing.
  Status read_moved_directory(const MergeTreeMessage& message) {
    const std::string &to = message.paths[0], &from = message.paths[1];
    const ThreeVersions* stages = stages_of(to);
    if (stages == nullptr || stages->ours.exists() == stages->theirs.exists()) return {};
    const bool added_by_ours = stages->ours.exists();
    const FileVersion file = added_by_ours ? stages->ours : stages->theirs;
    Conflict& conflict = add(ConflictKind::rename, to, sentence(message));
    conflict.ours = side_of(file, added_by_ours ? from : to);
    conflict.theirs = side_of(file, added_by_ours ? to : from);
    unexplained_.erase(to);
    return {};
  }

  /// A file on one side, a directory on the other. Paths are git's invented name for the file and its own.
  Status read_clash(const MergeTreeMessage& message) {
    const std::string &invented = message.paths[0], &path = message.paths[1];
    PLAND_TRY(const FileVersion ours, our_file(path));
    PLAND_TRY(const FileVersion theirs, their_file(path));
    PLAND_TRY(const FileVersion base, base_file(path));
    PLAND_TRY(const FileVersion directory, git::lookup(repository_, output_.tree, path));
    const ThreeVersions* stages = stages_of(invented);
    if (stages == nullptr || ours.exists() == theirs.exists() || directory.mode != FileMode::tree) return {};
    Conflict& conflict = add(ConflictKind::mode, path,
                             path + " is a file in " + (ours.exists() ? our_label() : their_label()) +
                                 " and a directory in " + (ours.exists() ? their_label() : our_label()));
    conflict.base = side_of(base, path);
    conflict.ours = side_of(ours.exists() ? ours : directory, path);
    conflict.theirs = side_of(theirs.exists() ? theirs : directory, path);
    unexplained_.erase(invented);
    invented_.insert(invented);
    return {};
  }

  /// A file, link or submodule on one side, another of them on the other. Paths are its own and git's
  /// invented names for one or both.
  Status read_two_kinds(const MergeTreeMessage& message) {
    const std::string& path = message.paths[0];
    FileVersion ours, theirs;
    for (const std::string& place : message.paths) {
      const ThreeVersions* stages = stages_of(place);
      if (stages == nullptr) continue;
      if (stages->ours.exists()) ours = stages->ours;
      if (stages->theirs.exists()) theirs = stages->theirs;
      unexplained_.erase(place);
      if (place != path) invented_.insert(place);
    }
    PLAND_TRY(const FileVersion base, base_file(path));
    Conflict& conflict = add(ConflictKind::mode, path, sentence(message));
    conflict.base = side_of(base, path);
    conflict.ours = side_of(ours, path);
    conflict.theirs = side_of(theirs, path);
    return {};
  }

  /// A conflict that one path explains by itself.
  Status read_path(const std::string& path, ThreeVersions versions) {
    std::string detail;
    for (const MergeTreeMessage& message : output_.messages) {
      const bool names_it =
          std::find(message.paths.begin(), message.paths.end(), path) != message.paths.end();
      if (names_it && message.kind.starts_with("CONFLICT (rename")) detail = sentence(message);
    }
    PLAND_CHECK(drop_markers(path, versions));
    const bool both = versions.ours.exists() && versions.theirs.exists();
    const bool one = versions.ours.exists() != versions.theirs.exists();
    if ((both || (one && versions.base.exists())) && versions.ours != versions.theirs &&
        versions.ours != versions.base && versions.theirs != versions.base) {
      PLAND_TRY(FileOutcome outcome, merge_versions(repository_, path, versions));
      if (outcome.conflict) {
        outcome.conflict->detail = std::move(detail);
        PLAND_CHECK(find_origin(*outcome.conflict));
        conflicts_.push_back(std::move(*outcome.conflict));
        return {};
      }
    }
    // The versions alone do not conflict: it is about names.
    Conflict& conflict = add(ConflictKind::rename, path, std::move(detail));
    conflict.base = side_of(versions.base, path);
    conflict.ours = side_of(versions.ours, path);
    conflict.theirs = side_of(versions.theirs, path);
    return {};
  }

  /// A stage can itself be the result of a merge with conflicts (a rename that collides); the side's own file
  /// takes its place.
  Status drop_markers(const std::string& path, ThreeVersions& versions) {
    const auto has_markers = [&](const FileVersion& version) -> Result<bool> {
      if (version.mode != FileMode::file && version.mode != FileMode::executable) return false;
      PLAND_TRY(const git::Blob blob, repository_.read_blob(version.oid));
      return blob.bytes.find(names_.ours) != std::string_view::npos &&
             blob.bytes.find(names_.theirs) != std::string_view::npos;
    };
    PLAND_TRY(const bool in_ours, has_markers(versions.ours));
    PLAND_TRY(const bool in_theirs, has_markers(versions.theirs));
    if (in_ours) {
      PLAND_TRY(versions.ours, our_file(path));
    }
    if (in_theirs) {
      PLAND_TRY(versions.theirs, their_file(path));
    }
    return {};
  }

  /// Where a side, and the base, know the file by another name, because the other side renamed it.
  Status find_origin(Conflict& conflict) {
    PLAND_TRY(const FileVersion at_base, base_file(conflict.path));
    if (at_base.exists() || conflict.base.mode == 0) return {};
    PLAND_TRY(const FileVersion at_ours, our_file(conflict.path));
    const bool ours_renamed = at_ours.exists();
    const Oid& renaming = ours_renamed ? roots_.ours.oid : roots_.theirs.oid;
    const Oid& keeping = ours_renamed ? roots_.theirs.oid : roots_.ours.oid;
    ConflictSide& kept = ours_renamed ? conflict.theirs : conflict.ours;
    PLAND_TRY(const auto changes, git::diff_trees(repository_, roots_.base.oid, renaming));
    for (const git::FileChange& change : changes) {
      if (change.after.exists() || change.before.oid.hex() != conflict.base.oid) continue;
      PLAND_TRY(const FileVersion there, git::lookup(repository_, keeping, change.path));
      if (!there.exists() || there.oid.hex() != kept.oid) continue;
      conflict.base.path = kept.path = change.path;
      return {};
    }
    return {};
  }

  /// Conflicts that git tells of but records at no path (a directory split in two, a file in the way).
  void remark_unless_told(const MergeTreeMessage& message) {
    if (!message.kind.starts_with("CONFLICT") || message.paths.empty()) return;
    const bool told = std::any_of(conflicts_.begin(), conflicts_.end(), [&](const Conflict& conflict) {
      return std::any_of(message.paths.begin(), message.paths.end(), [&](const std::string& path) {
        return path == conflict.path || path == conflict.base.path || path == conflict.ours.path ||
               path == conflict.theirs.path || invented_.contains(path);
      });
    });
    if (!told) add(ConflictKind::rename, message.paths.front(), sentence(message));
  }

  std::string our_label() const { return labels_.ours.empty() ? "ours" : labels_.ours; }
  std::string their_label() const { return labels_.theirs.empty() ? "theirs" : labels_.theirs; }

  git::Repository& repository_;
  ThreeVersions roots_;
  const SideNames& names_;
  const MarkerLabels& labels_;
  const MergeTreeOutput& output_;
  std::map<std::string, ThreeVersions> unexplained_;  // conflicted paths that no conflict tells of yet
  std::set<std::string> invented_;                    // paths that only git's tree has
  std::vector<Conflict> conflicts_;
};

}  // namespace

Result<TreeMerge> merge_by_program(git::Repository& repository, const Oid& base, const Oid& ours,
                                   const Oid& theirs, const MarkerLabels& labels) {
  // merge-tree takes its base from history only, so the trees get a history of their own.
  PLAND_TRY(const Oid base_commit, repository.write_commit(base, {}, "base", 0));
  PLAND_TRY(const Oid our_commit, repository.write_commit(ours, {base_commit}, "ours", 0));
  PLAND_TRY(const Oid their_commit, repository.write_commit(theirs, {base_commit}, "theirs", 0));
  const SideNames names{our_commit.hex(), their_commit.hex()};
  PLAND_TRY(
      const git::GitOutput run,
      git::run_git(repository.git_dir(), {"-c", "core.attributesFile=/dev/null", "merge-tree", "--write-tree",
                                          "--messages", "-z", names.ours, names.theirs}));
  if (run.exit_code != 0 && run.exit_code != 1) {
    return Error{ErrorCode::git, "git merge-tree failed (git 2.38 or newer is needed): " + run.err};
  }
  PLAND_TRY(const MergeTreeOutput output, parse_merge_tree_output(run.out));
  if (run.exit_code == 0) {
    return TreeMerge{output.tree, {}, auto_merged(output), true};
  }
  const auto root = [](const Oid& oid) { return FileVersion{FileMode::tree, oid}; };
  PLAND_TRY(TreeMerge merge,
            ConflictReader(repository, {root(base), root(ours), root(theirs)}, names, labels, output).read());
  if (merge.conflicts.empty()) {
    return Error{ErrorCode::git, "git merge-tree found conflicts but told of none: " + run.out};
  }
  return merge;
}

}  // namespace pland::engine::merge
