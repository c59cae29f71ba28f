// The verbs that tell how a plan came to be what it is: tree, errors, events. They change nothing. Loop
// thread.
#pragma once

#include <asio/awaitable.hpp>

#include "server/verbs.h"

namespace pland::server {

asio::awaitable<Answer> plan_tree(VerbHost& host, Json params);
asio::awaitable<Answer> plan_errors(VerbHost& host, Json params);
asio::awaitable<Answer> list_events(VerbHost& host, Json params);

}  // namespace pland::server
