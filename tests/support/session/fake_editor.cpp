#include "tests/support/session/fake_editor.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <exception>

#include "tests/conformance/profiles.h"
#include "tests/conformance/uri.h"

namespace pland::session {

using conformance::Direction;

namespace {

conformance::ValidatorOptions with_pland_methods(conformance::ValidatorOptions options) {
  const auto methods = pland_methods();
  options.custom_methods.insert(options.custom_methods.end(), methods.begin(), methods.end());
  return options;
}

Json call_message(const std::string& method, const Json& params) {
  Json message = {{"jsonrpc", "2.0"}, {"method", method}};
  if (!params.is_null()) message["params"] = params;
  return message;
}

}  // namespace

std::vector<conformance::CustomMethod> pland_methods() {
  std::vector<conformance::CustomMethod> methods;
  for (const char* verb :
       {"use",         "spawn",  "execute", "cancel",     "retry",    "resume",  "revert",
        "correct",     "status", "tree",    "errors",     "events",   "diff",    "conflicts",
        "checkpoints", "apply",  "undo",    "checkpoint", "rollback", "resolve", "redo",
        "gc",          "doctor", "log",     "sync"}) {
    methods.push_back({std::string("pland/") + verb, Direction::client_to_server, true, ""});
  }
  methods.push_back(
      {"pland/planChanged", Direction::server_to_client, false, "experimental.pland.planChanged"});
  return methods;
}

FakeEditor::FakeEditor(EditorOptions options)
    : options_(std::move(options)), validator_(with_pland_methods(options_.validator)) {}

FakeEditor::~FakeEditor() {
  if (concluded_ || std::uncaught_exceptions() > 0) return;
  try {
    finish();
  } catch (const std::exception& error) {
    FAIL_CHECK("the session did not end well: " << error.what());
  }
}

void FakeEditor::post(const Json& message) {
  validator_.feed(Direction::client_to_server, message);
  options_.send(frame(message.dump()));
}

void FakeEditor::send_bytes(std::string bytes) {
  options_.send(std::move(bytes));
}

void FakeEditor::receive(std::string_view bytes) {
  reader_.add(bytes);
  // The server is on the stack: what is wrong with its bytes is a complaint, not an exception in its face.
  try {
    while (const auto body = reader_.next()) {
      const Json message = Json::parse(*body);
      validator_.feed(Direction::server_to_client, message);
      handle(message);
    }
  } catch (const std::exception& error) {
    complaints_ += std::string("the server's output: ") + error.what() + "\n";
    reader_ = {};
  }
}

// Takes what it can; whether the message is right is the validator's business.
void FakeEditor::handle(const Json& message) {
  if (!message.is_object()) return;
  if (const auto method = message.find("method"); method != message.end() && method->is_string()) {
    if (message.contains("id")) return handle_request(message);
    const Json params = message.value("params", Json());
    notifications_.emplace_back(method->get<std::string>(), params);
    return handle_notification(*method, params);
  }
  const Json id = message.value("id", Json());
  if (!id.is_number_integer() || asked_.erase(id.get<int>()) == 0) return;
  replies_[id.get<int>()] = {message.value("result", Json()), message.value("error", Json())};
}

void FakeEditor::handle_notification(const std::string& method, const Json& params) {
  if (!params.is_object()) return;
  if (method == "textDocument/publishDiagnostics") {
    Published& file = diagnostics_[params.at("uri").get<std::string>()];
    file.version = params.value("version", Json());
    file.items = params.at("diagnostics");
    ++file.times;
  } else if (method == "window/showMessage" || method == "window/logMessage") {
    auto& list = method == "window/showMessage" ? messages_ : log_;
    list.push_back({params.at("type").get<int>(), params.at("message").get<std::string>(), {}});
  } else if (method == "$/progress") {
    const std::string token = params.at("token").dump();
    const Json& value = params.at("value");
    auto found =
        std::find_if(progress_.begin(), progress_.end(), [&](const auto& p) { return p.token == token; });
    if (found == progress_.end()) found = progress_.insert(progress_.end(), {token, {}, {}, false});
    if (value.is_object() && value.value("kind", "") == "begin") found->title = value.at("title");
    if (value.is_object() && value.value("kind", "") == "end") found->ended = true;
    found->events.push_back(value);
  }
}

RequestHandle FakeEditor::request(const std::string& method, const Json& params) {
  const int id = next_id_++;
  Json message = call_message(method, params);
  message["id"] = id;
  asked_[id] = method;
  post(message);
  return {id, method};
}

void FakeEditor::notify(const std::string& method, const Json& params) {
  post(call_message(method, params));
}

void FakeEditor::cancel(const RequestHandle& handle) {
  notify("$/cancelRequest", {{"id", handle.id}});
}

const Reply* FakeEditor::reply(const RequestHandle& handle) const {
  const auto found = replies_.find(handle.id);
  return found == replies_.end() ? nullptr : &found->second;
}

bool FakeEditor::pump_until(const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + options_.patience;
  while (!done()) {
    if (!options_.pump(deadline)) return done();
  }
  return true;
}

Reply FakeEditor::await(const RequestHandle& handle) {
  if (!pump_until([&] { return reply(handle) != nullptr; }))
    FAIL("no reply to " << handle.method << "\n" << dump());
  return *reply(handle);
}

Json FakeEditor::ask(const std::string& method, const Json& params) {
  const Reply answer = await(request(method, params));
  if (!answer.error.is_null()) FAIL(method << " was refused: " << answer.error.dump() << "\n" << dump());
  return answer.result;
}

Json FakeEditor::refused(const std::string& method, const Json& params) {
  const Reply answer = await(request(method, params));
  if (answer.error.is_null()) FAIL(method << " was not refused: " << answer.result.dump() << "\n" << dump());
  return answer.error;
}

Json FakeEditor::initialize() {
  Json params = {{"processId", nullptr}, {"rootUri", nullptr}, {"workspaceFolders", nullptr}};
  const Json profile = conformance::client_profile(options_.profile);
  params["clientInfo"] = profile.at("clientInfo");
  params["capabilities"] =
      options_.capabilities.is_null() ? profile.at("capabilities") : options_.capabilities;
  if (!options_.encodings.empty())
    params["capabilities"]["general"]["positionEncodings"] = options_.encodings;
  if (!options_.initialization_options.is_null())
    params["initializationOptions"] = options_.initialization_options;
  if (!options_.root.empty()) {
    params["rootUri"] = uri(".");
    params["workspaceFolders"] = Json::array();
    params["workspaceFolders"].push_back({{"uri", uri(".")}, {"name", options_.root.filename().string()}});
  }
  const Json result = ask("initialize", params);
  server_capabilities_ = result.value("capabilities", Json::object());
  encoding_ = conformance::encoding_named(server_capabilities_.value("positionEncoding", "utf-16"))
                  .value_or(conformance::Encoding::utf16);
  stage_ = Stage::running;
  notify("initialized", Json::object());
  return result;
}

void FakeEditor::shutdown() {
  ask("shutdown");
  stage_ = Stage::shut_down;
}

void FakeEditor::exit() {
  notify("exit");
  stage_ = Stage::exited;
}

void FakeEditor::connection_lost() {
  stage_ = Stage::lost;
}

std::string FakeEditor::conclude() {
  if (concluded_) return complaints_;
  concluded_ = true;
  if (stage_ == Stage::running) {
    const RequestHandle handle = request("shutdown");
    if (!pump_until([&] { return reply(handle) != nullptr; })) complaints_ += "no reply to shutdown\n";
    stage_ = Stage::shut_down;
  }
  if (stage_ == Stage::shut_down) exit();
  const bool clean = stage_ == Stage::exited;
  validator_.finish(clean ? conformance::Ending::clean : conformance::Ending::connection_lost);
  complaints_ += to_string(validator_.violations());
  if (!client_faults_allowed_) complaints_ += to_string(validator_.client_violations());
  return complaints_;
}

void FakeEditor::finish() {
  const std::string complaints = conclude();
  CHECK_MESSAGE(complaints.empty(), complaints);
}

bool FakeEditor::eventually(const Expectation& expectation) {
  return pump_until([&] { return expectation.met(*this); });
}

void FakeEditor::expect(const Expectation& expectation) {
  if (!eventually(expectation)) FAIL("expected " << expectation.description << "\n" << dump());
}

void FakeEditor::expect(std::function<bool(const FakeEditor&)> met, std::string description) {
  expect(Expectation{std::move(description), std::move(met)});
}

std::string FakeEditor::dump() const {
  std::string out = "--- what the editor has seen\n";
  for (const auto& [uri, file] : diagnostics_) {
    out += uri + " (published " + std::to_string(file.times) + " times): " + file.items.dump(1) + "\n";
  }
  for (const SeenProgress& p : progress_) {
    out += "progress " + p.title + (p.ended ? " ended" : " running") + ": " + Json(p.events).dump() + "\n";
  }
  for (const ShownMessage& m : messages_) out += "message: " + m.text + "\n";
  for (const ShownMessage& m : log_) out += "log: " + m.text + "\n";
  for (const auto& [method, params] : notifications_) {
    if (method.compare(0, 6, "pland/") == 0) out += method + ": " + params.dump() + "\n";
  }
  for (const auto& [id, method] : asked_) out += "no reply yet to " + method + "\n";
  for (const auto& [message, method] : held_) out += "held: " + method + "\n";
  return out + complaints_ + to_string(validator_.violations()) + to_string(validator_.client_violations());
}

std::vector<Json> FakeEditor::notifications(const std::string& method) const {
  std::vector<Json> list;
  for (const auto& [name, params] : notifications_) {
    if (name == method) list.push_back(params);
  }
  return list;
}

int FakeEditor::requests_received(const std::string& method) const {
  const auto found = requests_received_.find(method);
  return found == requests_received_.end() ? 0 : found->second;
}

const Published& FakeEditor::diagnostics(const std::string& path) const {
  static const Published nothing;
  const std::string wanted = conformance::canonical_uri(uri(path));
  for (const auto& [uri, file] : diagnostics_) {
    if (conformance::canonical_uri(uri) == wanted) return file;
  }
  return nothing;
}

}  // namespace pland::session
