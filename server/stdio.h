// The program's own stdin and stdout as the transport of a connection.
//
// Loop thread only, except guard_stdout, which main calls before anything else runs.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "protocol/jsonrpc/transport.h"

namespace pland::server {

/// Takes stdout away from everybody: what is written to descriptor 1 from now on goes to stderr, and the
/// returned private descriptor (close-on-exec, so no child can write protocol) is the only way to the client.
engine::Result<int> guard_stdout();

class StreamTransport final : public jsonrpc::Transport {
 public:
  struct Limits {
    /// Bytes that may wait for a client that does not read; beyond, the client counts as gone.
    std::size_t max_queued = std::size_t{256} << 20;
  };

  /// Takes over both descriptors.
  StreamTransport(const asio::any_io_executor& executor, int input, int output);
  StreamTransport(const asio::any_io_executor& executor, int input, int output, Limits limits);
  ~StreamTransport() override;

  /// Reads until the input ends. `ended` is called once, with the reason: the input ended, reading failed, or
  /// the output cannot be written any more.
  void start(std::function<void(std::string_view)> received, std::function<void(const std::string&)> ended);
  void send(std::string bytes) override;
  /// Waits until all that was sent is written or cannot be, but not longer than `patience`: a client that is
  /// leaving may not read any more.
  asio::awaitable<void> flush(std::chrono::milliseconds patience);
  /// Stops reading; no callback is called any more.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace pland::server
