#include "engine/merge/resolution.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "engine/git/tree_edit.h"
#include "engine/merge/file_version_merge.h"

namespace pland::engine::merge {
namespace {

using git::FileMode;
using git::FileVersion;
using git::Oid;

bool names_directory(const ConflictSide& side) {
  return side.mode == static_cast<std::uint32_t>(FileMode::tree);
}
bool names_gitlink(const ConflictSide& side) {
  return side.mode == static_cast<std::uint32_t>(FileMode::gitlink);
}

/// A conflict without a version on any side: a sentence of git's about directories, nothing to choose.
bool is_remark(const Conflict& conflict) {
  return conflict.base.mode == 0 && conflict.ours.mode == 0 && conflict.theirs.mode == 0;
}

std::string_view why_not_both(const Conflict& conflict) {
  switch (conflict.kind) {
    case ConflictKind::content:
    case ConflictKind::creation:
      if (!conflict.hunks.empty()) return {};
      return "the file is not text, so the two versions cannot stand one after the other";
    case ConflictKind::binary:
      return "the file is not text, so the two versions cannot stand one after the other";
    case ConflictKind::row:
      return "a cell of a database holds one value";
    case ConflictKind::deletion:
      return "one side deleted the file, so there is only one version of it";
    case ConflictKind::mode:
      return "a path can have only one kind and one set of permissions";
    case ConflictKind::rename:
      return "the sides disagree about the file's name, not its text";
  }
  return {};
}

std::string_view why_not_manual(const Conflict& conflict) {
  for (const ConflictSide* side : {&conflict.base, &conflict.ours, &conflict.theirs}) {
    if (names_directory(*side)) return "one side made the path a directory";
    if (names_gitlink(*side)) return "the path is a submodule";
  }
  return {};
}

std::string_view why_not(const Conflict& conflict, Resolution resolution) {
  if (is_remark(conflict)) {
    return resolution == Resolution::ours ? "" : "git could not tell where files belong; they stay as merged";
  }
  if (resolution == Resolution::both) return why_not_both(conflict);
  if (resolution == Resolution::manual) return why_not_manual(conflict);
  return {};
}

const ConflictSide& chosen_side(const Conflict& conflict, Resolution resolution) {
  switch (resolution) {
    case Resolution::theirs:
      return conflict.theirs;
    case Resolution::base:
      return conflict.base;
    default:
      return conflict.ours;
  }
}

/// What every path concerned becomes.
class Decision {
 public:
  Decision(git::Repository& repository, const Oid& merged) : repository_(repository), merged_(merged) {}

  Status add(const Conflict& conflict) {
    if (conflict.resolution) PLAND_CHECK(check_resolution(conflict, *conflict.resolution));
    if (conflict.resolution == Resolution::manual) return add_manual(conflict);
    if (!conflict.hunks.empty()) return add_hunks(conflict);
    const ConflictSide& side = chosen_side(conflict, conflict.resolution.value_or(Resolution::ours));
    PLAND_TRY(const FileVersion version, version_of(side));
    if (conflict.kind == ConflictKind::rename) return add_rename(conflict, side, version);
    const auto all_sides = sides(conflict);
    if (std::any_of(all_sides.begin(), all_sides.end(),
                    [](const ConflictSide* each) { return names_directory(*each); })) {
      clashes_.push_back({&conflict, version});
      return {};
    }
    files_[conflict.path] = version;
    return {};
  }

  Result<Oid> apply() {
    for (const auto& path : vacated_) files_.try_emplace(path, FileVersion{});
    for (const auto& [conflict, version] : clashes_) PLAND_CHECK(add_clash(*conflict, version));
    PLAND_CHECK(make_room());
    std::vector<git::TreeEdit> edits;
    for (const auto& [path, version] : files_) edits.push_back({path, version});
    return git::edit_tree(repository_, merged_, std::move(edits));
  }

 private:
  static std::array<const ConflictSide*, 3> sides(const Conflict& conflict) {
    return {&conflict.base, &conflict.ours, &conflict.theirs};
  }

  Status add_manual(const Conflict& conflict) {
    const auto oid = conflict.manual_oid ? git::Oid::parse(*conflict.manual_oid) : std::nullopt;
    if (!oid) {
      return Error{ErrorCode::invalid_argument,
                   "the manual resolution of '" + conflict.path + "' has no content; send the file's text",
                   {{"path", conflict.path}}};
    }
    FileMode mode = FileMode::file;
    for (const ConflictSide* side : {&conflict.theirs, &conflict.ours}) {
      const auto each = static_cast<FileMode>(side->mode);
      if (each == FileMode::file || each == FileMode::executable) mode = each;
    }
    vacate(conflict);
    files_[conflict.path] = {mode, *oid};
    return {};
  }

  Status add_hunks(const Conflict& conflict) {
    ThreeVersions versions;
    PLAND_TRY(versions.base, version_of(conflict.base));
    PLAND_TRY(versions.ours, version_of(conflict.ours));
    PLAND_TRY(versions.theirs, version_of(conflict.theirs));
    if (conflict.resolution == Resolution::base && !versions.base.exists()) {
      files_[conflict.path] = {};
      return {};
    }
    PLAND_TRY(auto merge, merge_texts(repository_, versions));
    const auto same_place = [](const ConflictHunk& a, const ConflictHunk& b) {
      return a.base == b.base && a.ours == b.ours && a.theirs == b.theirs;
    };
    if (!merge || !std::equal(merge->hunks.begin(), merge->hunks.end(), conflict.hunks.begin(),
                              conflict.hunks.end(), same_place)) {
      return Error{ErrorCode::internal,
                   "the hunks of the conflict at '" + conflict.path + "' are not those of its three versions",
                   {{"path", conflict.path}}};
    }
    const std::string text = conflict.resolution ? compose_all(*merge, *conflict.resolution)
                                                 : compose(merge->segments, conflict.hunks);
    MergedMode mode = merge_modes(versions.base.mode, versions.ours.mode, versions.theirs.mode);
    if (mode.conflict && all_hunks_are(conflict, Resolution::theirs)) mode.mode = versions.theirs.mode;
    PLAND_TRY(const Oid blob, repository_.write_blob(text));
    files_[conflict.path] = {mode.mode, blob};
    return {};
  }

  static bool all_hunks_are(const Conflict& conflict, Resolution resolution) {
    if (conflict.resolution) return conflict.resolution == resolution;
    return std::all_of(conflict.hunks.begin(), conflict.hunks.end(),
                       [&](const ConflictHunk& hunk) { return hunk.resolution == resolution; });
  }

  Status add_rename(const Conflict& conflict, const ConflictSide& side, const FileVersion& version) {
    if (is_remark(conflict)) return {};
    vacate(conflict);
    if (version.exists()) files_[side.path] = version;
    return {};
  }

  /// The paths that the sides knew the file by become free, unless something else takes them.
  void vacate(const Conflict& conflict) {
    vacated_.insert(conflict.path);
    for (const ConflictSide* side : sides(conflict)) {
      if (side->mode != 0) vacated_.insert(side->path);
    }
  }

  /// A path that is a directory on one side and a file on another: one of them with all it holds.
  Status add_clash(const Conflict& conflict, const FileVersion& version) {
    const std::string below = conflict.path + "/";
    if (version.mode == FileMode::tree) {
      PLAND_TRY(const auto files, git::list_files(repository_, version.oid));
      for (const auto& file : files) files_.try_emplace(below + file.path, file.file);
      files_[conflict.path] = {};
      return {};
    }
    for (auto at = files_.lower_bound(below); at != files_.end() && at->first.starts_with(below); ++at) {
      at->second = {};
    }
    files_[conflict.path] = version;
    return {};
  }

  /// A file that comes back can find its place taken by now: what is a directory gives way to it, and a file
  /// gives way to the directory that it needs.
  Status make_room() {
    std::vector<std::string> placed;
    for (const auto& [path, version] : files_) {
      if (version.exists()) placed.push_back(path);
    }
    for (const std::string& path : placed) {
      for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        files_[path.substr(0, slash)] = {};
      }
    }
    for (const std::string& path : placed) {
      if (!files_[path].exists()) continue;
      PLAND_TRY(const FileVersion present, git::lookup(repository_, merged_, path));
      if (present.mode != FileMode::tree) continue;
      PLAND_TRY(const auto files, git::list_files(repository_, present.oid));
      for (const auto& file : files) files_.try_emplace(path + "/" + file.path, FileVersion{});
    }
    return {};
  }

  git::Repository& repository_;
  Oid merged_;
  std::map<std::string, FileVersion> files_;
  std::set<std::string> vacated_;
  std::vector<std::pair<const Conflict*, FileVersion>> clashes_;
};

}  // namespace

std::vector<ResolutionChoice> allowed_resolutions(const Conflict& conflict) {
  std::vector<ResolutionChoice> choices;
  for (const Resolution resolution :
       {Resolution::ours, Resolution::theirs, Resolution::both, Resolution::base, Resolution::manual}) {
    choices.push_back({resolution, why_not(conflict, resolution)});
  }
  return choices;
}

Status check_resolution(const Conflict& conflict, Resolution resolution) {
  const std::string_view reason = why_not(conflict, resolution);
  if (reason.empty()) return {};
  std::string allowed;
  for (const ResolutionChoice& choice : allowed_resolutions(conflict)) {
    if (choice.allowed())
      allowed += (allowed.empty() ? "" : ", ") + std::string(to_string(choice.resolution));
  }
  return Error{ErrorCode::refused,
               "'" + conflict.path + "' cannot be resolved as " + std::string(to_string(resolution)) + ": " +
                   std::string(reason) + " (possible: " + allowed + ")",
               {{"path", conflict.path}}};
}

Result<Oid> resolve_tree(git::Repository& repository, const Oid& merged,
                         const std::vector<Conflict>& conflicts) {
  if (conflicts.empty()) return merged;
  Decision decision(repository, merged);
  for (const Conflict& conflict : conflicts) PLAND_CHECK(decision.add(conflict));
  return decision.apply();
}

}  // namespace pland::engine::merge
