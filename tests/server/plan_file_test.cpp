#include <doctest/doctest.h>

#include "tests/server/support/session_rig.h"

using namespace pland::session;
using pland::test::Json;
using pland::test::SessionRig;

namespace {

constexpr const char* good =
    "plan: local/good\n"
    "goal: nothing is wrong\n"
    "subplans:\n"
    "  - name: one\n"
    "    goal: g\n"
    "    run: 'true'\n";

SessionRig::Options with_encoding(const std::string& encoding) {
  SessionRig::Options options;
  options.editor.encodings = {encoding};
  return options;
}

}  // namespace

TEST_CASE("plan file: problems stand on exactly what is wrong, in every encoding") {
  for (const char* encoding : {"utf-8", "utf-16", "utf-32"}) {
    CAPTURE(encoding);
    SessionRig rig(with_encoding(encoding));
    CHECK(rig.editor().server_capabilities()["positionEncoding"] == encoding);
    rig.write("x.plan.yaml",
              "plan: local/x\n"
              "goal: \"\xF0\x9F\x98\x80 grinning\"\n"
              "subplans:\n"
              "  - {name: a, goal: \"\xF0\x9F\x98\x80\xC3\xA9\", rnu: make}\n"
              "  - {name: b, goal: g, run: make, after: [\"\xF0\x9F\x98\x80\", nobody]}\n");
    rig.editor().open("x.plan.yaml");
    rig.editor().expect(diagnostic("x.plan.yaml", "unknown-key", {.on = "rnu", .saying = "run"}));
    rig.editor().expect(diagnostic("x.plan.yaml", "unknown-subplan", {.on = "nobody"}));
  }
}

TEST_CASE("plan file: the negotiated encoding is the client's first that is known") {
  SessionRig::Options options;
  options.editor.encodings = {"utf-7", "utf-32", "utf-16"};
  SessionRig rig(options);
  CHECK(rig.editor().server_capabilities()["positionEncoding"] == "utf-32");
}

TEST_CASE("plan file: problems follow the typing and go with their cause") {
  SessionRig rig;
  rig.write("x.plan.yaml", good);
  rig.editor().open("x.plan.yaml");
  rig.sync();
  rig.editor().expect(no_diagnostics("x.plan.yaml"));
  rig.editor().replace("x.plan.yaml", "goal: nothing", "gaol: nothing");
  rig.editor().expect(diagnostic("x.plan.yaml", "unknown-key", {.on = "gaol", .saying = "goal"}));
  rig.editor().type("x.plan.yaml", 0, 0, "# a comment above\n");
  rig.editor().expect(diagnostic("x.plan.yaml", "unknown-key", {.on = "gaol"}));
  rig.editor().replace("x.plan.yaml", "gaol", "goal");
  rig.editor().expect(no_diagnostics("x.plan.yaml"));
}

TEST_CASE("plan file: its problems go when it is closed") {
  SessionRig rig;
  rig.write("x.plan.yaml", "plan: 5\n");
  rig.editor().open("x.plan.yaml");
  rig.editor().expect(
      [&](const FakeEditor& editor) { return !editor.diagnostics("x.plan.yaml").items.empty(); },
      "some problem");
  rig.editor().close("x.plan.yaml");
  rig.editor().expect(no_diagnostics("x.plan.yaml"));
}

TEST_CASE("plan file: files of other kinds are left alone") {
  SessionRig rig;
  rig.write("x.yaml", "plan: 5\n");
  rig.editor().open("x.yaml");
  rig.sync();
  CHECK(rig.editor().diagnostics("x.yaml").times == 0);
  CHECK(rig.editor().code_lenses("x.yaml").empty());
}

TEST_CASE("plan file: a diagnostic carries what the client understands") {
  SUBCASE("full") {
    SessionRig rig;
    rig.write("x.plan.yaml", "gaol: x\n");
    rig.editor().open("x.plan.yaml");
    rig.editor().expect(diagnostic("x.plan.yaml", "unknown-key"));
    const Json item = rig.editor().diagnostics("x.plan.yaml").items[0];
    CHECK(item["source"] == "pland");
    CHECK(item["codeDescription"]["href"] == "file:///doc/diagnostics.md#" + item["code"].get<std::string>());
    CHECK(rig.editor().diagnostics("x.plan.yaml").version == 1);
  }
  SUBCASE("bare") {
    SessionRig::Options options;
    options.editor.profile = "bare";
    SessionRig rig(options);
    rig.write("x.plan.yaml", "gaol: x\n");
    rig.editor().open("x.plan.yaml");
    rig.editor().expect(diagnostic("x.plan.yaml", "unknown-key"));
    CHECK_FALSE(rig.editor().diagnostics("x.plan.yaml").items[0].contains("codeDescription"));
    CHECK(rig.editor().diagnostics("x.plan.yaml").version.is_null());
  }
}

TEST_CASE("plan file: spawning a file with errors is refused with the places, and shows them") {
  SessionRig rig;
  rig.write("x.plan.yaml", "plan: local/x\ngaol: x\n");
  const Json error = rig.editor().refused("pland/spawn", {{"uri", rig.editor().uri("x.plan.yaml")}});
  CHECK(error["code"] == -32803);
  CHECK(error["message"].get<std::string>().find("x.plan.yaml:2:1: error:") != std::string::npos);
  CHECK(error["data"]["problems"].size() == 2);
  CHECK(error["data"]["code"] == "plan-file");
  rig.editor().expect(diagnostic("x.plan.yaml", "unknown-key", {.on = "gaol"}));
}

TEST_CASE("plan file: a folder in its place is refused in words") {
  SessionRig rig;
  const Json error = rig.editor().refused("pland/spawn", {{"uri", rig.editor().uri(".")}});
  CHECK(error["code"] == -32803);
  CHECK(error["message"].get<std::string>().find("is a folder; name a file") != std::string::npos);
}

TEST_CASE("plan file: hover explains a key in the client's format") {
  const auto hover = [](const std::string& profile) {
    SessionRig::Options options;
    options.editor.profile = profile;
    SessionRig rig(options);
    rig.write("x.plan.yaml", good);
    rig.editor().open("x.plan.yaml");
    const Json answer =
        rig.editor().ask("textDocument/hover", {{"textDocument", {{"uri", rig.editor().uri("x.plan.yaml")}}},
                                                {"position", {{"line", 3}, {"character", 5}}}});
    CHECK(rig.editor().text_in("x.plan.yaml", answer["range"]) == "name");
    return answer["contents"];
  };
  CHECK(hover("full")["kind"] == "markdown");
  CHECK(hover("bare")["kind"] == "plaintext");
  CHECK(hover("bare")["value"].get<std::string>().find("name") == 0);
}

TEST_CASE("plan file: before the first spawn there is one lens, on the plan's name") {
  SessionRig rig;
  rig.write("x.plan.yaml", good);
  rig.editor().open("x.plan.yaml");
  const std::vector<Json> lenses = rig.editor().code_lenses("x.plan.yaml");
  REQUIRE(lenses.size() == 1);
  CHECK(lenses[0]["command"]["title"] == "Spawn");
  CHECK(lenses[0]["command"]["command"] == "pland.spawn");
  CHECK(lenses[0]["command"]["arguments"][0]["uri"] == rig.editor().uri("x.plan.yaml"));
  CHECK(rig.editor().text_in("x.plan.yaml", lenses[0]["range"]) == "local/good");
}
