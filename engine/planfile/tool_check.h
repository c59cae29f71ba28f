// The `tools` of a subplan: calls of built-in tools, checked against their table. The plan-file room's own.
#pragma once

#include <vector>

#include "engine/model/plan_spec.h"
#include "engine/planfile/value_reader.h"

namespace pland::engine::planfile {

/// Reports `bad-tool` for an unknown tool and wrong arguments, `path-escape` for paths that leave the
/// project.
std::vector<ToolCall> read_tools(const Field& field, Reading& reading);

}  // namespace pland::engine::planfile
