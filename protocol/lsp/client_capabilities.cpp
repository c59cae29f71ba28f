#include "protocol/lsp/client_capabilities.h"

#include <algorithm>
#include <array>

#include "protocol/lsp/methods.h"

namespace pland::lsp {
namespace {

using C = ClientCapabilities;

template <typename M>
struct At {
  std::string_view path;  ///< members separated by '.'
  M C::*member;
};

constexpr std::array flags = {
    At<bool>{"general.staleRequestSupport.cancel", &C::stale_request_cancel},
    At<bool>{"workspace.applyEdit", &C::apply_edit},
    At<bool>{"workspace.workspaceEdit.documentChanges", &C::document_changes},
    At<bool>{"workspace.configuration", &C::configuration},
    At<bool>{"workspace.workspaceFolders", &C::workspace_folders},
    At<bool>{"workspace.didChangeConfiguration.dynamicRegistration",
             &C::did_change_configuration_registration},
    At<bool>{"workspace.didChangeWatchedFiles.dynamicRegistration", &C::watched_files_registration},
    At<bool>{"workspace.didChangeWatchedFiles.relativePatternSupport", &C::watched_files_relative_pattern},
    At<bool>{"workspace.codeLens.refreshSupport", &C::code_lens_refresh},
    At<bool>{"workspace.diagnostics.refreshSupport", &C::diagnostics_refresh},
    At<bool>{"textDocument.publishDiagnostics.relatedInformation", &C::diagnostic_related_information},
    At<bool>{"textDocument.publishDiagnostics.versionSupport", &C::diagnostic_version},
    At<bool>{"textDocument.publishDiagnostics.codeDescriptionSupport", &C::diagnostic_code_description},
    At<bool>{"textDocument.publishDiagnostics.dataSupport", &C::diagnostic_data},
    At<bool>{"textDocument.codeAction.isPreferredSupport", &C::code_action_is_preferred},
    At<bool>{"textDocument.codeAction.disabledSupport", &C::code_action_disabled},
    At<bool>{"textDocument.codeAction.dataSupport", &C::code_action_data},
    At<bool>{"textDocument.documentSymbol.hierarchicalDocumentSymbolSupport",
             &C::hierarchical_document_symbols},
    At<bool>{"window.workDoneProgress", &C::work_done_progress},
    At<bool>{"window.showDocument.support", &C::show_document},
    At<bool>{"window.showMessage.messageActionItem.additionalPropertiesSupport",
             &C::show_message_extra_properties},
};

/// Capabilities that are said by an object being there.
constexpr std::array presences = {
    At<bool>{"textDocument.codeAction.codeActionLiteralSupport", &C::code_action_literals},
    At<bool>{"workspace.textDocumentContent", &C::text_document_content},
};

constexpr std::array string_lists = {
    At<std::vector<std::string>>{"workspace.workspaceEdit.resourceOperations", &C::resource_operations},
    At<std::vector<std::string>>{"textDocument.codeAction.resolveSupport.properties",
                                 &C::code_action_resolve},
    At<std::vector<std::string>>{"textDocument.hover.contentFormat", &C::hover_formats},
};

constexpr std::string_view encodings_path = "general.positionEncodings";
constexpr std::string_view failure_handling_path = "workspace.workspaceEdit.failureHandling";
constexpr std::string_view tags_path = "textDocument.publishDiagnostics.tagSupport.valueSet";

/// Calls `step` with each member name of the path in turn.
template <typename F>
void for_each_step(std::string_view path, F step) {
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    step(path.substr(0, dot));
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
}

const Json* find(const Json& root, std::string_view path) {
  const Json* at = &root;
  for_each_step(path, [&at](std::string_view name) {
    if (!at || !at->is_object()) {
      at = nullptr;
      return;
    }
    const auto found = at->find(name);
    at = found == at->end() ? nullptr : &*found;
  });
  return at;
}

Json& make(Json& root, std::string_view path) {
  Json* at = &root;
  for_each_step(path, [&at](std::string_view name) { at = &(*at)[std::string(name)]; });
  return *at;
}

/// The elements of the array at `path` that have the type T.
template <typename T>
std::vector<T> list_at(const Json& root, std::string_view path) {
  std::vector<T> out;
  const Json* array = find(root, path);
  if (!array || !array->is_array()) return out;
  for (const Json& element : *array) {
    jsonrpc::ReadProblems passed_over;
    T value{};
    if (read_json(jsonrpc::Reader(element, "element", passed_over), value)) out.push_back(std::move(value));
  }
  return out;
}

template <typename T>
void put_list(Json& root, std::string_view path, const std::vector<T>& values) {
  if (!values.empty()) write_json(jsonrpc::Writer(make(root, path)), values);
}

}  // namespace

bool ClientCapabilities::can(std::string_view resource_operation) const {
  return document_changes && std::find(resource_operations.begin(), resource_operations.end(),
                                       resource_operation) != resource_operations.end();
}

bool read_json(jsonrpc::Reader in, ClientCapabilities& out) {
  const Json& root = in.json();
  out = {};
  for (const auto& flag : flags) {
    const Json* value = find(root, flag.path);
    out.*flag.member = value && value->is_boolean() && value->get<bool>();
  }
  for (const auto& presence : presences) {
    const Json* value = find(root, presence.path);
    out.*presence.member = value && (value->is_object() || (value->is_array() && value->empty()));
  }
  for (const auto& list : string_lists) out.*list.member = list_at<std::string>(root, list.path);
  out.position_encodings = list_at<PositionEncoding>(root, encodings_path);
  out.diagnostic_tags = list_at<std::int32_t>(root, tags_path);
  if (const Json* value = find(root, failure_handling_path); value && value->is_string()) {
    out.failure_handling = value->get<std::string>();
  }
  if (const Json* value = find(root, "experimental")) out.experimental = *value;
  return true;
}

void write_json(jsonrpc::Writer out, const ClientCapabilities& value) {
  Json root = Json::object();
  for (const auto& flag : flags) {
    if (value.*flag.member) make(root, flag.path) = true;
  }
  for (const auto& presence : presences) {
    if (value.*presence.member) make(root, presence.path) = Json::object();
  }
  // The one required member of codeActionLiteralSupport.
  if (value.code_action_literals) {
    make(root, "textDocument.codeAction.codeActionLiteralSupport.codeActionKind.valueSet") =
        Json::array({""});
  }
  for (const auto& list : string_lists) put_list(root, list.path, value.*list.member);
  put_list(root, encodings_path, value.position_encodings);
  put_list(root, tags_path, value.diagnostic_tags);
  if (value.failure_handling) make(root, failure_handling_path) = *value.failure_handling;
  if (!value.experimental.is_null()) root["experimental"] = value.experimental;
  out.set_copy(root);
}

PositionEncoding choose_position_encoding(const ClientCapabilities& capabilities) {
  return capabilities.position_encodings.empty() ? PositionEncoding::utf16
                                                 : capabilities.position_encodings.front();
}

bool can_answer(const ClientCapabilities& capabilities, std::string_view method) {
  struct Need {
    std::string_view method;
    bool C::*capability;
  };
  static constexpr std::array needs = {
      Need{method::apply_edit, &C::apply_edit},
      Need{method::configuration, &C::configuration},
      Need{method::workspace_folders, &C::workspace_folders},
      Need{method::code_lens_refresh, &C::code_lens_refresh},
      Need{method::diagnostic_refresh, &C::diagnostics_refresh},
      Need{method::text_document_content_refresh, &C::text_document_content},
      Need{method::work_done_progress_create, &C::work_done_progress},
      Need{method::show_document, &C::show_document},
  };
  for (const Need& need : needs) {
    if (need.method == method) return capabilities.*need.capability;
  }
  return true;
}

}  // namespace pland::lsp
