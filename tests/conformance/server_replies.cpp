// Replies of the server: each request has one, and it is of the right sort.
#include "tests/conformance/session.h"

namespace pland::conformance {

namespace {
constexpr int method_not_found = -32601, request_cancelled = -32800, server_cancelled = -32802;
}

void Validator::Session::server_reply(Message message, const Json& json) {
  if (json.at("id").is_null()) {
    if (garbage == 0)
      return report(Check::unknown_reply_id, message, "id", "null, and the client sent no garbage");
    --garbage;
    return server_error(message, {}, json.at("error"));
  }
  const std::string id = json.at("id").dump();
  const auto found = pending[0].find(id);
  if (found == pending[0].end()) {
    const bool twice = answered[0].contains(id);
    return report(twice ? Check::second_reply : Check::unknown_reply_id, message, "id",
                  id + (twice ? " had its reply" : " belongs to no request"));
  }
  const Pending request = std::move(found->second);
  pending[0].erase(found);
  answered[0].insert(id);
  message.method = request.method;
  read = std::max(read, request.index);
  if (request.shape_fits) progress.client_request_replied(request.params, reporter(message));

  if (json.contains("error")) {
    server_error(message, request, json.at("error"));
  } else {
    server_result(message, request, json.at("result"));
  }
}

void Validator::Session::server_error(const Message& message, const Pending& request, const Json& error) {
  const bool sound = error.is_object() && error.contains("code") && error.at("code").is_number_integer() &&
                     error.contains("message") && error.at("message").is_string() &&
                     std::all_of(error.items().begin(), error.items().end(), [](const auto& item) {
                       return item.key() == "code" || item.key() == "message" || item.key() == "data";
                     });
  if (!sound) return report(Check::malformed_error, message, "error", "an error is {code, message, data?}");

  const int code = error.at("code").get<int>();
  if (message.method == "initialize" && phase == Phase::initializing && request.error_owed == 0)
    phase = Phase::created;
  if (request.error_owed != 0) {
    if (code != request.error_owed) {
      const bool unknown_method = request.error_owed == method_not_found;
      report(unknown_method ? Check::accepted_unknown_method : Check::accepted_out_of_turn, message,
             "error.code", std::to_string(code) + ", expected " + std::to_string(request.error_owed));
    }
    return;
  }
  auto known = [&](const char* enumeration) {
    const auto& values = shapes.enumeration(enumeration)->values;
    return std::find(values.begin(), values.end(), code) != values.end();
  };
  // JSON-RPC keeps this range to itself and LSP.
  if (code >= -32899 && code <= -32000 && !known("ErrorCodes") && !known("LSPErrorCodes")) {
    report(Check::unknown_error_code, message, "error.code",
           std::to_string(code) + " is reserved, and undefined");
  }
  const Method* method = shapes.method(message.method);
  if (code == request_cancelled && !request.cancelled) {
    report(Check::uninvited_cancellation, message, "error.code", "the client did not cancel this request");
  } else if (code == server_cancelled && method != nullptr && !method->server_may_cancel) {
    report(Check::uninvited_cancellation, message, "error.code", "a server may not cancel this request");
  }
  const bool lifecycle = message.method == "initialize" || message.method == "shutdown";
  const bool owned =
      custom(message.method) != nullptr || lifecycle || (method != nullptr && offer.offers(*method));
  if (code == method_not_found && owned && !message.method.empty()) {
    report(Check::refused_advertised_method, message, "error.code", "the server offers this method");
  }
}

void Validator::Session::server_result(const Message& message, const Pending& request, const Json& result) {
  if (request.error_owed != 0) {
    const bool unknown_method = request.error_owed == method_not_found;
    return report(unknown_method ? Check::accepted_unknown_method : Check::accepted_out_of_turn, message,
                  "result", "a result, expected error " + std::to_string(request.error_owed));
  }
  const Method* method = shapes.method(message.method);
  bool shape_fits = true, readable = true;
  if (method != nullptr && method->result) {
    const auto problems = shapes.check(*method->result, result, "result", true);
    report_shape(message, problems);
    shape_fits = problems.empty();
    readable = std::all_of(problems.begin(), problems.end(), [](const ShapeProblem& p) {
      return p.kind == ShapeProblem::Kind::unknown_property;
    });
  }
  if (message.method == "initialize") {
    phase = Phase::initialized;
    if (readable) initialize_result(message, result);
  } else if (message.method == "shutdown" && phase == Phase::shutting_down) {
    phase = Phase::shut_down;
  }
  if (!shape_fits || method == nullptr || !method->result || !request.shape_fits) return;
  resolved_properties(message, request, result);
  check_server_content(message, *method->result, result, "result", &request);
}

void Validator::Session::initialize_result(const Message& message, const Json& result) {
  offer.server_capabilities = result.at("capabilities");
  const Json* offered = at_path(client_capabilities, "general.positionEncodings");
  const std::string chosen = offer.server_capabilities.value("positionEncoding", "utf-16");
  // utf-16 is always understood.
  const bool understood =
      chosen == "utf-16" ||
      (offered != nullptr && std::find(offered->begin(), offered->end(), chosen) != offered->end());
  if (!understood) {
    report(Check::encoding_not_offered, message, "result.capabilities.positionEncoding", chosen);
  }
  documents.encoding = encoding_named(chosen).value_or(Encoding::utf16);
}

// A resolve fills in what the client said may come late, and leaves everything else as it was.
void Validator::Session::resolved_properties(const Message& message, const Pending& request,
                                             const Json& result) {
  struct Resolve {
    const char* method;
    const char* capability;
    Json unless_declared;
  };
  static const Resolve resolves[] = {
      {"codeAction/resolve", "textDocument.codeAction.resolveSupport", {"edit"}},
      {"codeLens/resolve", "textDocument.codeLens.resolveSupport", {"command"}},
      {"inlayHint/resolve", "textDocument.inlayHint.resolveSupport", {"tooltip"}},
      {"completionItem/resolve",
       "textDocument.completion.completionItem.resolveSupport",
       {"documentation", "detail"}},
      {"documentLink/resolve", "", {"target", "tooltip"}},
      {"workspaceSymbol/resolve", "workspace.symbol.resolveSupport", {"location.range"}},
  };
  for (const Resolve& resolve : resolves) {
    if (message.method != resolve.method) continue;
    std::set<std::string> late;
    const Json* list = at_path(client_capabilities, std::string(resolve.capability) + ".properties");
    for (const Json& name : list != nullptr ? *list : resolve.unless_declared) {
      if (!name.is_string()) continue;  // a client's capabilities are taken as they come
      const std::string path = name.get<std::string>();
      late.insert(path.substr(0, path.find('.')));
    }
    std::set<std::string> keys;
    for (const Json* side : {&request.params, &result}) {
      for (const auto& [key, value] : side->items()) keys.insert(key);
    }
    for (const std::string& key : keys) {
      if (!late.contains(key) && request.params.value(key, Json()) != result.value(key, Json())) {
        report(Check::resolve_changed_property, message, "result." + key,
               "the client resolves other properties only");
      }
    }
  }
}

}  // namespace pland::conformance
