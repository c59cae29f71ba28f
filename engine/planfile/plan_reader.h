// From a syntax tree to a plan specification. The plan-file room's own.
#pragma once

#include "engine/model/plan_spec.h"
#include "engine/planfile/value_reader.h"

namespace pland::engine::planfile {

/// Reads the whole file, reporting every problem; what is broken keeps its default. Precondition: the root is
/// a mapping.
PlanSpec read_plan(Reading& reading, std::size_t max_subplans);

}  // namespace pland::engine::planfile
