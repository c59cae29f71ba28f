// What pland needs of a machine and of a project, looked at without changing anything. Blocking: call in the
// arena. The project may be open, here or in another process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace pland::engine {

enum class Health {
  good,
  warning,  ///< works, but not as one may think
  error,    ///< plans cannot be run
};
std::string_view to_string(Health health);

struct Finding {
  std::string name;  ///< of what was looked at: "git", "supervisor" ...
  Health health = Health::good;
  std::string text;
  std::string remedy;  ///< empty when nothing is to be done
};

/// Disk space of a project's state, in bytes.
struct StateBytes {
  std::uint64_t store = 0;       ///< pland.db and its journal
  std::uint64_t repository = 0;  ///< repo.git: snapshots
  std::uint64_t sandboxes = 0;   ///< with what is on its way to deletion
  std::uint64_t other = 0;       ///< logs, indexes, views
  std::uint64_t total() const { return store + repository + sandboxes + other; }
};

struct ProjectHealth {
  std::filesystem::path project;
  std::filesystem::path state_directory;  ///< need not exist yet
  StateBytes bytes;
  std::vector<Finding> findings;
};

/// The program's own parts, git, and the folder for state. `state_root`, `supervisor`: as in EngineOptions.
std::vector<Finding> examine_machine(const std::filesystem::path& state_root,
                                     const std::filesystem::path& supervisor);

/// The project that holds `folder`. Errors: those of `locate` and `state_root`.
Result<ProjectHealth> examine_project(const std::filesystem::path& folder,
                                      const std::filesystem::path& state_root);

/// Bytes in the state directory; what cannot be read counts nothing.
StateBytes state_bytes(const std::filesystem::path& state_directory);

}  // namespace pland::engine
