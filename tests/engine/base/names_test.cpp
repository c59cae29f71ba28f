#include "engine/base/names.h"

#include <doctest/doctest.h>

using namespace pland::engine;

TEST_CASE("names: server and namespace are optional, the namespace is local by default") {
  CHECK(parse_name("retire")->full() == "local/retire");
  CHECK(parse_name("team/retire-old_logger2")->full() == "team/retire-old_logger2");
  const auto name = parse_name("hub:Team/Retire");
  REQUIRE(name.ok());
  CHECK(*name == NamespacedName{"hub", "Team", "Retire"});  // case is kept
  CHECK(name->full() == "hub:Team/Retire");
}

TEST_CASE("names: every part starts with a letter and holds letters, digits, '_' and '-'") {
  for (const char* bad :
       {"123abc/x", "local/123-x", "1x", "_x/y", "local/-x", "9:a/b", "", "/", "a/", "/b", ":a/b"}) {
    const auto name = parse_name(bad);
    REQUIRE_MESSAGE(!name.ok(), bad);
    CHECK(name.error().code == ErrorCode::invalid_argument);
    CHECK_MESSAGE(name.error().message.find("must start with a letter") != std::string::npos,
                  name.error().message);
  }
  for (const char* bad : {"a b", "a/b/c", "a/b.c", "a:b:c/d", "a:b", "\u00E4", "a/b\n", "x/\u0431"}) {
    CHECK_MESSAGE(!parse_name(bad).ok(), bad);
  }
}

TEST_CASE("names: reserved namespaces are refused to users alone") {
  for (const char* space :
       {"system", "internal", "admin", "root", "openai", "anthropic", "google", "System"}) {
    const std::string name = std::string(space) + "/x";
    CHECK(parse_name(name).ok());
    const auto refused = parse_user_name(name);
    REQUIRE_MESSAGE(!refused.ok(), name);
    CHECK(refused.error().message.find("reserved") != std::string::npos);
  }
  CHECK(parse_user_name("systems/x").ok());
  CHECK(parse_user_name("local/system").ok());
}
