// What the server says to the editor by itself: typed, gated by the client's capabilities, never waited for
// on the loop. Loop thread only.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "protocol/jsonrpc/connection.h"
#include "protocol/lsp/client_capabilities.h"
#include "protocol/lsp/window.h"

namespace pland::server {

class Client {
 public:
  /// `connection` must outlive the client.
  Client(asio::any_io_executor executor, jsonrpc::Connection& connection,
         lsp::ClientCapabilities capabilities);

  const lsp::ClientCapabilities& capabilities() const { return capabilities_; }
  lsp::PositionEncoding encoding() const { return encoding_; }
  /// Asked for `pland/planChanged`.
  bool wants_plan_changes() const { return wants_plan_changes_; }
  bool can(std::string_view method) const { return lsp::can_answer(capabilities_, method); }

  /// A request whose answer a coroutine waits for; the loop goes on. `stop` withdraws it: RequestCancelled.
  template <typename R, typename P>
  asio::awaitable<jsonrpc::Outcome<R>> call(std::string method, P params, std::stop_token stop = {}) {
    struct Waiting {
      explicit Waiting(const asio::any_io_executor& on) : done(on, asio::steady_timer::time_point::max()) {}
      std::optional<jsonrpc::Outcome<R>> answer;
      asio::steady_timer done;
    };
    auto waiting = std::make_shared<Waiting>(executor_);
    const auto id = connection_.call<R>(std::move(method), params, [waiting](jsonrpc::Outcome<R> answer) {
      waiting->answer = std::move(answer);
      waiting->done.cancel();
    });
    const auto withdraw = [this, id] {
      if (id) connection_.cancel_call(*id);
    };
    const std::stop_callback withdrawn(stop, withdraw);
    if (!waiting->answer) {
      std::error_code ignored;
      co_await waiting->done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    co_return *std::move(waiting->answer);
  }
  /// The same with a callback.
  template <typename R, typename P>
  void request(std::string method, const P& params, std::function<void(jsonrpc::Outcome<R>)> answered) {
    connection_.call<R>(std::move(method), params, std::move(answered));
  }
  template <typename P>
  void notify(std::string method, const P& params) {
    connection_.notify(std::move(method), params);
  }

  /// For what a person must know now; sparing.
  void show_message(lsp::MessageType type, std::string text);
  void log_message(lsp::MessageType type, std::string text);
  /// Nothing when the client cannot ask, did not answer, or `stop` came first; else whether the person said
  /// yes.
  asio::awaitable<std::optional<bool>> ask_yes_no(std::string question, std::string yes, std::string no,
                                                  std::stop_token stop);
  /// Opens a file in the editor; where that cannot be done, tells its path.
  asio::awaitable<void> show_file(std::string uri, std::string path);
  /// Asks for the code lenses anew, where the client listens.
  void refresh_code_lenses();

 private:
  asio::any_io_executor executor_;
  jsonrpc::Connection& connection_;
  lsp::ClientCapabilities capabilities_;
  lsp::PositionEncoding encoding_;
  bool wants_plan_changes_ = false;
};

}  // namespace pland::server
