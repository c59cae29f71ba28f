#include "tests/conformance/capabilities.h"

#include <algorithm>

namespace pland::conformance {

const Json* at_path(const Json& object, const std::string& path) {
  const Json* here = &object;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t dot = std::min(path.find('.', at), path.size());
    const auto found = here->is_object() ? here->find(path.substr(at, dot - at)) : here->end();
    if (!here->is_object() || found == here->end()) return nullptr;
    here = &*found;
    at = dot + 1;
  }
  return here;
}

bool declared(const Json& capabilities, const std::string& path) {
  if (path.empty()) return true;
  const Json* found = at_path(capabilities, path);
  return found != nullptr && !found->is_null() && *found != false;
}

std::string request_capability(const Method& method) {
  if (method.name == "workspace/codeLens/refresh") return "workspace.codeLens.refreshSupport";
  if (method.name == "workspace/textDocumentContent/refresh") return "workspace.textDocumentContent";
  return method.client_capability;
}

bool may_register(const Json& client_capabilities, const Method& method) {
  // These have no dynamicRegistration of their own.
  if (method.name == "workspace/didChangeWorkspaceFolders") {
    return declared(client_capabilities, "workspace.workspaceFolders");
  }
  // "textDocument.synchronization.didSave" is registered under "textDocument.synchronization".
  std::string path = method.client_capability;
  while (std::count(path.begin(), path.end(), '.') >= 1) {
    if (declared(client_capabilities, path + ".dynamicRegistration")) return true;
    path.erase(path.rfind('.'));
  }
  return false;
}

bool Offer::offers_statically(const Method& method) const {
  const std::string& path = method.server_capability;
  const std::string sync = "textDocumentSync";
  if (path.compare(0, sync.size(), sync) == 0) {
    const Json* kind = at_path(server_capabilities, sync);
    // The short form, a number, promises open, close, save and changes of that kind.
    if (kind != nullptr && kind->is_number()) return *kind != 0 && path.find("willSave") == std::string::npos;
    if (method.name == "textDocument/didChange") {
      const Json* change = at_path(server_capabilities, sync + ".change");
      return change != nullptr && *change != 0;
    }
  }
  return !path.empty() && declared(server_capabilities, path);
}

bool Offer::registered(const std::string& method) const {
  return std::any_of(registrations.begin(), registrations.end(),
                     [&](const auto& entry) { return entry.second.method == method; });
}

bool Offer::offers(const Method& method) const {
  // Without a capability of its own a method may always be called, once something led to it.
  if (method.server_capability.empty() || offers_statically(method)) return true;
  if (registered(method.name)) return true;
  if (!method.registration_method.empty()) return registered(method.registration_method);
  // x/resolve comes with the registration of textDocument/x or workspace/x.
  const std::size_t slash = method.name.find("/resolve");
  if (slash == std::string::npos) return false;
  const std::string stem = method.name.substr(0, slash);
  const std::string owner = stem == "completionItem"    ? "textDocument/completion"
                            : stem == "workspaceSymbol" ? "workspace/symbol"
                                                        : "textDocument/" + stem;
  return std::any_of(registrations.begin(), registrations.end(), [&](const auto& entry) {
    return entry.second.method == owner && declared(entry.second.options, "resolveProvider");
  });
}

std::set<std::string> Offer::commands() const {
  std::set<std::string> names;
  auto add = [&](const Json* list) {
    if (list == nullptr || !list->is_array()) return;
    for (const Json& name : *list) {
      if (name.is_string()) names.insert(name.get<std::string>());
    }
  };
  add(at_path(server_capabilities, "executeCommandProvider.commands"));
  for (const auto& [id, registration] : registrations) {
    if (registration.method == "workspace/executeCommand") add(at_path(registration.options, "commands"));
  }
  return names;
}

}  // namespace pland::conformance
