// `pland <verb>`: one verb called from the command line, in the project of the current folder.
#pragma once

#include <asio/awaitable.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "server/cli_host.h"
#include "server/verbs.h"

namespace pland::server {

/// Puts a positional FILE|ID into the params: a file as `uri`, anything else as `planId`.
void fill_target(Json& params, const std::string& argument);

/// Runs the verb, waits for the work it started, prints the answer, returns the exit code (cli_host.h).
asio::awaitable<int> verb_command(CliHost& host, const Verb& verb, Json params, bool json);

}  // namespace pland::server
