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

/// For every subplan the indexes of those that must have come to an end before it starts, because both may
/// write a file that cannot be merged (`opaque`): they take turns, in the order of the merge. A scope counts
/// by its literal beginning, so what is only near counts too; without a scope a subplan may write anything.
std::vector<std::vector<std::size_t>> turns(const PlanSpec& spec);

}  // namespace pland::engine
