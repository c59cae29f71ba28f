// What the store remembers about things outside it, so that the next start finds them. Plain values.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/clock.h"

namespace pland::engine {

/// A process that may be alive. Written before it starts, deleted after it was seen to end.
struct ProcessRecord {
  std::string token;  ///< identity; also in the process's environment, where recovery recognises it
  std::string plan_id;
  std::string subplan_id;
  std::int64_t pid = 0;  ///< leader of its process group; 0 while not yet started
  Timestamp started_at = 0;
  bool operator==(const ProcessRecord&) const = default;
};

/// A folder that an isolated copy occupies, until it is deleted from disk.
struct SandboxRecord {
  std::string sandbox_id;
  std::string plan_id;  ///< empty: waiting in the pool
  std::string subplan_id;
  std::string kind;  ///< "git_worktree", "overlay" ...
  std::string path;
  std::string base_commit;
  std::string state;  ///< "making", "ready", "in_use", "trash" ... (engine/sandbox says which)
  Timestamp created_at = 0;
  bool operator==(const SandboxRecord&) const = default;
};

}  // namespace pland::engine
