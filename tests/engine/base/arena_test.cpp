#include "engine/base/arena.h"

#include <doctest/doctest.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <future>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/loop.h"

using namespace pland::engine;
using pland::test::run_to_end;

TEST_CASE("arena: the result comes back to the loop thread") {
  asio::io_context loop;
  Arena arena(2);
  const auto loop_thread = std::this_thread::get_id();
  std::thread::id worker, resumed;
  std::vector<int> values(1000);
  std::iota(values.begin(), values.end(), 1);
  const long sum = run_to_end(loop, [&]() -> asio::awaitable<long> {
    auto work = [values, &worker] {
      worker = std::this_thread::get_id();
      return std::accumulate(values.begin(), values.end(), 0L);
    };
    const long result = co_await arena.run(work);
    resumed = std::this_thread::get_id();
    co_return result;
  }());
  CHECK(sum == 500500);
  CHECK(worker != loop_thread);
  CHECK(resumed == loop_thread);
}

TEST_CASE("arena: work without a result, and a move-only result") {
  asio::io_context loop;
  Arena arena(2);
  int done = 0;
  const int value = run_to_end(loop, [&]() -> asio::awaitable<int> {
    co_await arena.run([&done] { done = 7; });
    const auto owned = co_await arena.run([&done] { return std::make_unique<int>(done); });
    co_return *owned;
  }());
  CHECK(value == 7);
}

TEST_CASE("arena: an exception becomes an internal Error, or is thrown on the loop") {
  asio::io_context loop;
  Arena arena(2);
  const auto failed = run_to_end(loop, [&]() -> asio::awaitable<Result<int>> {
    co_return co_await arena.run([]() -> Result<int> { throw std::runtime_error("no such tree"); });
  }());
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == ErrorCode::internal);
  CHECK(failed.error().message.find("no such tree") != std::string::npos);
  const std::string caught = run_to_end(loop, [&]() -> asio::awaitable<std::string> {
    try {
      co_await arena.run([] { throw std::runtime_error("thrown again"); });
    } catch (const std::runtime_error& error) {
      co_return error.what();
    }
    co_return "nothing";
  }());
  CHECK(caught == "thrown again");
}

TEST_CASE("arena: many at once, every change made by one side is seen by the other") {
  asio::io_context loop;
  Arena arena(4);
  std::vector<std::vector<int>> results(200);
  int finished = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    asio::co_spawn(
        loop,
        [&, i]() -> asio::awaitable<void> {
          auto input = std::make_shared<const std::vector<int>>(100, static_cast<int>(i));
          auto copy = [input] { return *input; };
          results[i] = co_await arena.run(copy);
          ++finished;
        },
        asio::detached);
  }
  loop.run();
  CHECK(finished == 200);
  for (std::size_t i = 0; i < results.size(); ++i) {
    CHECK(std::accumulate(results[i].begin(), results[i].end(), 0) == static_cast<int>(i) * 100);
  }
}

TEST_CASE("arena: parallel_for calls every body once, within a piece of work and from outside") {
  asio::io_context loop;
  Arena arena(4);
  const auto total = [&arena] {
    std::vector<int> seen(10'000, 0);  // plain integers: a race would be reported
    arena.parallel_for(
        seen.size(), [&](std::size_t i) { ++seen[i]; }, 16);
    return std::accumulate(seen.begin(), seen.end(), 0);
  };
  CHECK(total() == 10'000);
  CHECK(run_to_end(loop, [&]() -> asio::awaitable<int> {
          auto work = total;
          co_return co_await arena.run(work);
        }()) == 10'000);
  arena.parallel_for(0, [](std::size_t) { FAIL("called"); });
}

TEST_CASE("arena: an exception in a body of parallel_for comes out of it") {
  Arena arena(2);
  CHECK_THROWS_WITH(arena.parallel_for(100,
                                       [](std::size_t i) {
                                         if (i == 50) throw std::runtime_error("body 50");
                                       }),
                    "body 50");
}

TEST_CASE("arena: two pieces of work run at the same time") {
  asio::io_context loop;
  Arena arena(2);
  std::promise<void> first_started, second_started;
  const auto meet = [](std::promise<void>& mine, std::promise<void>& other) {
    mine.set_value();
    return other.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready;
  };
  int met = 0;
  for (const bool first : {true, false}) {
    asio::co_spawn(
        loop,
        [&, first]() -> asio::awaitable<void> {
          const bool both = co_await arena.run([&, first] {
            return first ? meet(first_started, second_started) : meet(second_started, first_started);
          });
          met += both ? 1 : 0;
        },
        asio::detached);
  }
  loop.run();
  CHECK(met == 2);
}

TEST_CASE("arena: destroyed while work runs and the loop has stopped") {
  bool ended = false;
  bool resumed = false;
  std::promise<void> started, go_on;  // outlive the arena, whose work uses them
  {
    asio::io_context loop;
    Arena arena(2);
    asio::co_spawn(
        loop,
        [&]() -> asio::awaitable<void> {
          co_await arena.run([&] {
            started.set_value();
            go_on.get_future().wait();
            ended = true;
          });
          resumed = true;
        },
        asio::detached);
    loop.poll();
    started.get_future().wait();
    loop.stop();
    go_on.set_value();
  }
  CHECK(ended);
  CHECK_FALSE(resumed);
}

TEST_CASE("arena: inline runs on the loop thread, from its queue") {
  asio::io_context loop;
  Arena arena(Arena::Inline{});
  std::string order;
  asio::co_spawn(
      loop,
      [&]() -> asio::awaitable<void> {
        order += "a";
        co_await arena.run([&] {
          order += "c";
          arena.parallel_for(3, [&](std::size_t i) { order += std::to_string(i); });
        });
        order += "d";
      },
      asio::detached);
  loop.run_one();
  order += "b";
  loop.run();
  CHECK(order == "abc012d");
  CHECK(arena.threads() == 1);
}
