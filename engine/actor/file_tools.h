// What the built-in tools do to files. Every path is contained in the sandbox (engine/base/paths.h).
// Blocking; meant for the arena, any thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/plan_spec.h"

namespace pland::engine {

enum class ChangeKind { created, modified, deleted };
std::string_view to_string(ChangeKind kind);

/// A file that a tool changed.
struct FileChange {
  std::string path;  ///< relative to the sandbox, '/'-separated
  ChangeKind kind = ChangeKind::modified;
  bool operator==(const FileChange&) const = default;
};

struct ToolAnswer {
  std::string text;  ///< what the tool says: the file's lines, the paths found, "wrote 12 bytes to 'a.txt'"
  std::vector<FileChange> changes;
};

/// Runs one call in the sandbox. Errors: invalid_argument (unknown tool, wrong arguments, text that does not
/// occur or occurs more than once), refused (a path outside), not_found, io. Nothing is changed when it
/// fails.
Result<ToolAnswer> call_tool(const std::filesystem::path& sandbox, const ToolCall& call);

}  // namespace pland::engine
