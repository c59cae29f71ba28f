// The state behind Validator, shared by the files that judge the two directions. Not for other use.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/conformance/capabilities.h"
#include "tests/conformance/document_history.h"
#include "tests/conformance/progress_ledger.h"
#include "tests/conformance/shapes.h"
#include "tests/conformance/validator.h"

namespace pland::conformance {

struct Validator::Session {
  enum class Phase { created, initializing, initialized, shutting_down, shut_down, exited };

  // A request that waits for its reply.
  struct Pending {
    std::string method;
    Json params;
    std::size_t index = 0;
    bool cancelled = false;
    int error_owed = 0;  // the only right answer is an error with this code
    bool shape_fits = true;
  };

  // A message taken apart; `method` of a reply is that of its request.
  struct Message {
    Direction direction;
    std::size_t index;
    std::string method;
    const Json* params = nullptr;  // null when there are none
    bool is_request = false;
  };

  const Shapes& shapes = lsp_shapes();
  ValidatorOptions options;
  std::vector<Violation> violations[2];  // by direction
  std::size_t count = 0;

  Phase phase = Phase::created;
  bool initialized_sent = false;
  bool trace_wanted = false;
  std::size_t garbage = 0;
  std::size_t read = 0;  // the server has surely read the client's messages up to this index

  Json client_capabilities = Json::object();
  Offer offer;
  DocumentHistory documents;
  ProgressLedger progress;
  std::map<std::string, Pending> pending[2];   // by direction of the request, then id
  std::set<std::string> answered[2];           // ids of requests that had their reply
  std::map<std::string, bool> pushed, pulled;  // by canonical URI: diagnostics are shown

  explicit Session(ValidatorOptions given) : options(std::move(given)) {}

  static std::size_t slot(Direction direction) { return direction == Direction::client_to_server ? 0 : 1; }

  void report(Check check, const Message& message, const std::string& path, const std::string& text) {
    violations[slot(message.direction)].push_back(
        {check, message.index, message.direction, message.method, path, text});
  }
  auto reporter(const Message& message) {
    return [this, message](Check check, const std::string& path, const std::string& text) {
      report(check, message, path, text);
    };
  }

  const CustomMethod* custom(const std::string& name) const {
    const auto found = std::find_if(options.custom_methods.begin(), options.custom_methods.end(),
                                    [&](const CustomMethod& m) { return m.name == name; });
    return found == options.custom_methods.end() ? nullptr : &*found;
  }

  // validator.cpp
  void feed(Direction direction, const Json& json);
  bool envelope_is_sound(const Message& message, const Json& json);
  bool check_method(const Message& message);
  bool check_params(const Message& message);
  void report_shape(const Message& message, const std::vector<ShapeProblem>& problems);
  void finish(Ending ending);

  // client_messages.cpp
  void client_call(const Message& message, const std::string& id);
  void client_notification(const Message& message, bool shape_fits);
  void client_document_sync(const Message& message);
  void client_reply(Message message, const Json& json);

  // server_messages.cpp
  void server_call(const Message& message, const std::string& id);
  void server_lifecycle(const Message& message);
  void server_notification_or_request(const Message& message);
  void server_progress(const Message& message);
  void server_registrations(const Message& message);

  // server_replies.cpp
  void server_reply(Message message, const Json& json);
  void server_error(const Message& message, const Pending& request, const Json& error);
  void server_result(const Message& message, const Pending& request, const Json& result);
  void initialize_result(const Message& message, const Json& result);
  void resolved_properties(const Message& message, const Pending& request, const Json& result);

  void check_server_content(const Message& message, const Type& type, const Json& value,
                            const std::string& path, const Pending* request);
};

}  // namespace pland::conformance
