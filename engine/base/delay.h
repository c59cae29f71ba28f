// Waiting for time to pass, in a coroutine. Loop thread only.
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>

#include "engine/base/cancellation.h"

namespace pland::engine {

/// Suspends for `duration`, or until `cancellation` is cancelled. True when the time passed.
asio::awaitable<bool> delay(std::chrono::milliseconds duration, Cancellation cancellation);

}  // namespace pland::engine
