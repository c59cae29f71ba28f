// The verbs that change a plan's result or the user's files. See verbs.h.
#pragma once

#include "server/verbs.h"

namespace pland::server {

asio::awaitable<Answer> make_checkpoint(VerbHost& host, Json params);
asio::awaitable<Answer> rollback_plan(VerbHost& host, Json params);
asio::awaitable<jsonrpc::Outcome<Question>> rollback_question(VerbHost& host, Json params);
asio::awaitable<Answer> resolve_conflict(VerbHost& host, Json params);
asio::awaitable<Answer> apply_plan(VerbHost& host, Json params);
asio::awaitable<Answer> undo_operation(VerbHost& host, Json params);

}  // namespace pland::server
