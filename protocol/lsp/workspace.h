// Commands, configuration, folders and dynamic registration.
#pragma once

#include "protocol/lsp/basic.h"

namespace pland::lsp {

struct ExecuteCommandParams {
  std::string command;
  std::optional<std::vector<Json>> arguments = {};
  std::optional<ProgressToken> work_done_token = {};
};
PLAND_JSON_STRUCT(ExecuteCommandParams);

struct ConfigurationItem {
  std::optional<DocumentUri> scope_uri = {};
  std::optional<std::string> section = {};
};
PLAND_JSON_STRUCT(ConfigurationItem);

struct ConfigurationParams {
  std::vector<ConfigurationItem> items;
};
PLAND_JSON_STRUCT(ConfigurationParams);
/// One value an item, null where the client has none.
using ConfigurationResult = std::vector<Json>;

struct DidChangeConfigurationParams {
  Json settings;
};
PLAND_JSON_STRUCT(DidChangeConfigurationParams);

struct WorkspaceFoldersChangeEvent {
  std::vector<WorkspaceFolder> added;
  std::vector<WorkspaceFolder> removed;
};
PLAND_JSON_STRUCT(WorkspaceFoldersChangeEvent);

struct DidChangeWorkspaceFoldersParams {
  WorkspaceFoldersChangeEvent event;
};
PLAND_JSON_STRUCT(DidChangeWorkspaceFoldersParams);

struct Registration {
  std::string id;
  std::string method;
  std::optional<Json> register_options = {};
};
PLAND_JSON_STRUCT(Registration);

struct RegistrationParams {
  std::vector<Registration> registrations;
};
PLAND_JSON_STRUCT(RegistrationParams);

struct Unregistration {
  std::string id;
  std::string method;
};
PLAND_JSON_STRUCT(Unregistration);

struct UnregistrationParams {
  std::vector<Unregistration> unregisterations;  ///< spelled so in the specification
};
PLAND_JSON_STRUCT(UnregistrationParams);

/// `kind`: sum of create 1, change 2, delete 4; absent means all.
struct FileSystemWatcher {
  std::string glob_pattern;
  std::optional<std::uint32_t> kind = {};
};
PLAND_JSON_STRUCT(FileSystemWatcher);

struct DidChangeWatchedFilesRegistrationOptions {
  std::vector<FileSystemWatcher> watchers;
};
PLAND_JSON_STRUCT(DidChangeWatchedFilesRegistrationOptions);

}  // namespace pland::lsp
