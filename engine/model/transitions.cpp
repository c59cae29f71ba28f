#include "engine/model/transitions.h"

#include <array>

namespace pland::engine {
namespace {

using enum Phase;
using enum ProcessingState;

constexpr std::array kTransitions{
    // Strategize: reads, and decides what to do.
    Transition{{action, queued}, {strategize, queued}, "use"},
    Transition{{strategize, queued}, {strategize, processing}, "strategize"},
    Transition{{strategize, queued}, {strategize, cancelled}, "cancel"},
    Transition{{strategize, queued}, {strategize, complete}, "strategize"},
    Transition{{strategize, processing}, {strategize, complete}, "strategize"},
    Transition{{strategize, processing}, {strategize, errored}, "the strategy failed"},
    Transition{{strategize, processing}, {strategize, cancelled}, "cancel"},
    Transition{{strategize, errored}, {strategize, queued}, "revert"},
    Transition{{strategize, complete}, {strategize, cancelled}, "cancel"},
    Transition{{strategize, complete}, {strategize, queued}, "revert"},
    Transition{{strategize, cancelled}, {strategize, queued}, "resume"},
    Transition{{strategize, complete}, {execute, queued}, "execute"},
    Transition{{strategize, complete}, {execute, processing}, "execute"},
    Transition{{strategize, cancelled}, {execute, processing}, "retry"},
    // Execute: works in sandboxes.
    Transition{{execute, queued}, {execute, processing}, "execute"},
    Transition{{execute, queued}, {execute, cancelled}, "cancel"},
    Transition{{execute, queued}, {execute, errored}, "the run failed"},
    Transition{{execute, queued}, {execute, complete}, "resolve"},
    Transition{{execute, processing}, {execute, queued}, "rollback of a subplan"},
    Transition{{execute, processing}, {execute, complete}, "every subplan is complete"},
    Transition{{execute, processing}, {execute, errored}, "a subplan failed, or results clash"},
    Transition{{execute, processing}, {execute, cancelled}, "cancel"},
    Transition{{execute, complete}, {execute, processing}, "retry"},
    Transition{{execute, complete}, {execute, queued}, "rollback"},
    Transition{{execute, complete}, {execute, errored}, "undo of a resolution"},
    Transition{{execute, errored}, {execute, processing}, "retry"},
    Transition{{execute, errored}, {execute, queued}, "rollback"},
    Transition{{execute, errored}, {execute, complete}, "resolve"},
    Transition{{execute, errored}, {execute, cancelled}, "resolve, with cancelled subplans left"},
    Transition{{execute, cancelled}, {execute, processing}, "retry"},
    Transition{{execute, cancelled}, {execute, queued}, "rollback"},
    Transition{{execute, cancelled}, {execute, errored}, "undo of a resolution"},
    Transition{{execute, complete}, {strategize, queued}, "revert"},
    Transition{{execute, errored}, {strategize, queued}, "revert"},
    Transition{{execute, cancelled}, {strategize, queued}, "revert"},
    Transition{{execute, queued}, {strategize, queued}, "revert"},
    // Apply: writes into the project.
    Transition{{execute, complete}, {apply, processing}, "apply"},
    Transition{{execute, errored}, {apply, processing}, "apply of what is there"},
    Transition{{execute, cancelled}, {apply, processing}, "apply of what is there"},
    Transition{{execute, queued}, {apply, processing}, "apply of what is there"},
    Transition{{execute, complete}, {apply, constrained}, "an invariant does not hold"},
    Transition{{execute, errored}, {apply, constrained}, "an invariant does not hold"},
    Transition{{execute, cancelled}, {apply, constrained}, "an invariant does not hold"},
    Transition{{execute, queued}, {apply, constrained}, "an invariant does not hold"},
    Transition{{apply, processing}, {apply, applied}, "apply"},
    Transition{{apply, processing}, {execute, complete}, "apply of a part, or a failed apply"},
    Transition{{apply, processing}, {execute, errored}, "apply of a part, or a failed apply"},
    Transition{{apply, processing}, {execute, cancelled}, "apply of a part, or a failed apply"},
    Transition{{apply, processing}, {execute, queued}, "apply of a part, or a failed apply"},
    Transition{{apply, constrained}, {apply, processing}, "apply"},
    Transition{{apply, constrained}, {execute, errored}, "apply, with conflicts"},
    Transition{{apply, constrained}, {execute, processing}, "retry"},
    Transition{{apply, constrained}, {execute, queued}, "rollback"},
    Transition{{apply, constrained}, {strategize, queued}, "revert"},
    Transition{{apply, applied}, {execute, complete}, "undo"},
    Transition{{apply, applied}, {execute, errored}, "undo"},
    Transition{{apply, applied}, {execute, cancelled}, "undo"},
    Transition{{apply, applied}, {execute, queued}, "undo"},
};

std::string words(Place place) {
  return std::string(to_string(place.phase)) + "/" + std::string(to_string(place.state));
}

}  // namespace

std::span<const Transition> transitions() {
  return kTransitions;
}

bool is_consistent(Place place) {
  switch (place.state) {
    case applied:
    case constrained:
      return place.phase == apply;
    case complete:
    case errored:
    case cancelled:
      return place.phase == strategize || place.phase == execute;
    case processing:
      return place.phase != action;
    case queued:
      return place.phase != apply;
  }
  return false;
}

const Transition* find_transition(Place from, Place to) {
  for (const Transition& transition : kTransitions) {
    if (transition.from == from && transition.to == to) return &transition;
  }
  return nullptr;
}

Status check_transition(Place from, Place to) {
  if (from == to || find_transition(from, to) != nullptr) return {};
  std::string ways;
  for (const Transition& transition : kTransitions) {
    if (!(transition.from == from)) continue;
    ways += (ways.empty() ? "" : ", ") + words(transition.to) + " (" + std::string(transition.by) + ")";
  }
  Error error{ErrorCode::refused,
              "a plan that is " + words(from) + " cannot become " + words(to) +
                  (ways.empty() ? "; nothing leads on from there" : "; from there it can become " + ways)};
  error.context = {{"from", words(from)}, {"to", words(to)}};
  return error;
}

Status check_reversion(Place from, Phase to, int reversions) {
  if (to != strategize) {
    return Error{ErrorCode::refused, "a plan can go back to strategize only, not to " +
                                         std::string(to_string(to)) +
                                         "; a checkpoint takes its files back (rollback)"};
  }
  if (from.state == processing) {
    return Error{ErrorCode::refused,
                 "the plan is at work (" + words(from) + "); cancel it first, then revert it"};
  }
  if (find_transition(from, {strategize, queued}) == nullptr) {
    return Error{ErrorCode::refused,
                 "a plan that is " + words(from) + " cannot go back to strategize" +
                     (from.state == applied ? "; undo its apply first, or make a new plan" : "")};
  }
  if (reversions >= kMaxReversions) {
    return Error{ErrorCode::refused, "the plan went back to strategize " + std::to_string(reversions) +
                                         " times, which is the most; make a new plan from its file"};
  }
  return {};
}

}  // namespace pland::engine
