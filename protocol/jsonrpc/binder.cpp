#include "protocol/jsonrpc/binder.h"

#include <stdexcept>

namespace pland::jsonrpc {

const Json& detail::params_or_empty(const Json& params) {
  static const Json empty = Json::object();
  return params.is_null() || (params.is_array() && params.empty()) ? empty : params;
}

void Binder::add(std::string method, Method bound) {
  if (methods_.contains(method)) throw std::logic_error("the method " + method + " is bound twice");
  methods_.emplace(std::move(method), std::move(bound));
}

const Binder::Method* Binder::find(std::string_view method) const {
  const auto found = methods_.find(method);
  return found == methods_.end() ? nullptr : &found->second;
}

std::vector<std::pair<std::string, HandlerKind>> Binder::methods() const {
  std::vector<std::pair<std::string, HandlerKind>> out;
  out.reserve(methods_.size());
  for (const auto& [name, bound] : methods_) out.emplace_back(name, bound.kind);
  return out;
}

Order Binder::order(const std::string& method, const Method& bound, const Json& params) const {
  return bound.order ? bound.order(params) : order_of(method, bound.kind, params);
}

}  // namespace pland::jsonrpc
