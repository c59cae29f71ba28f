// From a syntax tree to an automation profile. The plan-file room's own.
#pragma once

#include "engine/model/profile.h"
#include "engine/planfile/value_reader.h"

namespace pland::engine::planfile {

/// Reads the whole file, reporting every problem; what is broken keeps its default. Precondition: the root is
/// a mapping.
AutomationProfile read_profile(Reading& reading);

/// The safety part, of a profile or an action.
SafetyRules read_safety(Reading& reading, const Field& field);

}  // namespace pland::engine::planfile
