#include "protocol/jsonrpc/calls.h"

#include <utility>

namespace pland::jsonrpc {

OutgoingCalls::OutgoingCalls(Send send, Supports supports, Timers* timers, Limits limits)
    : send_(std::move(send)), supports_(std::move(supports)), timers_(timers), limits_(limits) {}

std::optional<RequestId> OutgoingCalls::start(std::string method, Json params, Callback callback,
                                              std::optional<std::chrono::milliseconds> timeout) {
  const auto fail = [&callback](std::string why) {
    callback(ResponseError(ErrorCode::request_failed, std::move(why)));
    return std::nullopt;
  };
  if (closed_) return fail("cannot send " + method + ": " + *closed_);
  if (supports_ && !supports_(method)) return fail("the client does not support " + method);
  if (calls_.size() >= limits_.max_outstanding) {
    return fail("cannot send " + method + ": the client has not answered " + std::to_string(calls_.size()) +
                " earlier requests");
  }
  const RequestId id(++last_id_);
  Call call{method, std::move(callback), std::nullopt};
  if (timeout && timers_) {
    call.timer = timers_->start(*timeout, [this, id, limit = *timeout] { expire(id, limit); });
  }
  calls_.emplace(id, std::move(call));
  send_(Request{id, std::move(method), std::move(params)});
  return id;
}

std::optional<OutgoingCalls::Call> OutgoingCalls::take(const RequestId& id) {
  auto node = calls_.extract(id);
  if (node.empty()) return std::nullopt;
  Call call = std::move(node.mapped());
  if (call.timer) timers_->cancel(*call.timer);
  return call;
}

void OutgoingCalls::tell_cancelled(const RequestId& id) {
  send_(Notification{"$/cancelRequest", Json{{"id", id.to_json()}}});
}

bool OutgoingCalls::cancel(const RequestId& id) {
  auto call = take(id);
  if (!call) return false;
  tell_cancelled(id);
  call->callback(ResponseError(ErrorCode::request_cancelled, call->method + " was cancelled"));
  return true;
}

void OutgoingCalls::expire(const RequestId& id, std::chrono::milliseconds timeout) {
  auto call = take(id);
  if (!call) return;
  tell_cancelled(id);
  call->callback(ResponseError(
      ErrorCode::request_failed,
      "the client did not answer " + call->method + " within " + std::to_string(timeout.count()) + " ms"));
}

bool OutgoingCalls::on_response(Response response) {
  if (!response.id) return false;
  auto call = take(*response.id);
  if (!call) return false;
  call->callback(std::move(response.result));
  return true;
}

void OutgoingCalls::close(const std::string& reason) {
  closed_ = reason;
  while (!calls_.empty()) {
    auto call = take(calls_.begin()->first);
    call->callback(ResponseError(ErrorCode::request_failed, call->method + " got no answer: " + reason));
  }
}

}  // namespace pland::jsonrpc
