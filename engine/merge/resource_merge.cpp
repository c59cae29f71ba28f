#include "engine/merge/resource_merge.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/utf8.h"
#include "engine/git/tree_edit.h"
#include "engine/merge/file_version_merge.h"
#include "engine/merge/json_merge.h"
#include "engine/merge/line_set_merge.h"
#include "engine/merge/sqlite_merge.h"

namespace pland::engine::merge {
namespace {

constexpr std::uint64_t largest_database = 256ULL << 20;
constexpr std::size_t most_cells_told = 10;

/// The bytes of a side; nullopt when it is absent, no regular file, or too large to be merged in memory.
Result<std::optional<std::string>> read_side(const git::Repository& repository, const ConflictSide& side) {
  PLAND_TRY(const git::FileVersion version, version_of(side));
  if (!version.exists() || !git::is_regular(version.mode)) return std::optional<std::string>();
  PLAND_TRY(const std::uint64_t size, repository.blob_size(version.oid));
  if (size > largest_database) return std::optional<std::string>();
  PLAND_TRY(git::Blob blob, repository.read_blob(version.oid));
  return std::optional<std::string>(std::move(blob.bytes));
}

/// What stands in a database may be anything; a message is one line of text.
std::string one_line(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = utf8_length(text);
    const auto first = static_cast<unsigned char>(text.front());
    if (size == 0) {
      out += "\uFFFD";
    } else if (first < 0x20 || first == 0x7f) {
      out += ' ';
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

std::string detail_of(const std::vector<CellConflict>& conflicts, const MarkerLabels& labels) {
  std::string text;
  for (std::size_t i = 0; i < conflicts.size() && i < most_cells_told; ++i) {
    text += (i == 0 ? "" : "; ") + to_string(conflicts[i], labels.ours, labels.theirs);
  }
  if (conflicts.size() > most_cells_told) {
    text += "; and " + std::to_string(conflicts.size() - most_cells_told) + " more";
  }
  return one_line(text);
}

bool is_lockfile(std::string_view path) {
  const std::string_view name =
      path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
  return name == "package-lock.json" || name == "npm-shrinkwrap.json";
}

/// True when the conflict is gone: text whose parts have names, or no order.
Result<bool> settle_text(git::Repository& repository, TreeMerge& merge, const Conflict& conflict) {
  const bool json = conflict.path.ends_with(".json") && !is_lockfile(conflict.path);
  if (!json && !is_line_set(conflict.path)) return false;
  PLAND_TRY(const auto base, read_side(repository, conflict.base));
  PLAND_TRY(const auto ours, read_side(repository, conflict.ours));
  PLAND_TRY(const auto theirs, read_side(repository, conflict.theirs));
  if (!base || !ours || !theirs) return false;
  const auto merged = json ? merge_json(*base, *ours, *theirs) : merge_line_sets(*base, *ours, *theirs);
  if (!merged) return false;
  PLAND_TRY(const git::FileVersion there, git::lookup(repository, merge.tree, conflict.path));
  PLAND_TRY(const git::Oid file, repository.write_blob(*merged));
  PLAND_TRY(merge.tree, git::edit_tree(repository, merge.tree, {{conflict.path, {there.mode, file}}}));
  return true;
}

/// Changes that wait in a file beside the database (a write-ahead log, or a journal to roll back with) belong
/// to one version of it, and would be played into any other that stands there.
Result<bool> has_log(const git::Repository& repository, const TreeMerge& merge, const std::string& path) {
  for (const char* suffix : {"-wal", "-journal"}) {
    const std::string beside = path + suffix;
    for (const Conflict& conflict : merge.conflicts) {
      if (conflict.path == beside) return true;
    }
    PLAND_TRY(const git::FileVersion log, git::lookup(repository, merge.tree, beside));
    if (!log.exists() || !git::is_regular(log.mode)) continue;
    PLAND_TRY(const std::uint64_t size, repository.blob_size(log.oid));
    if (size > 0) return true;
  }
  return false;
}

/// True when nothing of the conflict is left.
Result<bool> settle_database(git::Repository& repository, TreeMerge& merge, Conflict& conflict,
                             const MarkerLabels& labels) {
  PLAND_TRY(const auto base, read_side(repository, conflict.base));
  PLAND_TRY(const auto ours, read_side(repository, conflict.ours));
  PLAND_TRY(const auto theirs, read_side(repository, conflict.theirs));
  if (!base || !ours || !theirs) return false;
  if (!is_database(*base) || !is_database(*ours) || !is_database(*theirs)) return false;
  PLAND_TRY(const bool log, has_log(repository, merge, conflict.path));
  if (log) {
    conflict.detail =
        "changes of the database wait in a file beside it (-wal or -journal): close it before the subplan "
        "ends";
    return false;
  }
  const auto merged = merge_databases(*base, *ours, *theirs);
  if (!merged.ok()) {
    conflict.detail = one_line(merged.error().message);
    return false;
  }
  PLAND_TRY(const git::FileVersion there, git::lookup(repository, merge.tree, conflict.path));
  PLAND_TRY(const git::Oid our_file, repository.write_blob(merged->ours));
  PLAND_TRY(merge.tree, git::edit_tree(repository, merge.tree, {{conflict.path, {there.mode, our_file}}}));
  if (merged->conflicts.empty()) return true;
  PLAND_TRY(const git::Oid their_file, repository.write_blob(merged->theirs));
  PLAND_TRY(const git::Oid base_file, repository.write_blob(merged->base));
  conflict.kind = ConflictKind::row;
  conflict.ours.oid = our_file.hex();
  conflict.theirs.oid = their_file.hex();
  conflict.base.oid = base_file.hex();
  conflict.detail = detail_of(merged->conflicts, labels);
  return false;
}

}  // namespace

Status merge_resources(git::Repository& repository, TreeMerge& merge, const MarkerLabels& labels) {
  for (auto conflict = merge.conflicts.begin(); conflict != merge.conflicts.end();) {
    bool settled = false;
    if (conflict->kind == ConflictKind::binary) {
      PLAND_TRY(settled, settle_database(repository, merge, *conflict, labels));
    } else if (conflict->kind == ConflictKind::content) {
      PLAND_TRY(settled, settle_text(repository, merge, *conflict));
    }
    conflict = settled ? merge.conflicts.erase(conflict) : conflict + 1;
  }
  return {};
}

}  // namespace pland::engine::merge
