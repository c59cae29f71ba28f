// One JSON-RPC conversation: bytes in, typed handlers, bytes out.
//
//     incoming bytes -> framing -> message -> gate -> ordered queue -> bound handler -> Reply -> framing ->
//     Transport
//
// Whatever arrives is answered as JSON-RPC says and the next good message is served: framing problems and
// invalid JSON with ParseError and a null id, what is no message with InvalidRequest, unknown methods with
// MethodNotFound, wrong params with InvalidParams and the JSON path, an exception in a handler with
// InternalError naming method and id. Unknown notifications that begin with `$/` are ignored, others logged.
// `$/cancelRequest` and responses overtake the queue.
//
// Everything here runs on one thread, the loop's: receive(), close(), call(), notify(), every handler, every
// Reply. A connection must not be destroyed from inside a handler.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/jsonrpc/binder.h"
#include "protocol/jsonrpc/calls.h"
#include "protocol/jsonrpc/framing.h"
#include "protocol/jsonrpc/message.h"
#include "protocol/jsonrpc/reader.h"
#include "protocol/jsonrpc/transport.h"

namespace pland::jsonrpc {

enum class Direction { incoming, outgoing };
enum class LogLevel { debug, warning, error };

/// All seams have a default that does nothing.
struct ConnectionOptions {
  /// Sees the body of every message both ways, before it is handled and after it was sent to the transport.
  /// Incoming bodies may be no JSON. For trace logs and conformance checks.
  std::function<void(Direction, std::string_view body)> tap;
  std::function<void(LogLevel, const std::string& line)> log;
  /// Asked before a message is handled, in order of arrival: an error refuses a request with it and drops a
  /// notification. Lifecycle rules (before `initialize`, after `shutdown`) live here.
  std::function<std::optional<ResponseError>(std::string_view method, bool is_request)> gate;
  /// Whether the client can answer this request of ours.
  std::function<bool(std::string_view method)> client_supports;
  Timers* timers = nullptr;
  std::size_t max_outstanding_calls = 64;
};

class Connection {
 public:
  /// `binder` and `transport` must outlive the connection.
  Connection(Transport& transport, std::unique_ptr<Framing> framing, const Binder& binder,
             ConnectionOptions options = {});
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  void receive(std::string_view bytes);
  /// The peer is gone (or we go): stop tokens are signalled, outgoing calls end with `reason`, replies are
  /// mute, and nothing is sent or received any more. Idempotent.
  void close(const std::string& reason);
  bool closed() const;

  template <typename P>
  void notify(std::string method, const P& params) {
    send_notification(std::move(method), to_params(params));
  }

  /// See calls.h. A result of the wrong shape ends the call with InvalidParams and the path.
  template <typename R, typename P>
  std::optional<RequestId> call(std::string method, const P& params, std::function<void(Outcome<R>)> callback,
                                std::optional<std::chrono::milliseconds> timeout = std::nullopt) {
    return send_request(
        std::move(method), to_params(params),
        [callback = std::move(callback)](Outcome<Json> answer) {
          if (!answer.ok()) return callback(std::move(answer.error()));
          R result{};
          ReadProblems problems;
          if (!read_json(Reader(answer.value(), "result", problems), result)) {
            return callback(
                ResponseError(ErrorCode::invalid_params, "the client's answer: " + problems.to_string()));
          }
          callback(std::move(result));
        },
        timeout);
  }
  /// Ends an outgoing call with RequestCancelled; false if it has already ended.
  bool cancel_call(const RequestId& id);

  /// Incoming requests not yet answered, and outgoing calls not yet ended.
  std::size_t unanswered_requests() const;
  std::size_t outstanding_calls() const;

 private:
  template <typename P>
  static Json to_params(const P& params) {
    Json json;
    write_json(Writer(json), params);
    return json;
  }
  void send_notification(std::string method, Json params);
  std::optional<RequestId> send_request(std::string method, Json params, OutgoingCalls::Callback callback,
                                        std::optional<std::chrono::milliseconds> timeout);

  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace pland::jsonrpc
