// The legal steps of a plan's life: ONE table (requirements 1, "Forward transitions", "Reversion"). Pure.
//
// A step leads from one (phase, state) to another and has a name: the verb or happening that makes it. What
// is not in the table cannot be recorded (engine/plan/change.cpp asks here). docs/lifecycle.md shows the
// table; a test compares.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/plan.h"

namespace pland::engine {

struct Place {
  Phase phase = Phase::strategize;
  ProcessingState state = ProcessingState::queued;
  bool operator==(const Place&) const = default;
};

struct Transition {
  Place from;
  Place to;
  std::string_view by;  ///< "execute", "revert", "a subplan failed" ...
};

std::span<const Transition> transitions();

/// Whether a plan can be there at all: `applied` and `constrained` belong to apply alone.
bool is_consistent(Place place);

/// nullptr when no step leads from one to the other. Staying where it is is no step and needs none.
const Transition* find_transition(Place from, Place to);

/// Errors: refused, saying where the plan is, that no step leads there and which ones lead on.
Status check_transition(Place from, Place to);

/// Errors: refused, with the reason: not from here, or `reversions` has reached kMaxReversions.
Status check_reversion(Place from, Phase to, int reversions);

}  // namespace pland::engine
