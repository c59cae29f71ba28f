// "Something changed, look again": what coroutines on the loop wait for between two looks at shared state.
// Loop thread only. Every notification wakes every waiter; a waiter that must not miss one that comes while
// it looks takes `seen()` before it looks and waits for a later one:
//
//   for (;;) {
//     const auto seen = signal.seen();
//     if (look()) break;
//     co_await signal.wait(seen);
//   }
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <cstdint>

namespace pland::engine {

class Signal {
 public:
  explicit Signal(const asio::any_io_executor& executor)
      : timer_(executor, asio::steady_timer::time_point::max()) {}

  void notify() {
    ++count_;
    timer_.cancel();
  }

  /// How many notifications there were.
  std::uint64_t seen() const { return count_; }

  /// Returns once there were more than `seen` notifications.
  asio::awaitable<void> wait(std::uint64_t seen) {
    while (count_ == seen) {
      asio::error_code ignored;  // operation_aborted is how notify speaks
      co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
  }

  /// Returns at the next notification.
  asio::awaitable<void> wait() { co_await wait(count_); }

 private:
  asio::steady_timer timer_;
  std::uint64_t count_ = 0;
};

}  // namespace pland::engine
