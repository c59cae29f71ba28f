// Exactly one reply to every request.
//
// A handler receives a Reply<T> and calls it once, at once or in a later turn of the loop. If it is destroyed
// uncalled the request is answered with InternalError naming it; a second call is ignored and reported as a
// defect. When the client cancels, the stop token is signalled. A query, and what has not started, is
// answered with RequestCancelled at once and what the handler replies later is dropped; a mutation that has
// started answers for itself, since only it knows what it has changed by then. The reply also holds the
// request's Turn: later messages that must wait for this one go on when it was called or destroyed, or when
// the handler, about to wait for a person, gives the turn up. A Reply may outlive the connection; it is then
// mute. Loop thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "protocol/jsonrpc/message.h"
#include "protocol/jsonrpc/ordering.h"
#include "protocol/jsonrpc/outcome.h"
#include "protocol/jsonrpc/reader.h"

namespace pland::jsonrpc {

/// Where replies go; the connection.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  virtual void deliver(std::uint64_t ticket, Outcome<Json> outcome) = 0;
  /// Destroyed without a reply.
  virtual void abandoned(std::uint64_t ticket) = 0;
  virtual void replied_twice(const std::string& method, const RequestId& id) = 0;
};

/// The untyped half of Reply<T>. Move-only.
class Replier {
 public:
  /// `ticket` tells apart two requests of the same id, of which the first was cancelled but still works.
  Replier(std::weak_ptr<ReplySink> sink, std::uint64_t ticket, RequestId id, std::string method,
          std::stop_token stop, Turn turn);
  Replier(Replier&&) noexcept = default;
  Replier& operator=(Replier&&) = delete;
  ~Replier();

  void send(Outcome<Json> outcome);
  void give_up_turn() { state_->turn.end(); }
  const RequestId& id() const { return state_->id; }
  const std::string& method() const { return state_->method; }
  const std::stop_token& stop_token() const { return state_->stop; }

 private:
  struct State {
    std::weak_ptr<ReplySink> sink;
    std::uint64_t ticket;
    RequestId id;
    std::string method;
    std::stop_token stop;
    Turn turn;
    bool replied = false;
  };
  std::unique_ptr<State> state_;  ///< null after a move
};

template <typename T>
class Reply {
 public:
  explicit Reply(Replier replier) : replier_(std::move(replier)) {}

  /// `reply(value)` or `reply(ResponseError(...))`.
  void operator()(Outcome<T> outcome) {
    if (!outcome.ok()) return replier_.send(std::move(outcome.error()));
    Json result;
    write_json(Writer(result), outcome.value());
    replier_.send(std::move(result));
  }
  /// Lets go on what waits for this request; the answer is still owed. Later messages may start within the
  /// call.
  void give_up_turn() { replier_.give_up_turn(); }
  const RequestId& id() const { return replier_.id(); }
  const std::string& method() const { return replier_.method(); }
  /// Signalled on the loop thread when the client cancels or goes away.
  const std::stop_token& stop_token() const { return replier_.stop_token(); }

 private:
  Replier replier_;
};

}  // namespace pland::jsonrpc
