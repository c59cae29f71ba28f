#include "engine/merge/file_version_merge.h"

#include <utility>

namespace pland::engine::merge {
namespace {

using git::FileMode;
using git::FileVersion;
using git::is_regular;

constexpr std::uint64_t kLargestText = 1023ULL * 1024 * 1024;  // git merges nothing larger line by line

/// The bytes of a version as text; nullopt when it is not text.
Result<std::optional<git::Blob>> read_text(const git::Repository& repository, const FileVersion& version) {
  if (!version.exists()) return std::optional<git::Blob>(git::Blob{});
  if (!is_regular(version.mode)) return std::optional<git::Blob>();
  PLAND_TRY(const std::uint64_t size, repository.blob_size(version.oid));
  if (size > kLargestText) return std::optional<git::Blob>();
  PLAND_TRY(git::Blob blob, repository.read_blob(version.oid));
  if (is_binary(blob.bytes)) return std::optional<git::Blob>();
  return std::optional<git::Blob>(std::move(blob));
}

Conflict conflict_at(const std::string& path, const ThreeVersions& versions, ConflictKind kind) {
  Conflict conflict;
  conflict.path = path;
  conflict.kind = kind;
  conflict.base = side_of(versions.base, path);
  conflict.ours = side_of(versions.ours, path);
  conflict.theirs = side_of(versions.theirs, path);
  return conflict;
}

}  // namespace

MergedMode merge_modes(FileMode base, FileMode ours, FileMode theirs) {
  if (ours == theirs || ours == base) return {theirs, false};
  return {ours, theirs != base};
}

ConflictSide side_of(const FileVersion& version, const std::string& path) {
  if (!version.exists()) return {};
  return {version.oid.hex(), static_cast<std::uint32_t>(version.mode), path};
}

Result<FileVersion> version_of(const ConflictSide& side) {
  if (side.mode == 0) return FileVersion{};
  const auto oid = git::Oid::parse(side.oid);
  if (!oid) {
    return Error{ErrorCode::invalid_argument,
                 "the conflict at '" + side.path + "' names no object: '" + side.oid + "'",
                 {{"path", side.path}}};
  }
  return FileVersion{static_cast<FileMode>(side.mode), *oid};
}

Result<std::optional<TextMerge>> merge_texts(const git::Repository& repository,
                                             const ThreeVersions& versions) {
  PLAND_TRY(const auto base, read_text(repository, versions.base));
  PLAND_TRY(const auto ours, read_text(repository, versions.ours));
  PLAND_TRY(const auto theirs, read_text(repository, versions.theirs));
  if (!base || !ours || !theirs) return std::optional<TextMerge>();
  return std::optional<TextMerge>(merge_text(base->bytes, ours->bytes, theirs->bytes));
}

Result<FileOutcome> merge_versions(git::Repository& repository, const std::string& path,
                                   const ThreeVersions& versions) {
  const auto& [base, ours, theirs] = versions;
  if (!ours.exists() || !theirs.exists()) {
    return FileOutcome{ours, conflict_at(path, versions, ConflictKind::deletion)};
  }
  const MergedMode mode = merge_modes(base.mode, ours.mode, theirs.mode);
  FileOutcome outcome{{mode.mode, ours.oid}, std::nullopt};
  if (ours.oid == theirs.oid || ours.oid == base.oid || theirs.oid == base.oid) {
    if (ours.oid == base.oid) outcome.version.oid = theirs.oid;
    if (mode.conflict) outcome.conflict = conflict_at(path, versions, ConflictKind::mode);
    return outcome;
  }
  PLAND_TRY(auto merge, merge_texts(repository, versions));
  const bool added = !base.exists();
  if (!merge) {
    outcome.conflict = conflict_at(path, versions, added ? ConflictKind::creation : ConflictKind::binary);
    return outcome;
  }
  PLAND_TRY(outcome.version.oid, repository.write_blob(compose(merge->segments, merge->hunks)));
  if (!merge->clean()) {
    outcome.conflict = conflict_at(path, versions, added ? ConflictKind::creation : ConflictKind::content);
    outcome.conflict->hunks = std::move(merge->hunks);
  } else if (mode.conflict) {  // the content is settled: only the mode is left to choose
    const FileVersion our_mode{ours.mode, outcome.version.oid}, their_mode{theirs.mode, outcome.version.oid};
    outcome.conflict = conflict_at(path, {base, our_mode, their_mode}, ConflictKind::mode);
  }
  return outcome;
}

}  // namespace pland::engine::merge
