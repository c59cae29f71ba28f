// What the server offers to this client: nothing that is not real, nothing that the client cannot use. Pure;
// a test keeps the whole answer for each kind of client.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "protocol/lsp/client_capabilities.h"

namespace pland::server {

/// `InitializeResult` as it goes on the wire.
nlohmann::json initialize_result(const lsp::ClientCapabilities& client);

/// The names of our commands: "pland.spawn" ...
std::vector<std::string> command_names();

}  // namespace pland::server
