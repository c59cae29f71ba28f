// Conflicts and failures as compilers print them: place, message, the lines with a caret, both sides. For a
// terminal and for CI logs. Pure functions of values.
#pragma once

#include <string>
#include <string_view>

#include "engine/plan/engine.h"
#include "engine/planfile/plan_document.h"

namespace pland::server {

/// A failed subplan, at its name in the plan file (`file` is how the person named it).
std::string failure_excerpt(const std::string& file, std::string_view text,
                            const engine::planfile::PlanDocument& document,
                            const engine::SubplanStatus& subplan, const engine::PlanSpec& plan,
                            const engine::Attempt* last);

/// An open conflict, at the lines of its hunks in `current`, the file's text in the project now (null: it has
/// none). `base` is the text the hunks' base ranges count in.
std::string conflict_excerpt(const engine::LivePlan& plan, const engine::Conflict& conflict,
                             std::string_view base, const std::string* current);

/// A problem of a plan file, with the line and a caret.
std::string problem_excerpt(const std::string& file, std::string_view text,
                            const engine::planfile::Problem& problem);

}  // namespace pland::server
