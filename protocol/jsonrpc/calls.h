// Requests from us to the client: bounded, never waited for, failing softly.
//
// The callback of every started call runs exactly once on the loop thread: with the client's result, its
// error, or an error of ours when the client lacks the capability, too many calls are outstanding, the time
// is up, or the connection closed. In the first two cases it runs before start() returns. A response that
// comes after its call has ended is dropped.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/jsonrpc/message.h"
#include "protocol/jsonrpc/transport.h"

namespace pland::jsonrpc {

class OutgoingCalls {
 public:
  using Callback = std::function<void(Outcome<Json>)>;
  using Send = std::function<void(const Message&)>;
  using Supports = std::function<bool(std::string_view method)>;

  struct Limits {
    std::size_t max_outstanding = 64;
  };

  /// `supports` may be empty (everything goes). `timers` may be null when no call has a timeout.
  OutgoingCalls(Send send, Supports supports, Timers* timers, Limits limits);

  /// The id of the call, or nothing if it failed at once.
  std::optional<RequestId> start(std::string method, Json params, Callback callback,
                                 std::optional<std::chrono::milliseconds> timeout = std::nullopt);
  /// Ends the call with RequestCancelled and tells the client. False if it has already ended.
  bool cancel(const RequestId& id);
  /// False if no call waits for this response.
  bool on_response(Response response);
  /// Ends every call with an error; no call can be started afterwards.
  void close(const std::string& reason);
  std::size_t outstanding() const { return calls_.size(); }

 private:
  struct Call {
    std::string method;
    Callback callback;
    std::optional<Timers::Id> timer;
  };
  void expire(const RequestId& id, std::chrono::milliseconds timeout);
  std::optional<Call> take(const RequestId& id);
  void tell_cancelled(const RequestId& id);

  Send send_;
  Supports supports_;
  Timers* timers_;
  Limits limits_;
  std::map<RequestId, Call> calls_;
  std::int64_t last_id_ = 0;
  std::optional<std::string> closed_;
};

}  // namespace pland::jsonrpc
