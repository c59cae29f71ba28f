// The seams of a connection: where bytes go, and who fires timers. Tests use memory, the program stdio and
// Asio.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace pland::jsonrpc {

/// Takes outgoing bytes. Incoming bytes are fed to Connection::receive by whoever reads them.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Queues whole messages in order; must not block and must not call back into the connection. A peer that
  /// is gone is the transport's to notice (and then to close the connection from the loop).
  virtual void send(std::string bytes) = 0;
};

/// One-shot timers that fire on the loop thread.
class Timers {
 public:
  using Id = std::uint64_t;
  virtual ~Timers() = default;
  virtual Id start(std::chrono::milliseconds after, std::function<void()> fire) = 0;
  /// A timer that has fired or is unknown is no error.
  virtual void cancel(Id id) = 0;
};

}  // namespace pland::jsonrpc
