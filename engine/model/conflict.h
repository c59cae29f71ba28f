// Merge conflicts as values (never as text in a file). Plain data, no I/O.
//
// A conflict belongs to one step of a plan's merge: the subplan whose result could not be combined with what
// was merged before it, or the apply step (empty subplan_id), where `ours` is the user's own text.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/result.h"

namespace pland::engine {

enum class ConflictKind {
  content,   ///< both sides changed the same lines
  creation,  ///< both sides added the path with different content
  deletion,  ///< one side deleted what the other changed
  rename,    ///< renames that contradict each other or an edit
  mode,      ///< both sides changed the kind or the permission bits differently
  binary,    ///< both sides changed a file that is not text
  row,       ///< both sides changed the same cell or row of a database; `detail` names each
};
enum class Resolution { ours, theirs, both, base, manual };

std::string_view to_string(ConflictKind kind);
std::string_view to_string(Resolution resolution);
Result<ConflictKind> parse_conflict_kind(std::string_view text);
Result<Resolution> parse_resolution(std::string_view text);

/// Lines [start, start + count) of a text, from 0.
struct LineRange {
  std::int64_t start = 0;
  std::int64_t count = 0;
  bool operator==(const LineRange&) const = default;
};

/// One contiguous region that both sides changed differently.
struct ConflictHunk {
  LineRange base, ours, theirs;
  std::string base_text, ours_text, theirs_text;  ///< the lines themselves, with their ends
  std::optional<Resolution> resolution;
  std::string manual_text;  ///< when resolution is manual
  bool operator==(const ConflictHunk&) const = default;
};

/// A file's content at one side: an object of the private repository, or absent.
struct ConflictSide {
  std::string oid;         ///< hex; empty when the path does not exist on this side
  std::uint32_t mode = 0;  ///< git file mode (0100644, 0100755, 0120000, 0160000); 0 when absent
  std::string path;        ///< differs from Conflict::path when this side renamed it
  bool operator==(const ConflictSide&) const = default;
};

struct Conflict {
  std::string conflict_id;
  std::string plan_id;
  std::string subplan_id;  ///< whose result is `theirs`; empty for a conflict of apply
  std::string path;        ///< relative to the project, '/'-separated
  ConflictKind kind = ConflictKind::content;
  ConflictSide base, ours, theirs;
  std::vector<std::string> ours_authors;  ///< names of the subplans that wrote `ours`; "you" at apply
  std::vector<ConflictHunk> hunks;        ///< kinds content and creation of text; otherwise empty
  std::optional<Resolution>
      resolution;  ///< of the whole file, where there are no hunks or all were set at once
  std::optional<std::string> manual_oid;  ///< blob of the whole file, for a manual resolution of the file
  /// Git's own sentence for a rename conflict; the disputed cells of a database, or why it cannot be merged;
  /// else empty.
  std::string detail;
  std::string resolved_by;  ///< "user", "cli"; empty while open
  std::optional<Timestamp> resolved_at;
  bool operator==(const Conflict&) const = default;
};

/// True while any hunk (or the file, when it has none) has no resolution.
bool is_open(const Conflict& conflict);
/// Hunks without a resolution; 1 for an open conflict without hunks.
int open_hunks(const Conflict& conflict);

void to_json(nlohmann::json& json, const ConflictHunk& hunk);
void from_json(const nlohmann::json& json, ConflictHunk& hunk);
void to_json(nlohmann::json& json, const ConflictSide& side);
void from_json(const nlohmann::json& json, ConflictSide& side);

}  // namespace pland::engine
