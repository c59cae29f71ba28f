// The verbs that look and change nothing. See verbs.h.
#pragma once

#include "server/verbs.h"

namespace pland::server {

asio::awaitable<Answer> plan_status(VerbHost& host, Json params);
asio::awaitable<Answer> plan_diff(VerbHost& host, Json params);
asio::awaitable<Answer> subplan_log(VerbHost& host, Json params);
asio::awaitable<Answer> list_checkpoints(VerbHost& host, Json params);
asio::awaitable<Answer> list_conflicts(VerbHost& host, Json params);
asio::awaitable<Answer> doctor(VerbHost& host, Json params);
/// Of doctor's answer: no check found an error.
bool nothing_is_wrong(const Json& answer);

}  // namespace pland::server
