// One-shot timers of the loop, for the connection and for what is coalesced. Loop thread only.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>

#include "protocol/jsonrpc/transport.h"

namespace pland::server {

class LoopTimers final : public jsonrpc::Timers {
 public:
  explicit LoopTimers(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  Id start(std::chrono::milliseconds after, std::function<void()> fire) override;
  void cancel(Id id) override;

 private:
  asio::any_io_executor executor_;
  using Running = std::map<Id, std::shared_ptr<asio::steady_timer>>;
  std::shared_ptr<Running> running_ = std::make_shared<Running>();
  Id last_ = 0;
};

/// Calls something at most once an interval: at once when it has been quiet, and once more at the end of the
/// interval when it was asked for meanwhile, so the last state is always told.
class Throttle {
 public:
  /// `timers` must outlive the throttle.
  Throttle(jsonrpc::Timers& timers, std::chrono::milliseconds interval, std::function<void()> call);
  ~Throttle();
  Throttle(const Throttle&) = delete;
  Throttle& operator=(const Throttle&) = delete;
  void ask();
  /// Calls now if something waits; nothing waits afterwards.
  void flush();

 private:
  void fire();
  jsonrpc::Timers& timers_;
  std::chrono::milliseconds interval_;
  std::function<void()> call_;
  jsonrpc::Timers::Id timer_ = 0;  ///< 0: quiet
  bool waiting_ = false;
};

}  // namespace pland::server
