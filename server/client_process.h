// Watches the process that started us, so that no server outlives its editor. Loop thread only.
#pragma once

#include <asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>

namespace pland::server {

class ClientProcess {
 public:
  /// Calls `gone` once, on the loop, when the process has ended. A process that cannot be watched (it lives
  /// in another pid namespace, or never did live) is ignored: the end of the input says enough then.
  ClientProcess(const asio::any_io_executor& executor, std::int64_t process_id, std::function<void()> gone);
  ~ClientProcess();
  ClientProcess(const ClientProcess&) = delete;
  ClientProcess& operator=(const ClientProcess&) = delete;
  bool watching() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace pland::server
