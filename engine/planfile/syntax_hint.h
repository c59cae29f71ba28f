// What helps against broken YAML. The plan-file room's own.
#pragma once

#include <string>
#include <string_view>

namespace pland::engine::planfile {

/// What helps against a syntax error that yaml-cpp describes so; may be empty.
std::string syntax_hint(std::string_view description);

}  // namespace pland::engine::planfile
