#include "engine/base/cancellation.h"

#include <map>
#include <utility>

namespace pland::engine {

struct Cancellation::State {
  std::shared_ptr<std::atomic<bool>> flag = std::make_shared<std::atomic<bool>>(false);
  std::string reason;
  std::uint64_t next_id = 1;
  std::map<std::uint64_t, std::function<void()>> callbacks;
  Registration with_parent;
};

Cancellation::Registration::Registration(Registration&& other) noexcept
    : state_(std::move(other.state_)), id_(std::exchange(other.id_, 0)) {}

Cancellation::Registration& Cancellation::Registration::operator=(Registration&& other) noexcept {
  if (this != &other) {
    reset();
    state_ = std::move(other.state_);
    id_ = std::exchange(other.id_, 0);
  }
  return *this;
}

Cancellation::Registration::~Registration() {
  reset();
}

void Cancellation::Registration::reset() {
  const std::shared_ptr<State> state = std::exchange(state_, {}).lock();
  if (!state) return;
  // Taken out before it dies: what a callback owns may itself unregister when it goes.
  const auto callback = state->callbacks.extract(std::exchange(id_, 0));
}

Cancellation::Cancellation() : state_(std::make_shared<State>()) {}

void Cancellation::cancel(std::string reason) {
  const std::shared_ptr<State> state = state_;  // a callback may drop the last other handle
  if (state->flag->load()) return;
  state->reason = std::move(reason);
  state->flag->store(true);
  while (!state->callbacks.empty()) {
    const auto next = state->callbacks.extract(state->callbacks.begin());
    next.mapped()();
  }
}

bool Cancellation::cancelled() const {
  return state_->flag->load();
}

const std::string& Cancellation::reason() const {
  return state_->reason;
}

Cancellation::Registration Cancellation::on_cancel(std::function<void()> callback) {
  if (cancelled()) {
    callback();
    return {};
  }
  const std::uint64_t id = state_->next_id++;
  state_->callbacks.emplace(id, std::move(callback));
  return Registration(state_, id);
}

Cancellation Cancellation::child() const {
  auto state = std::make_shared<State>();
  Cancellation parent(state_);
  state->with_parent = parent.on_cancel([weak = std::weak_ptr<State>(state), above = state_.get()] {
    // `above` is alive: it is the one that calls.
    if (auto self = weak.lock()) Cancellation(self).cancel(above->reason);
  });
  return Cancellation(std::move(state));
}

std::shared_ptr<const std::atomic<bool>> Cancellation::flag() const {
  return state_->flag;
}

}  // namespace pland::engine
