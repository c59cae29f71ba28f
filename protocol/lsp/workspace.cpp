#include "protocol/lsp/workspace.h"

#include "protocol/jsonrpc/fields.h"

namespace pland::lsp {

PLAND_JSON_FIELDS(ExecuteCommandParams, required("command", &ExecuteCommandParams::command),
                  optional("arguments", &ExecuteCommandParams::arguments),
                  optional("workDoneToken", &ExecuteCommandParams::work_done_token))
PLAND_JSON_FIELDS(ConfigurationItem, optional("scopeUri", &ConfigurationItem::scope_uri),
                  optional("section", &ConfigurationItem::section))
PLAND_JSON_FIELDS(ConfigurationParams, required("items", &ConfigurationParams::items))
// The specification requires settings; clients that are to be asked for them leave them out.
PLAND_JSON_FIELDS(DidChangeConfigurationParams,
                  defaulted("settings", &DidChangeConfigurationParams::settings))
PLAND_JSON_FIELDS(WorkspaceFoldersChangeEvent, required("added", &WorkspaceFoldersChangeEvent::added),
                  required("removed", &WorkspaceFoldersChangeEvent::removed))
PLAND_JSON_FIELDS(DidChangeWorkspaceFoldersParams, required("event", &DidChangeWorkspaceFoldersParams::event))
PLAND_JSON_FIELDS(Registration, required("id", &Registration::id), required("method", &Registration::method),
                  optional("registerOptions", &Registration::register_options))
PLAND_JSON_FIELDS(RegistrationParams, required("registrations", &RegistrationParams::registrations))
PLAND_JSON_FIELDS(Unregistration, required("id", &Unregistration::id),
                  required("method", &Unregistration::method))
PLAND_JSON_FIELDS(UnregistrationParams, required("unregisterations", &UnregistrationParams::unregisterations))
PLAND_JSON_FIELDS(FileSystemWatcher, required("globPattern", &FileSystemWatcher::glob_pattern),
                  optional("kind", &FileSystemWatcher::kind))
PLAND_JSON_FIELDS(DidChangeWatchedFilesRegistrationOptions,
                  required("watchers", &DidChangeWatchedFilesRegistrationOptions::watchers))

}  // namespace pland::lsp
