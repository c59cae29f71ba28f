#include "server/stdio.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <cerrno>
#include <deque>
#include <system_error>
#include <utility>

namespace pland::server {

engine::Result<int> guard_stdout() {
  const int own = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (own < 0) return engine::io_error("duplicating", "stdout", errno);
  if (::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    // Without a stderr there is nowhere to send strays to; nowhere is better than into the protocol.
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere < 0 || ::dup2(nowhere, STDOUT_FILENO) < 0)
      return engine::io_error("replacing", "stdout", errno);
    ::close(nowhere);
  }
  return own;
}

struct StreamTransport::State : std::enable_shared_from_this<State> {
  State(const asio::any_io_executor& executor, int in, int out, Limits given)
      : input(executor, in),
        output(executor, out),
        flushed(executor, asio::steady_timer::time_point::max()),
        limits(given) {}

  asio::posix::stream_descriptor input, output;
  asio::steady_timer
      flushed;  ///< waited for by flush; cancelled when the queue is empty or the output is broken
  Limits limits;
  std::function<void(std::string_view)> received;
  std::function<void(const std::string&)> ended;
  std::array<char, std::size_t{64} << 10> buffer{};
  std::deque<std::string> queue;  ///< the first is being written
  std::size_t queued = 0;
  bool broken = false;

  void end(const std::string& reason) {
    received = nullptr;
    if (auto callback = std::exchange(ended, nullptr)) callback(reason);
  }

  void read() {
    input.async_read_some(
        asio::buffer(buffer), [self = shared_from_this()](const std::error_code& error, std::size_t size) {
          if (!self->received) return;
          if (error) {
            return self->end(error == asio::error::eof ? "the client closed the input"
                                                       : "reading failed: " + error.message());
          }
          self->received(std::string_view(self->buffer.data(), size));
          if (self->received) self->read();
        });
  }

  void write() {
    asio::async_write(output, asio::buffer(queue.front()),
                      [self = shared_from_this()](const std::error_code& error, std::size_t) {
                        if (error) return self->break_output("writing failed: " + error.message());
                        self->queued -= self->queue.front().size();
                        self->queue.pop_front();
                        if (!self->queue.empty()) return self->write();
                        self->flushed.cancel();
                      });
  }

  void break_output(const std::string& reason) {
    broken = true;
    flushed.cancel();
    end(reason);
  }
};

StreamTransport::StreamTransport(const asio::any_io_executor& executor, int input, int output)
    : StreamTransport(executor, input, output, Limits{}) {}

StreamTransport::StreamTransport(const asio::any_io_executor& executor, int input, int output, Limits limits)
    : state_(std::make_shared<State>(executor, input, output, limits)) {}

StreamTransport::~StreamTransport() {
  stop();
}

void StreamTransport::start(std::function<void(std::string_view)> received,
                            std::function<void(const std::string&)> ended) {
  state_->received = std::move(received);
  state_->ended = std::move(ended);
  state_->read();
}

void StreamTransport::send(std::string bytes) {
  State& state = *state_;
  if (state.broken) return;
  if (state.queued + bytes.size() > state.limits.max_queued) {
    state.broken = true;
    // Not from inside the caller: sending must not call back.
    asio::post(state.output.get_executor(),
               [self = state_] { self->break_output("the client does not read"); });
    return;
  }
  state.queued += bytes.size();
  state.queue.push_back(std::move(bytes));
  if (state.queue.size() == 1) state.write();
}

asio::awaitable<void> StreamTransport::flush(std::chrono::milliseconds patience) {
  const auto state = state_;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!state->queue.empty() && !state->broken && std::chrono::steady_clock::now() < deadline) {
    std::error_code ignored;
    state->flushed.expires_at(deadline);
    co_await state->flushed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

void StreamTransport::stop() {
  state_->received = nullptr;
  state_->ended = nullptr;
  std::error_code ignored;
  state_->input.cancel(ignored);
}

}  // namespace pland::server
