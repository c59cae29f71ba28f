#include "protocol/jsonrpc/message.h"

#include "protocol/jsonrpc/reader.h"

namespace pland::jsonrpc {
namespace {

MalformedMessage refuse(ErrorCode code, std::string message, std::optional<RequestId> id = std::nullopt) {
  return MalformedMessage{.answer = true, .id = std::move(id), .error = {code, std::move(message)}};
}

MalformedMessage ignore(std::string message) {
  return MalformedMessage{
      .answer = false, .id = std::nullopt, .error = {ErrorCode::invalid_request, std::move(message)}};
}

std::variant<Message, MalformedMessage> parse_response(Json& object, const std::optional<RequestId>& id) {
  const auto result = object.find("result");
  const auto error = object.find("error");
  if (!id && !(object.contains("id") && object["id"].is_null())) {
    return ignore("a response without an integer or string id");
  }
  if (error == object.end() || (error->is_null() && result != object.end())) {
    if (result == object.end()) return ignore("a response with neither result nor error");
    return Response{id, std::move(*result)};
  }
  if (!error->is_object()) return ignore("a response whose error is no object");
  const auto code = error->find("code");
  if (code == error->end() || !code->is_number_integer())
    return ignore("a response whose error has no integer code");
  ResponseError parsed;
  parsed.code = static_cast<int>(code->get<std::int64_t>());
  if (const auto text = error->find("message"); text != error->end() && text->is_string()) {
    parsed.message = text->get<std::string>();
  }
  if (const auto data = error->find("data"); data != error->end()) parsed.data = std::move(*data);
  return Response{id, std::move(parsed)};
}

}  // namespace

Json RequestId::to_json() const {
  if (const auto* n = number()) return *n;
  return *text();
}

std::optional<RequestId> RequestId::from_json(const Json& value) {
  if (value.is_string()) return RequestId(value.get<std::string>());
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  if (value.is_number_integer()) return RequestId(value.get<std::int64_t>());
  return std::nullopt;
}

std::string to_string(const RequestId& id) {
  return dump_json(id.to_json());
}

bool read_json(Reader in, RequestId& out) {
  if (const auto id = RequestId::from_json(in.json())) {
    out = *id;
    return true;
  }
  return in.expected("an integer or a string");
}

void write_json(Writer out, const RequestId& value) {
  out.set_copy(value.to_json());
}

std::variant<Message, MalformedMessage> parse_message(std::string_view body) {
  std::string problem;
  std::optional<Json> parsed = parse_json(body, problem);
  if (!parsed) return refuse(ErrorCode::parse_error, std::move(problem));
  Json& object = *parsed;
  if (object.is_array()) {
    return refuse(ErrorCode::invalid_request, "batches are not part of LSP; send the messages one by one");
  }
  if (!object.is_object()) {
    return refuse(ErrorCode::invalid_request,
                  std::string("a message is an object, found ") + object.type_name());
  }
  std::optional<RequestId> id;
  if (const auto found = object.find("id"); found != object.end()) id = RequestId::from_json(*found);

  const auto method = object.find("method");
  if (method == object.end() && (object.contains("result") || object.contains("error"))) {
    return parse_response(object, id);
  }
  const auto version = object.find("jsonrpc");
  if (version == object.end() || *version != "2.0") {
    return refuse(ErrorCode::invalid_request, "the member \"jsonrpc\" must be \"2.0\"", id);
  }
  if (method == object.end() || !method->is_string()) {
    return refuse(ErrorCode::invalid_request, "the member \"method\" must be a string", id);
  }
  const auto given = object.find("params");
  Json params = given == object.end() ? Json() : std::move(*given);
  if (!params.is_null() && !params.is_structured()) {
    return refuse(
        ErrorCode::invalid_request,
        std::string("the member \"params\" must be an object or an array, found ") + params.type_name(), id);
  }
  std::string name = method->get<std::string>();
  if (!object.contains("id")) return Notification{std::move(name), std::move(params)};
  if (!id) return refuse(ErrorCode::invalid_request, "the member \"id\" must be an integer or a string");
  return Request{std::move(*id), std::move(name), std::move(params)};
}

std::string serialize(const Message& message) {
  Json object = {{"jsonrpc", "2.0"}};
  const auto put_call = [&object](const std::string& method, const Json& params) {
    object["method"] = method;
    if (!params.is_null()) object["params"] = params;
  };
  if (const auto* request = std::get_if<Request>(&message)) {
    object["id"] = request->id.to_json();
    put_call(request->method, request->params);
  } else if (const auto* notification = std::get_if<Notification>(&message)) {
    put_call(notification->method, notification->params);
  } else {
    const auto& response = std::get<Response>(message);
    object["id"] = response.id ? response.id->to_json() : Json();
    if (response.result.ok()) {
      object["result"] = response.result.value();
    } else {
      const ResponseError& error = response.result.error();
      object["error"] = {{"code", error.code}, {"message", error.message}};
      if (error.data) object["error"]["data"] = *error.data;
    }
  }
  return dump_json(object);
}

}  // namespace pland::jsonrpc
