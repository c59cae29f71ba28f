// The rows of the benchmark. Each prints its figures as soon as it has them, and throws when something went
// wrong: a mechanism that did not do its work is not measured.
#pragma once

#include <filesystem>

namespace pland::bench {

struct Setting {
  std::filesystem::path repository;  ///< generated; left as it was
  std::filesystem::path work;        ///< for state, worktrees and the like
  std::filesystem::path program;     ///< pland
  int rounds = 7;
};

/// Sandbox creation and reuse, snapshot, rollback, merge: the engine's functions.
void measure_engine(const Setting& setting);
/// Start, keystroke to diagnostic, shutdown: the program over its pipes.
void measure_server(const Setting& setting);

}  // namespace pland::bench
