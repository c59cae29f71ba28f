// An automation profile's file read as far as it can be read.
#pragma once

#include <optional>
#include <string_view>

#include "engine/model/profile.h"
#include "engine/planfile/document.h"

namespace pland::engine::planfile {

struct ProfileDocument : Document {
  std::optional<AutomationProfile> profile;  ///< present exactly when no problem is an error
};

/// Reads YAML or JSON text (UTF-8; a byte order mark is skipped).
ProfileDocument parse_profile(std::string_view text, const ParseOptions& options = {});

}  // namespace pland::engine::planfile
