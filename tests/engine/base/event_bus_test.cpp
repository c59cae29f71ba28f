#include "engine/base/event_bus.h"

#include <doctest/doctest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>

using namespace pland::engine;

namespace {
Event event(const std::string& type) {
  Event result;
  result.type = type;
  return result;
}
}  // namespace

TEST_CASE("event bus: every subscriber hears every event, in order, until its subscription goes") {
  EventBus bus;
  std::string heard;
  const auto first = bus.subscribe([&](const Event& e) { heard += "1" + e.type; });
  {
    const auto second = bus.subscribe([&](const Event& e) { heard += "2" + e.type; });
    bus.publish(event("a"));
  }
  bus.publish(event("b"));
  CHECK(heard == "1a2a1b");
}

TEST_CASE("event bus: a failing handler is logged and does not stop the others") {
  std::ostringstream log;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log)));
  EventBus bus;
  int heard = 0;
  const auto bad = bus.subscribe([](const Event&) { throw std::runtime_error("out of paper"); });
  const auto worse = bus.subscribe([](const Event&) { throw 42; });
  const auto good = bus.subscribe([&](const Event&) { ++heard; });
  bus.publish(event("plan.created"));
  spdlog::set_default_logger(before);
  CHECK(heard == 1);
  CHECK(log.str().find("out of paper") != std::string::npos);
  CHECK(log.str().find("plan.created") != std::string::npos);
}

TEST_CASE("event bus: handlers may subscribe, unsubscribe and publish while called") {
  EventBus bus;
  std::string heard;
  EventBus::Subscription late, self, victim;
  self = bus.subscribe([&](const Event& e) {
    heard += "s" + e.type;
    victim.reset();
    late = bus.subscribe([&](const Event& next) { heard += "l" + next.type; });
    self.reset();
    if (e.type == "a") bus.publish(event("n"));
  });
  victim = bus.subscribe([&](const Event& e) { heard += "v" + e.type; });
  bus.publish(event("a"));
  bus.publish(event("b"));
  CHECK(heard ==
        "saln"
        "lb");
}

TEST_CASE("event bus: subscriptions may outlive it, and a handler may destroy it") {
  std::optional<EventBus> bus(std::in_place);
  EventBus::Subscription subscription = bus->subscribe([&](const Event&) { bus.reset(); });
  bus->publish(event("a"));
  CHECK_FALSE(bus);
  subscription.reset();
}
