#include "engine/base/cancellation.h"

#include <doctest/doctest.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <string>
#include <vector>

#include "engine/base/delay.h"

using namespace pland::engine;

TEST_CASE("cancellation: callbacks are called once, in order, and the first reason stands") {
  Cancellation cancellation;
  std::string calls;
  const auto first = cancellation.on_cancel([&] { calls += "1"; });
  const auto second = cancellation.on_cancel([&] { calls += "2"; });
  CHECK_FALSE(cancellation.cancelled());
  cancellation.cancel("closed by the user");
  cancellation.cancel("again");
  CHECK(cancellation.cancelled());
  CHECK(cancellation.reason() == "closed by the user");
  CHECK(calls == "12");
}

TEST_CASE("cancellation: a callback registered late is called at once") {
  Cancellation cancellation;
  cancellation.cancel("late");
  int calls = 0;
  const auto registration = cancellation.on_cancel([&] { ++calls; });
  CHECK(calls == 1);
}

TEST_CASE("cancellation: what was unregistered is not called, also when that happens during cancel") {
  Cancellation cancellation;
  std::string calls;
  Cancellation::Registration second;
  {
    const auto gone = cancellation.on_cancel([&] { calls += "x"; });
  }
  const auto first = cancellation.on_cancel([&] {
    calls += "1";
    second.reset();
  });
  second = cancellation.on_cancel([&] { calls += "2"; });
  auto third = cancellation.on_cancel([&] { calls += "3"; });
  const auto moved = std::move(third);
  cancellation.cancel("stop");
  CHECK(calls == "13");
}

TEST_CASE("cancellation: children follow their parent, never the other way round") {
  Cancellation plan;
  Cancellation subplan = plan.child();
  Cancellation sibling = plan.child();
  Cancellation attempt = subplan.child();
  subplan.cancel("retried");
  CHECK(attempt.cancelled());
  CHECK(attempt.reason() == "retried");
  CHECK_FALSE(plan.cancelled());
  CHECK_FALSE(sibling.cancelled());
  plan.cancel("shutdown");
  CHECK(sibling.reason() == "shutdown");
  CHECK(subplan.reason() == "retried");
  CHECK(plan.child().cancelled());
}

TEST_CASE("cancellation: handles may go in any order") {
  Cancellation::Registration registration;
  std::shared_ptr<const std::atomic<bool>> flag;
  int calls = 0;
  {
    Cancellation parent;
    Cancellation child = parent.child();
    registration = child.on_cancel([&] { ++calls; });
    flag = child.flag();
    parent.cancel("x");
  }
  CHECK(calls == 1);
  CHECK(flag->load());
  registration.reset();
}

TEST_CASE("delay: ends by time or by cancellation") {
  asio::io_context loop;
  Cancellation cancellation;
  std::vector<bool> passed;
  asio::co_spawn(
      loop,
      [&]() -> asio::awaitable<void> {
        passed.push_back(co_await delay(std::chrono::milliseconds(1), cancellation));
        asio::post(loop, [&] { cancellation.cancel("enough"); });
        passed.push_back(co_await delay(std::chrono::hours(1), cancellation));
        passed.push_back(co_await delay(std::chrono::hours(1), cancellation));
      },
      asio::detached);
  loop.run();
  CHECK(passed == std::vector<bool>{true, false, false});
}
