#include "protocol/jsonrpc/reply.h"

namespace pland::jsonrpc {

Replier::Replier(std::weak_ptr<ReplySink> sink, std::uint64_t ticket, RequestId id, std::string method,
                 std::stop_token stop, Turn turn)
    : state_(std::make_unique<State>(State{std::move(sink), ticket, std::move(id), std::move(method),
                                           std::move(stop), std::move(turn)})) {}

Replier::~Replier() {
  if (!state_ || state_->replied) return;
  if (const auto sink = state_->sink.lock()) sink->abandoned(state_->ticket);
}

void Replier::send(Outcome<Json> outcome) {
  const auto sink = state_->sink.lock();
  if (state_->replied) {
    if (sink) sink->replied_twice(state_->method, state_->id);
    return;
  }
  state_->replied = true;
  if (sink) sink->deliver(state_->ticket, std::move(outcome));
  state_->turn.end();
}

}  // namespace pland::jsonrpc
