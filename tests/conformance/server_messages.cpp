// Requests and notifications of the server.
#include "tests/conformance/content_checks.h"
#include "tests/conformance/session.h"
#include "tests/conformance/uri.h"

namespace pland::conformance {

void Validator::Session::server_call(const Message& message, const std::string& id) {
  server_lifecycle(message);
  if (!check_method(message)) return;
  const bool shape_fits = check_params(message);

  const Method* method = shapes.method(message.method);
  const CustomMethod* own = custom(message.method);
  const std::string capability =
      own ? own->client_capability : (message.is_request ? request_capability(*method) : std::string());
  if (!declared(client_capabilities, capability)) {
    report(message.is_request ? Check::undeclared_request : Check::undeclared_notification, message, "",
           "the client did not declare " + capability);
  }
  if (message.is_request) {
    if (pending[1].contains(id))
      report(Check::reused_request_id, message, "id", id + " is still waiting for its reply");
    answered[1].erase(id);
    pending[1][id] = {message.method, message.params ? *message.params : Json(), message.index, false, 0,
                      shape_fits};
  }
  if (shape_fits) server_notification_or_request(message);
}

void Validator::Session::server_lifecycle(const Message& message) {
  if (phase == Phase::created || phase == Phase::initializing) {
    static const std::set<std::string> early = {"window/showMessage", "window/logMessage", "telemetry/event",
                                                "window/showMessageRequest"};
    const bool on_clients_token = message.method == "$/progress" && message.params != nullptr &&
                                  progress.from_client(message.params->value("token", Json()));
    if (!early.contains(message.method) && !on_clients_token) {
      report(Check::before_initialize_reply, message, "", "the reply to initialize comes first");
    }
  } else if (message.is_request && (phase == Phase::shut_down || phase == Phase::exited)) {
    report(Check::request_after_shutdown, message, "", "nobody will answer");
  }
}

void Validator::Session::server_notification_or_request(const Message& message) {
  if (message.params == nullptr) return;
  if (message.method == "$/progress") return server_progress(message);
  if (message.method == "window/workDoneProgress/create") {
    progress.create(message.params->at("token"), reporter(message));
  } else if (message.method == "client/registerCapability" ||
             message.method == "client/unregisterCapability") {
    server_registrations(message);
  } else if (message.method == "textDocument/publishDiagnostics" && message.params->contains("version")) {
    // Who knows the version has read the message that made it.
    const DocumentState* known =
        documents.with_version(message.params->at("uri").get<std::string>(),
                               message.params->at("version").get<std::int64_t>(), read);
    if (known != nullptr) read = std::max(read, known->since);
  } else if (message.method == "$/logTrace" && !trace_wanted) {
    report(Check::unwanted_trace, message, "", "the client never asked for a trace");
  }
  if (const Method* method = shapes.method(message.method); method != nullptr && method->params) {
    check_server_content(message, *method->params, *message.params, "params", nullptr);
  }
}

void Validator::Session::server_progress(const Message& message) {
  const Json& token = message.params->at("token");
  const Json value = message.params->value("value", Json());
  if (!progress.knows(token)) return progress.unknown(reporter(message));

  if (const std::string method = progress.partial_result_of(token); !method.empty()) {
    progress.partial(token, reporter(message));
    const Method* asked = shapes.method(method);
    if (asked == nullptr || !asked->partial_result) return;
    const auto problems = shapes.check(*asked->partial_result, value, "params.value", true);
    report_shape(message, problems);
    return;
  }
  Type any_of;
  any_of.kind = Type::Kind::any_of;
  for (const char* name : {"WorkDoneProgressBegin", "WorkDoneProgressReport", "WorkDoneProgressEnd"}) {
    any_of.items.push_back(Shapes::named(name));
  }
  const auto problems = shapes.check(any_of, value, "params.value", true);
  report_shape(message, problems);
  if (problems.empty()) progress.work_done(token, value, reporter(message));
}

void Validator::Session::server_registrations(const Message& message) {
  const bool adding = message.method == "client/registerCapability";
  if (adding && !initialized_sent) {
    report(Check::registration_before_initialized, message, "", "the client has not sent `initialized`");
  }
  const std::string list = adding ? "registrations" : "unregisterations";
  const Json& entries = message.params->at(list);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string path = "params." + list + "[" + std::to_string(i) + "]";
    const std::string id = entries[i].at("id"), name = entries[i].at("method");
    if (!adding) {
      if (offer.registrations.erase(id) == 0) report(Check::unknown_registration, message, path, id);
      continue;
    }
    const Method* method = shapes.registrable(name);
    if (method == nullptr) {
      report(Check::unknown_method, message, path + ".method", name + " cannot be registered");
      continue;
    }
    if (!may_register(client_capabilities, *method)) {
      report(Check::undeclared_registration, message, path + ".method",
             "the client did not declare dynamicRegistration for " + name);
    }
    if (offer.registrations.contains(id)) {
      report(Check::duplicate_registration, message, path + ".id", id + " is registered already");
    } else if (offer.offers_statically(*method) && name != "workspace/executeCommand") {
      report(Check::duplicate_registration, message, path + ".method", name + " is in the initialize result");
    }
    const auto register_options = entries[i].find("registerOptions");
    if (register_options == entries[i].end() || !method->registration_options) continue;
    const auto problems =
        shapes.check(*method->registration_options, *register_options, path + ".registerOptions", true);
    report_shape(message, problems);
    if (problems.empty()) {
      check_server_content(message, *method->registration_options, *register_options,
                           path + ".registerOptions", nullptr);
    }
  }
}

void Validator::Session::check_server_content(const Message& message, const Type& type, const Json& value,
                                              const std::string& path, const Pending* request) {
  ContentContext context{shapes, documents, client_capabilities, message.method, {}, read, false, false, {},
                         {},     {}};
  if (request != nullptr) {
    context.is_reply = true;
    context.read = request->index;
    const Json* document = at_path(request->params, "textDocument.uri");
    if (document != nullptr) context.document_uri = document->get<std::string>();
  }
  const Json* resolvable = at_path(client_capabilities, "textDocument.codeAction.resolveSupport.properties");
  const bool client_resolves =
      resolvable != nullptr &&
      (std::find(resolvable->begin(), resolvable->end(), "edit") != resolvable->end() ||
       std::find(resolvable->begin(), resolvable->end(), "command") != resolvable->end());
  const Method* resolve = shapes.method("codeAction/resolve");
  context.can_resolve_code_actions = client_resolves && offer.offers(*resolve);
  context.known_commands = offer.commands();
  context.known_commands.insert(options.client_commands.begin(), options.client_commands.end());
  context.report = reporter(message);
  context.diagnostics_for = [&](const std::string& uri, bool any, const std::string& where) {
    const bool pushing = message.method == "textDocument/publishDiagnostics";
    auto& mine = pushing ? pushed : pulled;
    const auto& others = pushing ? pulled : pushed;
    const std::string canonical = canonical_uri(uri);
    mine[canonical] = any;
    const auto other = others.find(canonical);
    if (any && other != others.end() && other->second) {
      report(Check::pushed_and_pulled, message, where,
             uri + " has diagnostics both ways, the user sees them twice");
    }
  };
  check_content(context, type, value, path);
}

}  // namespace pland::conformance
