// What the validator reports. Each check has an identifier, so that a test can plant every fault once and see
// that none is left out.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace pland::conformance {

enum class Direction { client_to_server, server_to_client };

enum class Check {
  // the envelope
  malformed_message,
  unknown_method,
  wrong_direction,
  wrong_message_kind,
  // shapes
  missing_property,
  wrong_type,
  bad_value,
  unknown_property,
  bad_uri,
  // replies
  unknown_reply_id,
  second_reply,
  no_reply,
  reused_request_id,
  malformed_error,
  unknown_error_code,
  uninvited_cancellation,
  accepted_out_of_turn,
  accepted_unknown_method,
  refused_advertised_method,
  // lifecycle
  before_initialize_reply,
  request_after_shutdown,
  unclean_end,
  out_of_turn,
  encoding_not_offered,
  // capabilities
  undeclared_request,
  undeclared_notification,
  undeclared_feature,
  registration_before_initialized,
  undeclared_registration,
  duplicate_registration,
  unknown_registration,
  not_advertised,
  unadvertised_command,
  // progress
  unknown_progress_token,
  reused_progress_token,
  progress_before_created,
  progress_without_begin,
  progress_begun_twice,
  progress_after_end,
  progress_backwards,
  progress_not_ended,
  // documents
  position_outside,
  position_inside_character,
  inverted_range,
  stale_version,
  unversioned_edit,
  overlapping_edits,
  unknown_diagnostics_version,
  respelled_uri,
  bad_document_sync,
  // contents
  empty_message,
  pushed_and_pulled,
  unknown_annotation,
  inert_code_action,
  resolve_changed_property,
  selection_outside_range,
  unwanted_trace,
};

// Every check, in the order above.
const std::vector<Check>& all_checks();
const char* name_of(Check check);

struct Violation {
  Check check;
  std::size_t message =
      0;  // index in the session, counting both directions; the number of messages for finish()
  Direction direction = Direction::server_to_client;
  std::string method;  // of the message, or of the request that a reply answers
  std::string path;    // inside the message, such as params.diagnostics[0].range
  std::string text;
};

std::string to_string(const Violation& violation);

}  // namespace pland::conformance
