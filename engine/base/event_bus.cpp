#include "engine/base/event_bus.h"

#include <spdlog/spdlog.h>

#include <map>
#include <utility>
#include <vector>

namespace pland::engine {

struct EventBus::State {
  std::uint64_t next_id = 1;
  std::map<std::uint64_t, std::shared_ptr<const Handler>> handlers;
};

EventBus::Subscription::Subscription(Subscription&& other) noexcept
    : state_(std::move(other.state_)), id_(std::exchange(other.id_, 0)) {}

EventBus::Subscription& EventBus::Subscription::operator=(Subscription&& other) noexcept {
  if (this != &other) {
    reset();
    state_ = std::move(other.state_);
    id_ = std::exchange(other.id_, 0);
  }
  return *this;
}

EventBus::Subscription::~Subscription() {
  reset();
}

void EventBus::Subscription::reset() {
  const std::shared_ptr<State> state = std::exchange(state_, {}).lock();
  if (!state) return;
  // Taken out before it dies: what a handler owns may itself unsubscribe when it goes.
  const auto handler = state->handlers.extract(std::exchange(id_, 0));
}

EventBus::EventBus() : state_(std::make_shared<State>()) {}

EventBus::Subscription EventBus::subscribe(Handler handler) {
  const std::uint64_t id = state_->next_id++;
  state_->handlers.emplace(id, std::make_shared<const Handler>(std::move(handler)));
  return Subscription(state_, id);
}

void EventBus::publish(const Event& event) {
  const std::shared_ptr<State> state = state_;  // a handler may destroy the bus
  std::vector<std::uint64_t> ids;
  ids.reserve(state->handlers.size());
  for (const auto& entry : state->handlers) ids.push_back(entry.first);
  for (const std::uint64_t id : ids) {
    const auto found = state->handlers.find(id);
    if (found == state->handlers.end()) continue;
    const std::shared_ptr<const Handler> handler = found->second;  // it may unsubscribe itself
    try {
      (*handler)(event);
    } catch (const std::exception& error) {
      spdlog::error("a listener failed on the event '{}' of plan {}: {}", event.type, event.plan_id,
                    error.what());
    } catch (...) {
      spdlog::error("a listener failed on the event '{}' of plan {}", event.type, event.plan_id);
    }
  }
}

}  // namespace pland::engine
