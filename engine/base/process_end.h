// Waiting for the end of a process by its pidfd. Loop thread only.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <functional>

namespace pland::engine {

/// Calls back once the process has ended, with the error of the wait (operation_aborted when it was
/// cancelled). Not `async_wait` alone: Asio uses the record of a closed descriptor again at once, and an
/// event that was on its way to the old one then wakes whoever waits on the new one. What was woken for
/// nothing waits on. `process` must live until the callback, or be cancelled.
void wait_for_end(asio::posix::stream_descriptor& process,
                  std::function<void(const asio::error_code&)> callback);

/// Whether the process of this pidfd has ended.
bool has_ended(int pidfd);

}  // namespace pland::engine
