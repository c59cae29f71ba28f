// Stopping work on request.
//
// A Cancellation is a shared handle: copies speak of the same request to stop. Whoever starts work keeps one
// copy and calls `cancel`; the work keeps another, asks `cancelled`, or is told through `on_cancel`. A child
// is cancelled with its parent, never the other way round: one for a plan, a child for each of its subplans,
// a child of that for each attempt.
//
// The loop thread owns all of it. The one thing that may be read elsewhere is `flag`, for pure work in the
// arena that wants to stop early.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace pland::engine {

class Cancellation {
  struct State;

 public:
  /// Keeps a callback registered for as long as it lives. Movable; may outlive the Cancellation.
  class Registration {
   public:
    Registration() = default;
    Registration(Registration&& other) noexcept;
    Registration& operator=(Registration&& other) noexcept;
    ~Registration();
    /// The callback will not be called any more.
    void reset();

   private:
    friend class Cancellation;
    Registration(std::weak_ptr<State> state, std::uint64_t id) : state_(std::move(state)), id_(id) {}
    std::weak_ptr<State> state_;
    std::uint64_t id_ = 0;
  };

  /// A new request to stop, not yet made.
  Cancellation();

  /// Makes the request: every registered callback is called once and every child cancelled, in the order in
  /// which they were registered or made, before this returns. A second call does nothing; the first reason
  /// stands.
  void cancel(std::string reason);

  bool cancelled() const;
  /// Why, in words a person understands; empty while not cancelled.
  const std::string& reason() const;

  /// `callback` is called on cancel; at once, before this returns, when that already happened. It may
  /// register, unregister and cancel anything; it must not throw.
  [[nodiscard]] Registration on_cancel(std::function<void()> callback);

  /// A Cancellation that is cancelled together with this one (at once, when that already happened).
  Cancellation child() const;

  /// Readable from every thread, lives on its own.
  std::shared_ptr<const std::atomic<bool>> flag() const;

 private:
  explicit Cancellation(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace pland::engine
