// An action file read as far as it can be read.
#pragma once

#include <optional>
#include <string_view>

#include "engine/model/action.h"
#include "engine/planfile/document.h"

namespace pland::engine::planfile {

struct ActionDocument : Document {
  std::optional<Action> action;  ///< present exactly when no problem is an error
};

/// Reads YAML or JSON text (UTF-8; a byte order mark is skipped).
ActionDocument parse_action(std::string_view text, const ParseOptions& options = {});

}  // namespace pland::engine::planfile
