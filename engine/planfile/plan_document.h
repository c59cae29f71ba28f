// A plan file read as far as it can be read: its specification, every problem in it, and where everything is.
#pragma once

#include <optional>
#include <string_view>

#include "engine/model/plan_spec.h"
#include "engine/planfile/document.h"

namespace pland::engine::planfile {

struct PlanDocument : Document {
  std::optional<PlanSpec> spec;  ///< present exactly when no problem is an error
};

/// Reads YAML or JSON text (UTF-8; a byte order mark is skipped).
PlanDocument parse(std::string_view text, const ParseOptions& options = {});

/// Index (in Ranges::entries) of the first entry with this name.
std::optional<std::size_t> find_subplan(const PlanDocument& document, std::string_view name);

}  // namespace pland::engine::planfile
