// Watches one session between an LSP client and a server, and says where the server (or the client, that is:
// the test) breaks the protocol. Feed it every message of both directions, in the order in which the client
// sees them.
//
// It allows for messages that cross on the wire: what the server says about a document must hold for the text
// that the server has surely read (a reply proves that everything sent before its request was read) or for
// any later one.
//
// Not thread-safe. Depends on nothing of the product.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/conformance/violation.h"

namespace pland::conformance {

// A method that the protocol does not define and this session may use. Its params and result are not checked.
struct CustomMethod {
  std::string name;
  Direction direction = Direction::client_to_server;
  bool is_request = true;
  std::string client_capability;  // the server may use it only when the client declared this; empty: always
};

struct ValidatorOptions {
  std::vector<CustomMethod> custom_methods;
  std::set<std::string> client_commands;  // commands that the editor executes itself
};

enum class Ending {
  clean,            // shutdown was answered, exit was sent
  connection_lost,  // the server was killed or the pipe was cut: nothing is owed any more
};

class Validator {
 public:
  explicit Validator(ValidatorOptions options = {});
  ~Validator();
  Validator(Validator&&) noexcept;
  Validator& operator=(Validator&&) noexcept;

  void feed(Direction direction, const nlohmann::json& message);

  // The client sent bytes that are no message, on purpose: the server may answer once with an error whose id
  // is null.
  void client_sent_garbage();

  // No more messages. Checks what is still owed.
  void finish(Ending ending);

  const std::vector<Violation>& violations() const;         // of the server
  const std::vector<Violation>& client_violations() const;  // of the client
  std::size_t message_count() const;

 private:
  struct Session;
  std::unique_ptr<Session> session_;
};

// One violation a line.
std::string to_string(const std::vector<Violation>& violations);

}  // namespace pland::conformance
