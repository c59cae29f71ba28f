// Inside of the plan room: the order that a plan's subplans run in. Pure functions of the specification.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/plan_spec.h"

namespace pland::engine {

/// For every subplan the indexes of those that must be complete before it starts: its `after`, and in
/// sequential mode the one before it. Errors: as `waves`.
Result<std::vector<std::vector<std::size_t>>> direct_dependencies(const PlanSpec& spec);

/// What `index` depends on, directly or through others, in spawn order.
Result<std::vector<std::size_t>> all_dependencies(const PlanSpec& spec, std::size_t index);

}  // namespace pland::engine
