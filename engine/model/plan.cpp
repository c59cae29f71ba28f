#include "engine/model/plan.h"

#include "engine/model/enum_names.h"

namespace pland::engine {
namespace {

constexpr EnumNames<Phase, 4> kPhases{{{Phase::action, "action"},
                                       {Phase::strategize, "strategize"},
                                       {Phase::execute, "execute"},
                                       {Phase::apply, "apply"}}};

constexpr EnumNames<ProcessingState, 7> kStates{{{ProcessingState::queued, "queued"},
                                                 {ProcessingState::processing, "processing"},
                                                 {ProcessingState::complete, "complete"},
                                                 {ProcessingState::errored, "errored"},
                                                 {ProcessingState::cancelled, "cancelled"},
                                                 {ProcessingState::applied, "applied"},
                                                 {ProcessingState::constrained, "constrained"}}};

constexpr EnumNames<FailureKind, 12> kFailures{{{FailureKind::none, "none"},
                                                {FailureKind::exit_code, "exit_code"},
                                                {FailureKind::check_failed, "check_failed"},
                                                {FailureKind::timed_out, "timed_out"},
                                                {FailureKind::idle, "idle"},
                                                {FailureKind::killed, "killed"},
                                                {FailureKind::missing_command, "missing_command"},
                                                {FailureKind::setup_failed, "setup_failed"},
                                                {FailureKind::tool_failed, "tool_failed"},
                                                {FailureKind::dependency, "dependency"},
                                                {FailureKind::interrupted, "interrupted"},
                                                {FailureKind::internal, "internal"}}};

}  // namespace

std::string_view to_string(Phase phase) {
  return enum_name(kPhases, phase);
}
std::string_view to_string(ProcessingState state) {
  return enum_name(kStates, state);
}
std::string_view to_string(FailureKind kind) {
  return enum_name(kFailures, kind);
}
Result<Phase> parse_phase(std::string_view text) {
  return parse_enum(kPhases, "phase", text);
}
Result<ProcessingState> parse_processing_state(std::string_view text) {
  return parse_enum(kStates, "processing state", text);
}
Result<FailureKind> parse_failure_kind(std::string_view text) {
  return parse_enum(kFailures, "failure kind", text);
}

bool is_settled(ProcessingState state) {
  return state == ProcessingState::complete || state == ProcessingState::errored ||
         state == ProcessingState::cancelled || state == ProcessingState::applied;
}

}  // namespace pland::engine
