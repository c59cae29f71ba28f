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

constexpr EnumNames<FailureKind, 15> kFailures{{{FailureKind::none, "none"},
                                                {FailureKind::exit_code, "exit_code"},
                                                {FailureKind::check_failed, "check_failed"},
                                                {FailureKind::timed_out, "timed_out"},
                                                {FailureKind::idle, "idle"},
                                                {FailureKind::killed, "killed"},
                                                {FailureKind::missing_command, "missing_command"},
                                                {FailureKind::setup_failed, "setup_failed"},
                                                {FailureKind::tool_failed, "tool_failed"},
                                                {FailureKind::dependency, "dependency"},
                                                {FailureKind::children, "children"},
                                                {FailureKind::conflict, "conflict"},
                                                {FailureKind::guard, "guard"},
                                                {FailureKind::interrupted, "interrupted"},
                                                {FailureKind::internal, "internal"}}};

constexpr EnumNames<InvariantSource, 3> kSources{{{InvariantSource::plan, "plan"},
                                                  {InvariantSource::project, "project"},
                                                  {InvariantSource::global, "global"}}};

}  // namespace

std::string_view to_string(InvariantSource source) {
  return enum_name(kSources, source);
}
Result<InvariantSource> parse_invariant_source(std::string_view text) {
  return parse_enum(kSources, "source of an invariant", text);
}

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

void to_json(nlohmann::json& json, const PlanInvariant& invariant) {
  json = {{"invariant", invariant.invariant},
          {"source", to_string(invariant.source)},
          {"origin", invariant.origin}};
}

void from_json(const nlohmann::json& json, PlanInvariant& invariant) {
  invariant.invariant = json.at("invariant").get<Invariant>();
  invariant.source = parse_invariant_source(json.at("source").get<std::string>()).value();
  invariant.origin = json.at("origin").get<std::string>();
}

void to_json(nlohmann::json& json, const ProjectLink& link) {
  json = {{"project_name", link.project_name},
          {"alias", link.alias},
          {"read_only", link.read_only},
          {"base_commit", link.base_commit},
          {"merged_commit", link.merged_commit},
          {"base_ref_commit", link.base_ref_commit},
          {"applied_at", link.applied_at.value_or(0)},
          {"error", link.error}};
}

void from_json(const nlohmann::json& json, ProjectLink& link) {
  link.project_name = json.at("project_name").get<std::string>();
  link.alias = json.at("alias").get<std::string>();
  link.read_only = json.at("read_only").get<bool>();
  link.base_commit = json.at("base_commit").get<std::string>();
  link.merged_commit = json.at("merged_commit").get<std::string>();
  link.base_ref_commit = json.at("base_ref_commit").get<std::string>();
  if (const auto applied = json.at("applied_at").get<Timestamp>(); applied != 0) link.applied_at = applied;
  link.error = json.at("error").get<std::string>();
}

}  // namespace pland::engine
