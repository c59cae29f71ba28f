#include "engine/base/delay.h"

#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

namespace pland::engine {

asio::awaitable<bool> delay(std::chrono::milliseconds duration, Cancellation cancellation) {
  if (cancellation.cancelled()) co_return false;
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  const auto registration = cancellation.on_cancel([&timer] { timer.cancel(); });
  asio::error_code error;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  co_return !cancellation.cancelled();
}

}  // namespace pland::engine
