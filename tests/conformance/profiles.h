// What real clients declared in their initialize request, to run a session under each of them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace pland::conformance {

// Names of the files in client_profiles/, without ".json": recorded clients, `bare` (declares nothing) and
// `full` (declares everything of LSP 3.18 that a server of plans can use).
std::vector<std::string> profile_names();

// {clientInfo: {name, version}, capabilities: {...}}. Throws std::runtime_error that lists the known names.
nlohmann::json client_profile(const std::string& name);

}  // namespace pland::conformance
