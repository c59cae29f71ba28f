// The verbs that take a plan from one phase to another: execute, resume, revert. Loop thread only.
#pragma once

#include <asio/awaitable.hpp>

#include "server/verbs.h"

namespace pland::server {

asio::awaitable<Answer> execute_plan(VerbHost& host, Json params);
asio::awaitable<Answer> resume_plan(VerbHost& host, Json params);
asio::awaitable<Answer> revert_plan(VerbHost& host, Json params);

}  // namespace pland::server
