// Telling the house what happened: publish and subscribe of event values.
//
// The loop thread owns it; `publish` calls the handlers before it returns. It is published to only after the
// store holds the event (design invariant 4), so a handler may rely on what it reads there. Pass it in; it is
// no singleton.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "engine/model/checkpoint.h"

namespace pland::engine {

class EventBus {
  struct State;

 public:
  using Handler = std::function<void(const Event&)>;

  /// Keeps a handler subscribed for as long as it lives. Movable; may outlive the bus.
  class Subscription {
   public:
    Subscription() = default;
    Subscription(Subscription&& other) noexcept;
    Subscription& operator=(Subscription&& other) noexcept;
    ~Subscription();
    /// The handler will not be called any more, also not by a publish that is under way.
    void reset();

   private:
    friend class EventBus;
    Subscription(std::weak_ptr<State> state, std::uint64_t id) : state_(std::move(state)), id_(id) {}
    std::weak_ptr<State> state_;
    std::uint64_t id_ = 0;
  };

  EventBus();

  /// Handlers are called in the order of subscription.
  [[nodiscard]] Subscription subscribe(Handler handler);

  /// Calls every handler that is subscribed now. A handler may publish, subscribe and unsubscribe (itself
  /// too); one subscribed meanwhile hears the next event. A handler that throws is logged, and the others are
  /// called.
  void publish(const Event& event);

 private:
  std::shared_ptr<State> state_;
};

}  // namespace pland::engine
