#include "tests/conformance/validator.h"

#include "tests/conformance/session.h"

namespace pland::conformance {

Validator::Validator(ValidatorOptions options) : session_(std::make_unique<Session>(std::move(options))) {}
Validator::~Validator() = default;
Validator::Validator(Validator&&) noexcept = default;
Validator& Validator::operator=(Validator&&) noexcept = default;

void Validator::feed(Direction direction, const Json& message) {
  session_->feed(direction, message);
}
void Validator::client_sent_garbage() {
  ++session_->garbage;
}
void Validator::finish(Ending ending) {
  session_->finish(ending);
}
std::size_t Validator::message_count() const {
  return session_->count;
}

const std::vector<Violation>& Validator::violations() const {
  return session_->violations[Session::slot(Direction::server_to_client)];
}

const std::vector<Violation>& Validator::client_violations() const {
  return session_->violations[Session::slot(Direction::client_to_server)];
}

std::string to_string(const std::vector<Violation>& violations) {
  std::string text;
  for (const Violation& violation : violations) text += to_string(violation) + "\n";
  return text;
}

void Validator::Session::feed(Direction direction, const Json& json) {
  Message message{direction, count++, {}, nullptr, false};
  const bool from_client = direction == Direction::client_to_server;
  if (!envelope_is_sound(message, json)) return;

  if (!json.contains("method")) {
    return from_client ? client_reply(message, json) : server_reply(message, json);
  }
  message.method = json.at("method").get<std::string>();
  message.is_request = json.contains("id");
  if (const auto params = json.find("params"); params != json.end() && !params->is_null())
    message.params = &*params;
  const std::string id = message.is_request ? json.at("id").dump() : std::string();
  from_client ? client_call(message, id) : server_call(message, id);
}

bool Validator::Session::envelope_is_sound(const Message& message, const Json& json) {
  auto unsound = [&](const std::string& text) {
    report(Check::malformed_message, message, "", text);
    return false;
  };
  if (!json.is_object()) return unsound("a message is one object");
  if (json.value("jsonrpc", Json()) != "2.0") return unsound("`jsonrpc` must be \"2.0\"");
  for (const auto& [key, value] : json.items()) {
    static const std::set<std::string> known = {"jsonrpc", "id", "method", "params", "result", "error"};
    if (!known.contains(key)) return unsound("a message has no `" + key + "`");
  }
  const bool is_call = json.contains("method");
  if (const auto id = json.find("id"); id != json.end()) {
    const bool may_be_null = !is_call && json.contains("error");
    if (!id->is_string() && !id->is_number_integer() && !(id->is_null() && may_be_null)) {
      return unsound("an `id` is a string or an integer");
    }
  } else if (!is_call) {
    return unsound("neither `method` nor `id`");
  }
  if (is_call) {
    if (!json.at("method").is_string()) return unsound("`method` must be a string");
    if (json.contains("result") || json.contains("error"))
      return unsound("a call has neither `result` nor `error`");
    const auto params = json.find("params");
    if (params == json.end() || params->is_structured()) return true;
    // Clients in the field send null for no params.
    const bool tolerated = params->is_null() && message.direction == Direction::client_to_server;
    return tolerated || unsound("`params` must be an object or an array");
  }
  if (json.contains("params")) return unsound("a reply has no `params`");
  if (json.contains("result") == json.contains("error"))
    return unsound("a reply has one of `result` and `error`");
  return true;
}

// The method exists, in this direction and as this sort of message.
bool Validator::Session::check_method(const Message& message) {
  const bool from_client = message.direction == Direction::client_to_server;
  bool is_request = false, right_way = false;
  if (const CustomMethod* own = custom(message.method)) {
    is_request = own->is_request;
    right_way = own->direction == message.direction;
  } else if (const Method* method = shapes.method(message.method)) {
    is_request = method->is_request;
    right_way = from_client ? method->client_sends : method->server_sends;
  } else {
    report(Check::unknown_method, message, "", "neither in the protocol nor declared for this session");
    return false;
  }
  if (!right_way) {
    report(Check::wrong_direction, message, "",
           from_client ? "only a server sends this" : "only a client sends this");
    return false;
  }
  if (is_request != message.is_request) {
    report(Check::wrong_message_kind, message, "",
           is_request ? "a request needs an id" : "a notification has no id");
    return false;
  }
  return true;
}

bool Validator::Session::check_params(const Message& message) {
  const Method* method = shapes.method(message.method);
  if (method == nullptr) return true;  // the session's own
  const bool strict = message.direction == Direction::server_to_client;
  std::vector<ShapeProblem> problems;
  if (method->params) {
    static const Json nothing = nullptr;
    problems = shapes.check(*method->params, message.params ? *message.params : nothing, "params", strict);
  } else if (message.params != nullptr && strict) {
    problems.push_back({ShapeProblem::Kind::unknown_property, "params", "this method has none"});
  }
  // Recorded clients declare odd things, and a server has to live with them: Neovim 0.9 sends a list for
  // callHierarchy.
  if (message.method == "initialize") {
    std::erase_if(problems, [](const ShapeProblem& p) { return p.path.find("params.capabilities.") == 0; });
  }
  report_shape(message, problems);
  return problems.empty();
}

void Validator::Session::report_shape(const Message& message, const std::vector<ShapeProblem>& problems) {
  for (const ShapeProblem& problem : problems) {
    Check check = Check::wrong_type;
    switch (problem.kind) {
      case ShapeProblem::Kind::missing_property:
        check = Check::missing_property;
        break;
      case ShapeProblem::Kind::wrong_type:
        check = Check::wrong_type;
        break;
      case ShapeProblem::Kind::bad_value:
        check = Check::bad_value;
        break;
      case ShapeProblem::Kind::unknown_property:
        check = Check::unknown_property;
        break;
      case ShapeProblem::Kind::bad_uri:
        check = Check::bad_uri;
        break;
    }
    report(check, message, problem.path, problem.text);
  }
}

void Validator::Session::finish(Ending ending) {
  if (ending == Ending::connection_lost) return;
  const Direction sides[] = {Direction::client_to_server, Direction::server_to_client};
  for (const Direction asked : sides) {
    const Direction owing = asked == sides[0] ? sides[1] : sides[0];
    for (const auto& [id, request] : pending[slot(asked)]) {
      report(Check::no_reply, {owing, count, request.method, nullptr, true}, "",
             "request " + id + ", message #" + std::to_string(request.index) + ", has no reply");
    }
  }
  progress.finish(reporter({Direction::server_to_client, count, "$/progress", nullptr, false}));
  if (phase != Phase::exited) {
    report(Check::unclean_end, {Direction::client_to_server, count, "exit", nullptr, false}, "",
           "the session ended without shutdown and exit");
  }
}

}  // namespace pland::conformance
