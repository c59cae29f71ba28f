// A JSON Schema inside a file. The plan-file room's own.
#pragma once

#include <nlohmann/json.hpp>

#include "engine/planfile/value_reader.h"

namespace pland::engine::planfile {

/// The schema as a value; reports each of its problems where it stands: an unknown keyword as `unknown-key`,
/// the rest as `bad-value`. Null when it cannot be read.
nlohmann::json read_schema(Reading& reading, const Field& field);

}  // namespace pland::engine::planfile
