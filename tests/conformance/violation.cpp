#include "tests/conformance/violation.h"

namespace pland::conformance {
namespace {

struct Named {
  Check check;
  const char* name;
};

constexpr Named names[] = {
    {Check::malformed_message, "malformed message"},
    {Check::unknown_method, "unknown method"},
    {Check::wrong_direction, "wrong direction"},
    {Check::wrong_message_kind, "wrong message kind"},
    {Check::missing_property, "missing property"},
    {Check::wrong_type, "wrong type"},
    {Check::bad_value, "bad value"},
    {Check::unknown_property, "unknown property"},
    {Check::bad_uri, "bad uri"},
    {Check::unknown_reply_id, "unknown reply id"},
    {Check::second_reply, "second reply"},
    {Check::no_reply, "no reply"},
    {Check::reused_request_id, "reused request id"},
    {Check::malformed_error, "malformed error"},
    {Check::unknown_error_code, "unknown error code"},
    {Check::uninvited_cancellation, "uninvited cancellation"},
    {Check::accepted_out_of_turn, "accepted out of turn"},
    {Check::accepted_unknown_method, "accepted unknown method"},
    {Check::refused_advertised_method, "refused advertised method"},
    {Check::before_initialize_reply, "before initialize reply"},
    {Check::request_after_shutdown, "request after shutdown"},
    {Check::unclean_end, "unclean end"},
    {Check::out_of_turn, "out of turn"},
    {Check::encoding_not_offered, "encoding not offered"},
    {Check::undeclared_request, "undeclared request"},
    {Check::undeclared_notification, "undeclared notification"},
    {Check::undeclared_feature, "undeclared feature"},
    {Check::registration_before_initialized, "registration before initialized"},
    {Check::undeclared_registration, "undeclared registration"},
    {Check::duplicate_registration, "duplicate registration"},
    {Check::unknown_registration, "unknown registration"},
    {Check::not_advertised, "not advertised"},
    {Check::unadvertised_command, "unadvertised command"},
    {Check::unknown_progress_token, "unknown progress token"},
    {Check::reused_progress_token, "reused progress token"},
    {Check::progress_before_created, "progress before created"},
    {Check::progress_without_begin, "progress without begin"},
    {Check::progress_begun_twice, "progress begun twice"},
    {Check::progress_after_end, "progress after end"},
    {Check::progress_backwards, "progress backwards"},
    {Check::progress_not_ended, "progress not ended"},
    {Check::position_outside, "position outside"},
    {Check::position_inside_character, "position inside character"},
    {Check::inverted_range, "inverted range"},
    {Check::stale_version, "stale version"},
    {Check::unversioned_edit, "unversioned edit"},
    {Check::overlapping_edits, "overlapping edits"},
    {Check::unknown_diagnostics_version, "unknown diagnostics version"},
    {Check::respelled_uri, "respelled uri"},
    {Check::bad_document_sync, "bad document sync"},
    {Check::empty_message, "empty message"},
    {Check::pushed_and_pulled, "pushed and pulled"},
    {Check::unknown_annotation, "unknown annotation"},
    {Check::inert_code_action, "inert code action"},
    {Check::resolve_changed_property, "resolve changed property"},
    {Check::selection_outside_range, "selection outside range"},
    {Check::unwanted_trace, "unwanted trace"},
};

}  // namespace

const std::vector<Check>& all_checks() {
  static const std::vector<Check> checks = [] {
    std::vector<Check> all;
    for (const Named& named : names) all.push_back(named.check);
    return all;
  }();
  return checks;
}

const char* name_of(Check check) {
  return names[static_cast<std::size_t>(check)].name;
}

std::string to_string(const Violation& violation) {
  std::string text = "#" + std::to_string(violation.message);
  text += violation.direction == Direction::server_to_client ? " server: " : " client: ";
  text += violation.method.empty() ? "(no method)" : violation.method;
  if (!violation.path.empty()) text += " at " + violation.path;
  return text + ": " + name_of(violation.check) + ": " + violation.text;
}

}  // namespace pland::conformance
