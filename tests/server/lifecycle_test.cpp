#include "server/lifecycle.h"

#include <doctest/doctest.h>

#include "tests/server/support/session_rig.h"

using pland::jsonrpc::ErrorCode;
using pland::server::Lifecycle;
using pland::test::Json;
using pland::test::SessionRig;

namespace {

int code_of(const std::optional<pland::jsonrpc::ResponseError>& refusal) {
  return refusal ? refusal->code : 0;
}

SessionRig::Options not_initialized() {
  SessionRig::Options options;
  options.initialize = false;
  return options;
}

}  // namespace

TEST_CASE("lifecycle: what is refused when") {
  struct Row {
    const char* method;
    int created, initialized, shut_down;
  };
  constexpr int not_yet = static_cast<int>(ErrorCode::server_not_initialized);
  constexpr int invalid = static_cast<int>(ErrorCode::invalid_request);
  constexpr Row rows[] = {
      {"initialize", 0, invalid, invalid},         {"initialized", not_yet, 0, invalid},
      {"textDocument/hover", not_yet, 0, invalid}, {"pland/spawn", not_yet, 0, invalid},
      {"shutdown", not_yet, 0, invalid},           {"exit", 0, 0, 0},
  };
  Lifecycle created;
  Lifecycle initialized;
  initialized.initialized();
  Lifecycle shut_down;
  shut_down.initialized();
  shut_down.shut_down();
  for (const Row& row : rows) {
    CAPTURE(row.method);
    CHECK(code_of(created.refusal(row.method, true)) == row.created);
    CHECK(code_of(initialized.refusal(row.method, true)) == row.initialized);
    CHECK(code_of(shut_down.refusal(row.method, true)) == row.shut_down);
  }
  CHECK(created.exit_code() == 1);
  CHECK(initialized.exit_code() == 1);
  CHECK(shut_down.exit_code() == 0);
}

TEST_CASE("session: a request before initialize is answered, and initialize still works") {
  SessionRig rig(not_initialized());
  rig.editor().expect_client_faults();
  CHECK(rig.editor().refused("pland/status")["code"] == -32002);
  rig.editor().initialize();
  CHECK(rig.editor().ask("pland/status") == Json{{"plans", Json::array()}});
}

TEST_CASE("session: a second initialize is refused and changes nothing") {
  SessionRig rig;
  rig.editor().expect_client_faults();
  CHECK(rig.editor().refused("initialize",
                             {{"processId", nullptr}, {"capabilities", Json::object()}})["code"] == -32600);
  CHECK(rig.editor().ask("pland/status").contains("plans"));
}

TEST_CASE("session: after shutdown only exit is served, and the exit code is 0") {
  SessionRig rig;
  rig.editor().expect_client_faults();
  rig.editor().shutdown();
  CHECK(rig.editor().refused("pland/status")["code"] == -32600);
  rig.editor().exit();
  CHECK(rig.exit_code() == 0);
}

TEST_CASE("session: exit without shutdown gives 1") {
  SessionRig rig;
  rig.editor().expect_client_faults();
  rig.sync();  // so that no request of the server crosses the exit
  rig.editor().exit();
  CHECK(rig.exit_code() == 1);
}

TEST_CASE("session: exit before initialize gives 1") {
  SessionRig rig(not_initialized());
  rig.editor().expect_client_faults();
  rig.editor().exit();
  CHECK(rig.exit_code() == 1);
}

TEST_CASE("session: the end of the input ends it, with 1 unless shutdown came first") {
  SUBCASE("in the middle") {
    SessionRig rig;
    rig.hang_up();
    CHECK(rig.exit_code() == 1);
  }
  SUBCASE("after shutdown") {
    SessionRig rig;
    rig.editor().shutdown();
    rig.hang_up();
    CHECK(rig.exit_code() == 0);
  }
}
