// The graph that `after` draws: unknown names and cycles. The plan-file room's own.
#pragma once

#include <string>
#include <vector>

#include "engine/planfile/report.h"
#include "engine/planfile/value_reader.h"

namespace pland::engine::planfile {

/// One subplan as the graph sees it.
struct Dependent {
  std::string name;         ///< empty when the entry has none; then nothing can wait for it
  std::vector<Item> after;  ///< as written
};

/// Reports `unknown-subplan` and `dependency-cycle` (on every item that takes part in one), and warns of an
/// item that repeats another one.
void check_dependencies(const std::vector<Dependent>& subplans, Report& report);

}  // namespace pland::engine::planfile
