#include <doctest/doctest.h>

#include "tests/server/support/session_rig.h"

using pland::test::Json;
using pland::test::SessionRig;

namespace {

/// The next good request is served.
void check_alive(SessionRig& rig) {
  CHECK(rig.editor().ask("pland/status").contains("plans"));
}

}  // namespace

TEST_CASE("bad input: bytes that are no message cost one error each, and the next good request is served") {
  SessionRig rig;
  rig.editor().expect_client_faults();
  const auto send = [&](const std::string& bytes) {
    rig.editor().expect_garbage_reply();
    rig.editor().send_bytes(bytes);
    check_alive(rig);
  };
  send("GET / HTTP/1.1\r\nHost: here\r\n\r\n");
  send("Content-Length: 5\r\n\r\n{]}[}");
  send("Content-Length: 2147483648\r\n\r\n");
  send("Content-Length: minus one\r\n\r\n");
  send("Content-Length: 2\r\n\r\n42");
  send("Content-Length: 100000\r\n\r\n{\"jsonrpc\":\"2.0\",\"meth");
  check_alive(rig);
}

TEST_CASE("bad input: a message in small pieces is one message") {
  SessionRig rig;
  const std::string body = R"({"jsonrpc":"2.0","method":"$/setTrace","params":{"value":"off"}})";
  const std::string bytes = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  for (const char byte : bytes) rig.editor().send_bytes(std::string(1, byte));
  check_alive(rig);
}

TEST_CASE("bad input: half a message and then the end of the input end the session") {
  SessionRig rig;
  rig.editor().send_bytes("Content-Length: 100\r\n\r\n{\"jsonrpc\":");
  rig.hang_up();
  CHECK(rig.exit_code() == 1);
}

TEST_CASE("bad input: unknown methods and wrong params name what is wrong") {
  SessionRig rig;
  rig.editor().expect_client_faults();
  CHECK(rig.editor().refused("pland/explode")["code"] == -32601);
  const Json hover = rig.editor().refused("textDocument/hover", {{"textDocument", {{"uri", 5}}}});
  CHECK(hover["code"] == -32602);
  CHECK(hover["message"].get<std::string>().find("params.textDocument.uri") != std::string::npos);
  CHECK(hover["message"].get<std::string>().find("params.position") != std::string::npos);
  const Json resolve = rig.editor().refused("pland/resolve", {{"conflictId", "x"}, {"resolution", "mine"}});
  CHECK(resolve["code"] == -32602);
  CHECK(resolve["message"].get<std::string>().find("params.resolution") != std::string::npos);
  const Json rollback = rig.editor().refused("pland/rollback", {{"planId", Json::array()}});
  CHECK(rollback["code"] == -32602);
  CHECK(rollback["message"].get<std::string>().find("params.planId") != std::string::npos);
  const Json entries = rig.editor().refused(
      "pland/spawn", {{"planId", "x"}, {"entries", Json::array()}, {"workDoneToken", 1}});
  CHECK(entries["code"] == -32602);
  CHECK(entries["message"] == "params.entries: is not known; `spawn` takes uri, planId, replace");
  const Json command = rig.editor().refused("workspace/executeCommand",
                                            {{"command", "pland.dance"}, {"arguments", Json::array()}});
  CHECK(command["code"] == -32602);
  check_alive(rig);
}

TEST_CASE("bad input: every verb without arguments works or refuses politely") {
  SessionRig rig;
  for (const auto& entry : rig.binder().methods()) {
    const std::string& method = entry.first;
    if (method.rfind("pland/", 0) != 0 || method == "pland/sync") continue;
    CAPTURE(method);
    const std::string command = "pland." + method.substr(6);
    const auto reply =
        rig.editor().await(rig.editor().request("workspace/executeCommand", {{"command", command}}));
    if (reply.error.is_null()) continue;
    // RequestFailed with words for a person, or InvalidParams that name the member.
    const int code = reply.error["code"].get<int>();
    const bool polite = code == -32803 || code == -32602;
    CHECK(polite);
    CHECK_FALSE(reply.error["message"].get<std::string>().empty());
  }
  check_alive(rig);
}
