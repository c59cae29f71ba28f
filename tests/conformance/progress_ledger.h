// The life of every progress token: made, begun, reported, ended, each in its turn.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "tests/conformance/shapes.h"
#include "tests/conformance/violation.h"

namespace pland::conformance {

class ProgressLedger {
 public:
  using Report = std::function<void(Check, const std::string& path, const std::string& text)>;

  // The server's window/workDoneProgress/create, and the client's answer to it.
  void create(const Json& token, const Report& report);
  void answered(const Json& token, bool accepted);

  // Tokens in the params of a client's request; they live until its reply.
  void client_request(const Json& params, const std::string& method);
  void client_request_replied(const Json& params, const Report& report);

  bool knows(const Json& token) const { return tokens_.contains(token.dump()); }
  bool from_client(const Json& token) const;

  // $/progress. Returns the method whose partial result `value` is, or an empty string for work-done
  // progress. The caller has checked the value's shape in the latter case, when `shape_fits`.
  std::string partial_result_of(const Json& token) const;
  void work_done(const Json& token, const Json& value, const Report& report);
  void partial(const Json& token, const Report& report);
  void unknown(const Report& report) const;

  void finish(const Report& report) const;

 private:
  enum class Origin { server, client_work_done, client_partial };
  struct Token {
    Origin origin;
    bool accepted = false;
    bool begun = false;
    bool ended = false;
    double percentage = 0;
    std::string title;
    std::string method;  // of the client's request
  };
  std::map<std::string, Token> tokens_;
};

}  // namespace pland::conformance
