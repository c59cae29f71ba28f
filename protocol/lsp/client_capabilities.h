// What the client can do, flattened to the questions that the server asks.
//
// Reading never fails: a capability of an unexpected shape counts as absent, so that an editor's oddity
// cannot make `initialize` fail. Writing gives the nested form back (for tests that play a client).
#pragma once

#include <string_view>

#include "protocol/lsp/text_position.h"

namespace pland::lsp {

struct ClientCapabilities {
  // general
  /// In the client's order of preference; encodings that we do not know are left out.
  std::vector<PositionEncoding> position_encodings;
  bool stale_request_cancel = false;

  // workspace
  bool apply_edit = false;
  bool document_changes = false;
  std::vector<std::string> resource_operations;  ///< "create", "rename", "delete"
  std::optional<std::string> failure_handling = {};
  bool configuration = false;
  bool workspace_folders = false;
  bool did_change_configuration_registration = false;
  bool watched_files_registration = false;
  bool watched_files_relative_pattern = false;
  bool code_lens_refresh = false;
  bool diagnostics_refresh = false;
  bool text_document_content = false;  ///< virtual documents of the server's own schemes

  // textDocument
  bool diagnostic_related_information = false;
  bool diagnostic_version = false;
  bool diagnostic_code_description = false;
  bool diagnostic_data = false;
  std::vector<std::int32_t> diagnostic_tags;
  bool code_action_literals = false;
  bool code_action_is_preferred = false;
  bool code_action_disabled = false;
  bool code_action_data = false;
  std::vector<std::string> code_action_resolve;  ///< properties that may be left for codeAction/resolve
  bool hierarchical_document_symbols = false;
  std::vector<std::string> hover_formats;

  // window
  bool work_done_progress = false;
  bool show_document = false;
  bool show_message_extra_properties = false;

  /// Null when absent.
  Json experimental;

  /// "create", "rename" or "delete" in a WorkspaceEdit: listed, and documentChanges declared to carry it.
  bool can(std::string_view resource_operation) const;
};
bool read_json(jsonrpc::Reader in, ClientCapabilities& out);
void write_json(jsonrpc::Writer out, const ClientCapabilities& value);

/// The client's favourite among those we know; utf-16 when it names none.
PositionEncoding choose_position_encoding(const ClientCapabilities& capabilities);

/// Whether the client can answer this request of the server. Requests without a capability of their own
/// (window/showMessageRequest, client/registerCapability) it always can.
bool can_answer(const ClientCapabilities& capabilities, std::string_view method);

}  // namespace pland::lsp
