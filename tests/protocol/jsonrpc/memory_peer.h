// A connection over memory, seen from the client's side: what is said to it, and what it answered.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "protocol/jsonrpc/connection.h"

namespace pland::jsonrpc::testing {

class MemoryTransport final : public Transport {
 public:
  void send(std::string bytes) override {
    std::vector<FramingEvent> events;
    framing_->feed(bytes, events);
    for (FramingEvent& event : events) sent.push_back(Json::parse(std::get<Frame>(event).body));
  }
  /// Every message sent so far, parsed, in order.
  std::vector<Json> sent;

 private:
  std::unique_ptr<Framing> framing_ = content_length_framing();
};

/// Timers that fire when the test says so.
class HeldTimers final : public Timers {
 public:
  Id start(std::chrono::milliseconds after, std::function<void()> fire) override {
    armed.push_back({++last_, after, std::move(fire)});
    return last_;
  }
  void cancel(Id id) override {
    std::erase_if(armed, [id](const Timer& timer) { return timer.id == id; });
  }
  void fire_all() {
    for (Timer& timer : std::exchange(armed, {})) timer.fire();
  }
  struct Timer {
    Id id;
    std::chrono::milliseconds after;
    std::function<void()> fire;
  };
  std::vector<Timer> armed;

 private:
  Id last_ = 0;
};

/// Binder, transport and connection together. Bind before the first message.
struct MemoryPeer {
  MemoryTransport transport;
  Binder binder;
  std::vector<std::string> log;
  ConnectionOptions options;
  std::unique_ptr<Connection> connection;

  Connection& open() {
    if (!connection) {
      options.log = [this](LogLevel, const std::string& line) { log.push_back(line); };
      connection = std::make_unique<Connection>(transport, content_length_framing(), binder, options);
    }
    return *connection;
  }
  void raw(const std::string& bytes) { open().receive(bytes); }
  void body(const std::string& text) { raw(content_length_framing()->encode(text)); }
  void request(const Json& id, const std::string& method, const Json& params = Json::object()) {
    body(Json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}.dump());
  }
  void notify(const std::string& method, const Json& params = Json::object()) {
    body(Json{{"jsonrpc", "2.0"}, {"method", method}, {"params", params}}.dump());
  }
  /// The messages since the last call of this.
  std::vector<Json> take() { return std::exchange(transport.sent, {}); }
  /// The only message since the last take; fails the test's expectations by throwing otherwise.
  Json take_one() {
    auto all = take();
    if (all.size() != 1) throw std::runtime_error("expected one message, got " + Json(all).dump());
    return all.front();
  }
};

inline Json result_of(const Json& id, const Json& result) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"result", result}};
}

}  // namespace pland::jsonrpc::testing
