// Names and paths as a plan file may have them. The plan-file room's own.
#pragma once

#include <string>
#include <string_view>

#include "engine/planfile/report.h"

namespace pland::engine::planfile {

/// The full form of a plan's name ("x" becomes "local/x"); reports `bad-name`.
std::string namespaced(std::string_view name, Extent place, Report& report);

/// The same for something that may be a provider's: an actor.
std::string referenced(std::string_view name, Extent place, Report& report);

/// `what` is "subplan name" or "alias"; reports `bad-name`.
void check_plain_name(std::string_view what, std::string_view name, Extent place, Report& report);

/// The name of an environment variable; reports `bad-name`.
void check_variable(std::string_view name, Extent place, Report& report);

/// A path or glob that stays inside the project; reports `path-escape`, and `bad-value` for an empty one.
bool check_path(std::string_view path, std::string_view what, Extent place, Report& report);

}  // namespace pland::engine::planfile
