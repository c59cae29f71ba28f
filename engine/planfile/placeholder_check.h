// Placeholders in the texts of an action. The plan-file room's own.
#pragma once

#include <string>
#include <vector>

#include "engine/planfile/value_reader.h"

namespace pland::engine::planfile {

/// Reports `bad-value` for a `{{` that leads to no name, and `unknown-argument`, at the name where the text
/// stands as it is written, otherwise at the whole value.
void check_placeholders(Reading& reading, const Field& field, const std::vector<std::string>& arguments);

}  // namespace pland::engine::planfile
