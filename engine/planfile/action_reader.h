// From a syntax tree to an action. The plan-file room's own.
#pragma once

#include "engine/model/action.h"
#include "engine/planfile/value_reader.h"

namespace pland::engine::planfile {

/// Reads the whole file, reporting every problem; what is broken keeps its default. Precondition: the root is
/// a mapping.
Action read_action(Reading& reading, std::size_t max_arguments);

}  // namespace pland::engine::planfile
