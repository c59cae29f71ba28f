// Typed registration of handlers by method name. The bound table is the server's whole surface.
//
//     binder.query("textDocument/hover", [&](const HoverParams& params, Reply<std::optional<Hover>> reply)
//     {...}); binder.mutation("pland/rollback", &session, &Session::on_rollback); binder.quick("shutdown",
//     [](const Nothing&) -> Outcome<Null> { ... }); binder.notification("textDocument/didOpen", [&](const
//     DidOpenTextDocumentParams& params) {...});
//
// Param and Result types are deduced. A request handler is one of
//     void(const P&, Reply<R>)      void(const P&, Reply<R>, std::stop_token)      Outcome<R>(const P&)
// The kind says how the message is ordered (ordering.h): a query reads, a mutation changes, quick waits for
// nothing. Params of the wrong shape are answered with InvalidParams and the JSON path, without calling the
// handler. Binding a method twice is a defect and throws std::logic_error at start-up.
// Fill it before the connection starts; afterwards it is only read. Loop thread only.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "protocol/jsonrpc/ordering.h"
#include "protocol/jsonrpc/reader.h"
#include "protocol/jsonrpc/reply.h"

namespace pland::jsonrpc {

namespace detail {

template <typename F>
struct HandlerTraits : HandlerTraits<decltype(&F::operator())> {};
template <typename C, typename R, typename... A>
struct HandlerTraits<R (C::*)(A...) const> : HandlerTraits<R (*)(A...)> {};
template <typename C, typename R, typename... A>
struct HandlerTraits<R (C::*)(A...)> : HandlerTraits<R (*)(A...)> {};
template <typename R, typename P>
struct HandlerTraits<R (*)(P)> {
  using Params = std::remove_cvref_t<P>;
};
template <typename P, typename T>
struct HandlerTraits<void (*)(P, Reply<T>)> {
  using Params = std::remove_cvref_t<P>;
  using Result = T;
};
template <typename P, typename T>
struct HandlerTraits<void (*)(P, Reply<T>, std::stop_token)> : HandlerTraits<void (*)(P, Reply<T>)> {};
template <typename P, typename T>
struct HandlerTraits<Outcome<T> (*)(P)> {
  using Params = std::remove_cvref_t<P>;
  using Result = T;
};

/// Absent params and the empty array of Lua clients read as {}.
const Json& params_or_empty(const Json& params);

template <typename P>
std::optional<ResponseError> read_params(const Json& json, P& out) {
  ReadProblems problems;
  bool ok = false;
  if constexpr (std::is_same_v<P, Json>) {
    ok = read_json(Reader(json, "params", problems), out);
  } else {
    ok = read_json(Reader(params_or_empty(json), "params", problems), out);
  }
  if (ok) return std::nullopt;
  return ResponseError(ErrorCode::invalid_params, problems.to_string());
}

}  // namespace detail

class Binder {
 public:
  /// Overrides order_of for one method, for example by the command that executeCommand names.
  using OrderOf = std::function<Order(const Json& params)>;

  struct Method {
    HandlerKind kind = HandlerKind::quick;
    std::function<void(const Json& params, Replier replier)> request;  ///< empty for notifications
    std::function<std::optional<ResponseError>(const Json& params)> notification;  ///< empty for requests
    OrderOf order;                                                                 ///< may be empty
  };

  template <typename F>
  void query(std::string method, F handler, OrderOf order = {}) {
    bind_request(std::move(method), HandlerKind::query, std::move(handler), std::move(order));
  }
  template <typename F>
  void mutation(std::string method, F handler, OrderOf order = {}) {
    bind_request(std::move(method), HandlerKind::mutation, std::move(handler), std::move(order));
  }
  template <typename F>
  void quick(std::string method, F handler, OrderOf order = {}) {
    bind_request(std::move(method), HandlerKind::quick, std::move(handler), std::move(order));
  }
  template <typename F>
  void notification(std::string method, F handler, OrderOf order = {}) {
    using Params = typename detail::HandlerTraits<F>::Params;
    Method bound{
        .kind = HandlerKind::notification, .request = {}, .notification = {}, .order = std::move(order)};
    bound.notification = [handler =
                              std::move(handler)](const Json& json) mutable -> std::optional<ResponseError> {
      Params params{};
      if (auto error = detail::read_params(json, params)) return error;
      handler(std::as_const(params));
      return std::nullopt;
    };
    add(std::move(method), std::move(bound));
  }

  // The same for member functions; `object` must outlive the connection.
  template <typename C, typename R, typename... A>
  void query(std::string method, C* object, R (C::*member)(A...), OrderOf order = {}) {
    query(std::move(method), bound_to(object, member), std::move(order));
  }
  template <typename C, typename R, typename... A>
  void mutation(std::string method, C* object, R (C::*member)(A...), OrderOf order = {}) {
    mutation(std::move(method), bound_to(object, member), std::move(order));
  }
  template <typename C, typename R, typename... A>
  void quick(std::string method, C* object, R (C::*member)(A...), OrderOf order = {}) {
    quick(std::move(method), bound_to(object, member), std::move(order));
  }
  template <typename C, typename R, typename... A>
  void notification(std::string method, C* object, R (C::*member)(A...), OrderOf order = {}) {
    notification(std::move(method), bound_to(object, member), std::move(order));
  }

  /// Null for a method that is not bound.
  const Method* find(std::string_view method) const;
  /// Every bound method, sorted by name.
  std::vector<std::pair<std::string, HandlerKind>> methods() const;
  Order order(const std::string& method, const Method& bound, const Json& params) const;

 private:
  template <typename C, typename R, typename... A>
  static auto bound_to(C* object, R (C::*member)(A...)) {
    return [object, member](A... arguments) -> R { return (object->*member)(std::forward<A>(arguments)...); };
  }

  template <typename F>
  void bind_request(std::string method, HandlerKind kind, F handler, OrderOf order) {
    using Params = typename detail::HandlerTraits<F>::Params;
    using Result = typename detail::HandlerTraits<F>::Result;
    Method bound{.kind = kind, .request = {}, .notification = {}, .order = std::move(order)};
    bound.request = [handler = std::move(handler)](const Json& json, Replier replier) mutable {
      Params params{};
      if (auto error = detail::read_params(json, params)) return replier.send(std::move(*error));
      const Params& given = params;
      if constexpr (std::is_invocable_v<F, const Params&, Reply<Result>, std::stop_token>) {
        std::stop_token stop = replier.stop_token();
        handler(given, Reply<Result>(std::move(replier)), std::move(stop));
      } else if constexpr (std::is_invocable_v<F, const Params&, Reply<Result>>) {
        handler(given, Reply<Result>(std::move(replier)));
      } else {
        Reply<Result> reply(std::move(replier));
        reply(handler(given));
      }
    };
    add(std::move(method), std::move(bound));
  }

  void add(std::string method, Method bound);

  std::map<std::string, Method, std::less<>> methods_;
};

}  // namespace pland::jsonrpc
