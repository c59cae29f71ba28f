// What a message of the server says about the client's documents and features: positions, edits, versions,
// URIs, diagnostics, gates. Runs on values that already fit their shape.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "tests/conformance/document_history.h"
#include "tests/conformance/shapes.h"
#include "tests/conformance/violation.h"

namespace pland::conformance {

struct ContentContext {
  const Shapes& shapes;
  const DocumentHistory& documents;
  const Json& client_capabilities;
  std::string method;        // of the message, or of the request that it answers
  std::string document_uri;  // of the request's document, which a bare range belongs to; may be empty
  std::size_t read = 0;      // the server has read the client's messages up to this one
  bool is_reply = false;
  bool can_resolve_code_actions = false;  // both sides: an action may come without edit and command
  std::set<std::string> known_commands;   // of the server and of the client
  std::function<void(Check, const std::string& path, const std::string& text)> report;
  // A full set of diagnostics for a document, pushed or pulled.
  std::function<void(const std::string& uri, bool any, const std::string& path)> diagnostics_for;
};

void check_content(const ContentContext& context, const Type& type, const Json& value,
                   const std::string& path);

}  // namespace pland::conformance
