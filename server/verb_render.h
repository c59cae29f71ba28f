// The verbs' answers as text for a terminal: one function an answer, ending in a line end. Pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace pland::server {

using Json = nlohmann::json;

std::string render_spawned(const Json& answer);
std::string render_status(const Json& answer);
std::string render_state(const Json& answer);
std::string render_checkpoint(const Json& answer);
std::string render_checkpoints(const Json& answer);
std::string render_rollback(const Json& answer);
std::string render_conflicts(const Json& answer);
std::string render_resolved(const Json& answer);
std::string render_diff(const Json& answer);
std::string render_log(const Json& answer);
std::string render_applied(const Json& answer);
std::string render_undone(const Json& answer);
std::string render_doctor(const Json& answer);

std::string render_resumed(const Json& answer);
std::string render_tree(const Json& answer);
std::string render_errors(const Json& answer);
std::string render_events(const Json& answer);

}  // namespace pland::server
