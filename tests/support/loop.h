// Running one coroutine to its end in a test.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <exception>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace pland::test {

/// Runs the loop until it has nothing left to do, and returns what the coroutine returned; its exception is
/// thrown here. T need not be default constructible (Result<T> is not).
template <typename T>
T run_to_end(asio::io_context& loop, asio::awaitable<T> work) {
  std::exception_ptr failure;
  const auto keep_failure = [&failure](std::exception_ptr thrown) { failure = std::move(thrown); };
  std::conditional_t<std::is_void_v<T>, std::optional<bool>, std::optional<T>> result;
  asio::co_spawn(
      loop,
      [&]() -> asio::awaitable<void> {
        if constexpr (std::is_void_v<T>) {
          co_await std::move(work);
          result = true;
        } else {
          result.emplace(co_await std::move(work));
        }
      },
      keep_failure);
  loop.restart();
  loop.run();
  if (failure) std::rethrow_exception(failure);
  if (!result) throw std::logic_error("the loop ran out of work before the coroutine ended");
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace pland::test
