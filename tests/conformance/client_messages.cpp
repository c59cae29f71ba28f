// What the client sends: it moves the session on, and tests make mistakes too.
#include "tests/conformance/session.h"

namespace pland::conformance {

namespace {
constexpr int server_not_initialized = -32002, invalid_request = -32600, method_not_found = -32601;
}

void Validator::Session::client_call(const Message& message, const std::string& id) {
  Pending request{message.method, message.params ? *message.params : Json(), message.index, false, 0, true};
  const bool is_initialize = message.method == "initialize", is_exit = message.method == "exit";

  // Calls that come out of turn are owed a refusal (requests) or are dropped (notifications).
  std::string out_of_turn;
  if (phase == Phase::created && !is_initialize && !is_exit) {
    out_of_turn = "before initialize";
    request.error_owed = server_not_initialized;
  } else if (phase != Phase::created && is_initialize) {
    out_of_turn = "a second time";
    request.error_owed = invalid_request;
  } else if (phase == Phase::initializing && message.method != "$/cancelRequest" && !is_exit) {
    out_of_turn = "before the reply to initialize";
  } else if ((phase == Phase::shutting_down || phase == Phase::shut_down) && !is_exit &&
             message.method != "$/cancelRequest") {
    out_of_turn = "after shutdown";
    request.error_owed = invalid_request;
  }
  if (!out_of_turn.empty()) report(Check::out_of_turn, message, "", out_of_turn);

  // Anyone may send "$/..." notifications; who does not know them ignores them.
  const bool optional_notification = !message.is_request && message.method.compare(0, 2, "$/") == 0;
  const Method* method = shapes.method(message.method);
  const bool known = method != nullptr || custom(message.method) != nullptr;
  const bool sound_method = (optional_notification && !known) || check_method(message);
  if (!known && request.error_owed == 0) request.error_owed = method_not_found;
  request.shape_fits = sound_method && check_params(message);
  if (phase == Phase::initialized && method != nullptr && sound_method && !offer.offers(*method)) {
    report(Check::not_advertised, message, "", "the server does not offer " + method->server_capability);
  }

  if (!message.is_request) {
    if (sound_method && out_of_turn.empty()) client_notification(message, request.shape_fits);
    return;
  }
  if (pending[0].contains(id))
    report(Check::reused_request_id, message, "id", id + " is still waiting for its reply");
  answered[0].erase(id);
  if (request.shape_fits && out_of_turn.empty()) {
    progress.client_request(request.params, message.method);
    if (is_initialize) {
      phase = Phase::initializing;
      client_capabilities = request.params.at("capabilities");
      trace_wanted = request.params.value("trace", "off") != "off";
    } else if (message.method == "shutdown") {
      phase = Phase::shutting_down;
    } else if (message.method == "workspace/executeCommand") {
      const std::string command = request.params.at("command");
      if (!offer.commands().contains(command)) {
        report(Check::unadvertised_command, message, "params.command", command + " is not advertised");
      }
    }
  }
  pending[0][id] = std::move(request);
}

void Validator::Session::client_notification(const Message& message, bool shape_fits) {
  if (message.method == "exit") {
    if (phase != Phase::shut_down) report(Check::unclean_end, message, "", "before the reply to shutdown");
    phase = Phase::exited;
  } else if (message.method == "initialized") {
    initialized_sent = true;
  } else if (!shape_fits || message.params == nullptr) {
    return;
  } else if (message.method == "$/cancelRequest") {
    const auto found = pending[0].find(message.params->at("id").dump());
    if (found != pending[0].end()) found->second.cancelled = true;
  } else if (message.method == "$/setTrace") {
    trace_wanted = trace_wanted || message.params->at("value") != "off";
  } else if (message.method == "window/workDoneProgress/cancel") {
    if (!progress.knows(message.params->at("token"))) progress.unknown(reporter(message));
  } else {
    client_document_sync(message);
  }
}

void Validator::Session::client_document_sync(const Message& message) {
  std::optional<std::string> problem;
  if (message.method == "textDocument/didOpen") problem = documents.open(message.index, *message.params);
  if (message.method == "textDocument/didChange") problem = documents.change(message.index, *message.params);
  if (message.method == "textDocument/didClose") problem = documents.close(message.index, *message.params);
  if (problem) report(Check::bad_document_sync, message, "params", *problem);
}

void Validator::Session::client_reply(Message message, const Json& json) {
  const std::string id = json.at("id").dump();
  const auto found = pending[1].find(id);
  if (found == pending[1].end()) {
    const bool twice = answered[1].contains(id);
    return report(twice ? Check::second_reply : Check::unknown_reply_id, message, "id", id);
  }
  const Pending request = std::move(found->second);
  pending[1].erase(found);
  answered[1].insert(id);
  message.method = request.method;

  const bool accepted = json.contains("result");
  const Method* method = shapes.method(request.method);
  if (accepted && method != nullptr && method->result) {
    report_shape(message, shapes.check(*method->result, json.at("result"), "result", false));
  }
  if (!request.shape_fits) return;
  if (request.method == "window/workDoneProgress/create") {
    progress.answered(request.params.at("token"), accepted);
  } else if (request.method == "client/registerCapability" && accepted) {
    for (const Json& registration : request.params.at("registrations")) {
      offer.registrations[registration.at("id").get<std::string>()] = {
          registration.at("method").get<std::string>(), registration.value("registerOptions", Json())};
    }
  }
}

}  // namespace pland::conformance
