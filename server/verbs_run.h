// The verbs that start and stop work. See verbs.h.
#pragma once

#include "server/verbs.h"

namespace pland::server {

asio::awaitable<Answer> use_plan(VerbHost& host, Json params);
asio::awaitable<Answer> spawn_plan(VerbHost& host, Json params);
asio::awaitable<Answer> cancel_plan(VerbHost& host, Json params);
asio::awaitable<Answer> retry_plan(VerbHost& host, Json params);

/// "src/x.plan.yaml:3:5: error: unknown key ... [unknown-key]", with the hint on a line of its own.
std::string problem_line(const std::string& file, const engine::planfile::Problem& problem);

}  // namespace pland::server
