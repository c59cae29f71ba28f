#include "protocol/jsonrpc/connection.h"

#include <map>
#include <utility>

namespace pland::jsonrpc {
namespace {

std::string describe(const std::string& method, const RequestId& id) {
  return method + " (id " + to_string(id) + ")";
}

}  // namespace

class Connection::Core final : public ReplySink, public std::enable_shared_from_this<Core> {
 public:
  Core(Transport& transport, std::unique_ptr<Framing> framing, const Binder& binder,
       ConnectionOptions options)
      : transport_(transport),
        framing_(std::move(framing)),
        binder_(binder),
        options_(std::move(options)),
        calls_([this](const Message& message) { send(message); }, options_.client_supports, options_.timers,
               {options_.max_outstanding_calls}) {}

  void receive(std::string_view bytes);
  void close(const std::string& reason);
  bool closed() const { return closed_; }
  void send(const Message& message);
  OutgoingCalls& calls() { return calls_; }
  std::size_t unanswered() const { return by_id_.size(); }

  void deliver(std::uint64_t ticket, Outcome<Json> outcome) override;
  void abandoned(std::uint64_t ticket) override;
  void replied_twice(const std::string& method, const RequestId& id) override;

 private:
  struct Incoming {
    RequestId id;
    std::string method;
    HandlerKind kind;
    std::stop_source stop;
    bool started = false;
    std::optional<std::uint64_t> queued;  ///< its number in the queue
  };

  void log(LogLevel level, const std::string& line) const {
    if (options_.log) options_.log(level, line);
  }
  void handle_event(FramingEvent event);
  void handle_body(std::string_view body);
  void handle(Request request);
  void handle(Notification notification);
  void handle(Response response);
  void run_request(std::uint64_t ticket, const Binder::Method& method, const Json& params, Turn turn);
  void run_notification(const Notification& notification, const Binder::Method& method);
  void cancel(const Json& params);
  void answer(std::optional<RequestId> id, Outcome<Json> outcome) {
    send(Response{std::move(id), std::move(outcome)});
  }
  /// Takes the request off the books; empty when it has been answered (cancelled) or the connection closed.
  std::optional<Incoming> take(std::uint64_t ticket);

  Transport& transport_;
  std::unique_ptr<Framing> framing_;
  const Binder& binder_;
  ConnectionOptions options_;
  OutgoingCalls calls_;
  OrderedQueue queue_;
  std::map<std::uint64_t, Incoming> incoming_;  ///< unanswered requests by ticket
  std::map<RequestId, std::uint64_t> by_id_;
  std::uint64_t last_ticket_ = 0;
  std::optional<std::uint64_t> dispatching_;  ///< the request whose handler is on the stack
  bool abandoned_in_handler_ = false;
  bool closed_ = false;
};

void Connection::Core::receive(std::string_view bytes) {
  if (closed_) return;
  std::vector<FramingEvent> events;
  framing_->feed(bytes, events);
  for (FramingEvent& event : events) {
    if (closed_) return;
    handle_event(std::move(event));
  }
}

void Connection::Core::close(const std::string& reason) {
  if (closed_) return;
  std::vector<FramingEvent> events;
  framing_->finish(events);
  for (FramingEvent& event : events) {
    if (std::holds_alternative<Frame>(event)) {
      handle_event(std::move(event));
    } else {
      log(LogLevel::warning, std::get<FramingProblem>(event).message);
    }
  }
  closed_ = true;
  queue_.clear();
  by_id_.clear();
  for (auto& [ticket, request] : std::exchange(incoming_, {})) request.stop.request_stop();
  calls_.close(reason);
}

void Connection::Core::send(const Message& message) {
  if (closed_) return;
  const std::string body = serialize(message);
  transport_.send(framing_->encode(body));
  if (options_.tap) options_.tap(Direction::outgoing, body);
}

void Connection::Core::handle_event(FramingEvent event) {
  if (const auto* frame = std::get_if<Frame>(&event)) return handle_body(frame->body);
  const auto& problem = std::get<FramingProblem>(event);
  log(LogLevel::warning, problem.message);
  if (problem.kind == FramingProblem::Kind::note) return;
  answer(std::nullopt, ResponseError(ErrorCode::parse_error, problem.message));
}

void Connection::Core::handle_body(std::string_view body) {
  if (options_.tap) options_.tap(Direction::incoming, body);
  auto parsed = parse_message(body);
  if (auto* malformed = std::get_if<MalformedMessage>(&parsed)) {
    log(LogLevel::warning, "a malformed message: " + malformed->error.message);
    if (malformed->answer) answer(std::move(malformed->id), std::move(malformed->error));
    return;
  }
  std::visit([this](auto& message) { handle(std::move(message)); }, std::get<Message>(parsed));
}

void Connection::Core::handle(Response response) {
  if (!response.id) {
    const std::string why = response.result.ok() ? "without an id" : response.result.error().message;
    return log(LogLevel::warning, "the client could not read a message of ours: " + why);
  }
  const RequestId id = *response.id;
  if (!calls_.on_response(std::move(response))) {
    log(LogLevel::debug, "a late response to our request " + to_string(id) + " was dropped");
  }
}

void Connection::Core::handle(Request request) {
  if (by_id_.contains(request.id)) {
    return answer(request.id,
                  ResponseError(ErrorCode::invalid_request,
                                "the id " + to_string(request.id) + " belongs to an unanswered request"));
  }
  if (options_.gate) {
    if (auto refusal = options_.gate(request.method, true)) return answer(request.id, std::move(*refusal));
  }
  const Binder::Method* method = binder_.find(request.method);
  if (!method) {
    return answer(request.id, ResponseError(ErrorCode::method_not_found, "unknown method " + request.method));
  }
  if (!method->request) {
    return answer(request.id, ResponseError(ErrorCode::invalid_request,
                                            request.method + " is a notification; send it without an id"));
  }
  const std::uint64_t ticket = ++last_ticket_;
  Order order = binder_.order(request.method, *method, request.params);
  by_id_.emplace(request.id, ticket);
  incoming_.emplace(ticket,
                    Incoming{request.id, std::move(request.method), method->kind, {}, false, std::nullopt});
  const auto keep = shared_from_this();
  const std::uint64_t number =
      queue_.submit(std::move(order), [this, ticket, method, params = std::move(request.params)](Turn turn) {
        run_request(ticket, *method, params, std::move(turn));
      });
  if (const auto entry = incoming_.find(ticket); entry != incoming_.end()) entry->second.queued = number;
}

void Connection::Core::handle(Notification notification) {
  if (notification.method == "$/cancelRequest") return cancel(notification.params);
  if (options_.gate && options_.gate(notification.method, false)) {
    return log(LogLevel::debug, notification.method + " was dropped: it is not allowed now");
  }
  const Binder::Method* method = binder_.find(notification.method);
  if (!method || !method->notification) {
    if (method) {
      log(LogLevel::warning, notification.method + " is a request but came without an id; dropped");
    } else if (!notification.method.starts_with("$/")) {
      log(LogLevel::debug, "unknown notification " + notification.method + " was ignored");
    }
    return;
  }
  Order order = binder_.order(notification.method, *method, notification.params);
  const auto keep = shared_from_this();
  queue_.submit(std::move(order), [this, method, notification = std::move(notification)](Turn) {
    run_notification(notification, *method);
  });
}

void Connection::Core::run_notification(const Notification& notification, const Binder::Method& method) {
  std::optional<ResponseError> problem;
  try {
    problem = method.notification(notification.params);
  } catch (const std::exception& exception) {
    problem = ResponseError(ErrorCode::internal_error, exception.what());
  } catch (...) {
    problem = ResponseError(ErrorCode::internal_error, "an unknown exception");
  }
  if (problem) log(LogLevel::error, notification.method + " was not handled: " + problem->message);
}

void Connection::Core::run_request(std::uint64_t ticket, const Binder::Method& method, const Json& params,
                                   Turn turn) {
  const auto entry = incoming_.find(ticket);
  if (entry == incoming_.end()) return;
  entry->second.started = true;
  const RequestId id = entry->second.id;
  const std::string name = entry->second.method;
  Replier replier(weak_from_this(), ticket, id, name, entry->second.stop.get_token(), std::move(turn));

  // While the handler is on the stack, dropping the reply only leaves a mark: if an exception unwinds it, its
  // text is the better answer.
  const auto outer = std::exchange(dispatching_, ticket);
  const bool outer_abandoned = std::exchange(abandoned_in_handler_, false);
  std::string failure = "ended without a reply";
  bool threw = true;
  try {
    method.request(params, std::move(replier));
    threw = false;
  } catch (const std::exception& exception) {
    failure = std::string("failed: ") + exception.what();
  } catch (...) {
    failure = "failed with an unknown exception";
  }
  dispatching_ = outer;
  const bool was_abandoned = std::exchange(abandoned_in_handler_, outer_abandoned);
  if (threw) log(LogLevel::error, describe(name, id) + " " + failure);
  if (was_abandoned)
    deliver(ticket, ResponseError(ErrorCode::internal_error, describe(name, id) + " " + failure));
}

std::optional<Connection::Core::Incoming> Connection::Core::take(std::uint64_t ticket) {
  auto node = incoming_.extract(ticket);
  if (node.empty()) return std::nullopt;
  by_id_.erase(node.mapped().id);
  return std::move(node.mapped());
}

void Connection::Core::deliver(std::uint64_t ticket, Outcome<Json> outcome) {
  auto request = take(ticket);
  if (!request) return;
  answer(request->id, std::move(outcome));
}

void Connection::Core::abandoned(std::uint64_t ticket) {
  if (dispatching_ == ticket) {
    abandoned_in_handler_ = true;
    return;
  }
  const auto entry = incoming_.find(ticket);
  if (entry == incoming_.end()) return;
  const std::string message = describe(entry->second.method, entry->second.id) + " ended without a reply";
  log(LogLevel::error, message);
  deliver(ticket, ResponseError(ErrorCode::internal_error, message));
}

void Connection::Core::replied_twice(const std::string& method, const RequestId& id) {
  log(LogLevel::error,
      "defect: " + describe(method, id) + " was answered twice; the second answer was dropped");
}

void Connection::Core::cancel(const Json& params) {
  const auto given = params.is_object() ? params.find("id") : params.end();
  const auto id = params.is_object() && given != params.end() ? RequestId::from_json(*given) : std::nullopt;
  if (!id) return log(LogLevel::warning, "$/cancelRequest without an integer or string id was ignored");
  const auto found = by_id_.find(*id);
  if (found == by_id_.end()) return;  // already answered: the usual race
  const auto entry = incoming_.find(found->second);
  if (entry->second.started && entry->second.kind != HandlerKind::query) {
    // What it changes may be changed already: only its handler knows how it ends.
    const std::stop_source stop = entry->second.stop;
    stop.request_stop();
    return;
  }
  auto request = take(found->second);
  answer(request->id, ResponseError(ErrorCode::request_cancelled, request->method + " was cancelled"));
  if (request->queued) queue_.withdraw(*request->queued);
  request->stop.request_stop();
}

Connection::Connection(Transport& transport, std::unique_ptr<Framing> framing, const Binder& binder,
                       ConnectionOptions options)
    : core_(std::make_shared<Core>(transport, std::move(framing), binder, std::move(options))) {}

Connection::~Connection() {
  core_->close("the connection was closed");
}

void Connection::receive(std::string_view bytes) {
  const auto keep = core_;
  keep->receive(bytes);
}

void Connection::close(const std::string& reason) {
  const auto keep = core_;
  keep->close(reason);
}

bool Connection::closed() const {
  return core_->closed();
}
bool Connection::cancel_call(const RequestId& id) {
  return core_->calls().cancel(id);
}
std::size_t Connection::unanswered_requests() const {
  return core_->unanswered();
}
std::size_t Connection::outstanding_calls() const {
  return core_->calls().outstanding();
}

void Connection::send_notification(std::string method, Json params) {
  core_->send(Notification{std::move(method), std::move(params)});
}

std::optional<RequestId> Connection::send_request(std::string method, Json params,
                                                  OutgoingCalls::Callback callback,
                                                  std::optional<std::chrono::milliseconds> timeout) {
  return core_->calls().start(std::move(method), std::move(params), std::move(callback), timeout);
}

}  // namespace pland::jsonrpc
