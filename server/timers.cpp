#include "server/timers.h"

#include <system_error>
#include <utility>

namespace pland::server {

jsonrpc::Timers::Id LoopTimers::start(std::chrono::milliseconds after, std::function<void()> fire) {
  const Id id = ++last_;
  auto timer = std::make_shared<asio::steady_timer>(executor_, after);
  running_->emplace(id, timer);
  // Only a timer that is still listed fires: one that expired just before it was cancelled comes here too.
  timer->async_wait(
      [weak = std::weak_ptr(running_), id, timer, fire = std::move(fire)](const std::error_code&) {
        const auto running = weak.lock();
        if (running && running->erase(id) > 0) fire();
      });
  return id;
}

void LoopTimers::cancel(Id id) {
  const auto found = running_->find(id);
  if (found == running_->end()) return;
  const auto timer = found->second;
  running_->erase(found);
  timer->cancel();
}

Throttle::Throttle(jsonrpc::Timers& timers, std::chrono::milliseconds interval, std::function<void()> call)
    : timers_(timers), interval_(interval), call_(std::move(call)) {}

Throttle::~Throttle() {
  if (timer_ != 0) timers_.cancel(timer_);
}

void Throttle::ask() {
  waiting_ = true;
  if (timer_ == 0) fire();
}

void Throttle::fire() {
  waiting_ = false;
  timer_ = timers_.start(interval_, [this] {
    timer_ = 0;
    if (waiting_) fire();
  });
  call_();
}

void Throttle::flush() {
  if (!std::exchange(waiting_, false)) return;
  call_();
}

}  // namespace pland::server
