// Questions to the capabilities that the two sides exchanged in `initialize`, by dotted path
// ("window.showDocument").
#pragma once

#include <map>
#include <set>
#include <string>

#include "tests/conformance/shapes.h"

namespace pland::conformance {

// nullptr when a step of the path is missing.
const Json* at_path(const Json& object, const std::string& path);

// Something is there, and it is neither null nor false. An empty path is always declared.
bool declared(const Json& capabilities, const std::string& path);

// The client's capability that allows the server to send this request: the model's, or a finer one where the
// model names only the feature's parent.
std::string request_capability(const Method& method);

// The client lets the server register this method dynamically.
bool may_register(const Json& client_capabilities, const Method& method);

// What the server offers: by its initialize result, and by registrations that the client accepted.
struct Offer {
  Json server_capabilities = Json::object();
  struct Registration {
    std::string method;
    Json options;
  };
  std::map<std::string, Registration> registrations;  // by id

  bool offers(const Method& method) const;
  bool offers_statically(const Method& method) const;
  bool registered(const std::string& method) const;
  std::set<std::string> commands() const;
};

}  // namespace pland::conformance
