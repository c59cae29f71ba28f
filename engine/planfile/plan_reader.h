// From a syntax tree to a plan specification. The plan-file room's own.
#pragma once

#include "engine/planfile/plan_document.h"
#include "engine/planfile/value_reader.h"

namespace pland::engine::planfile {

/// Reads the whole file, reporting every problem; what is broken keeps its default. Precondition: the tree
/// has a root.
PlanSpec read_plan(Reading& reading, std::size_t max_subplans);

/// Where everything is, independent of whether it is right.
PlanRanges collect_ranges(const SyntaxTree& tree, const LineIndex& lines, std::size_t max_subplans);

}  // namespace pland::engine::planfile
