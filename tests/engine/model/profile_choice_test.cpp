#include "engine/model/profile_choice.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace pland::engine;

namespace {

AutomationProfile custom(std::string name) {
  AutomationProfile profile = built_in_profiles().front();
  profile.name = std::move(name);
  return profile;
}

ProfileSet with_careful() {
  ProfileSet set;
  REQUIRE(set.add(custom("team/careful")).ok());
  return set;
}

}  // namespace

TEST_CASE("profile choice: plan, then action, then project, then global, then supervised (#4867, #4012)") {
  const ProfileSet known = with_careful();
  ProfileWishes wishes{"ci", "auto", "trusted", "team/careful"};
  const auto next = [&] { return choose_profile(wishes, known).value(); };
  CHECK(next().reference == ProfileReference{"ci", ProfileSource::plan});
  CHECK(next().profile == *find_built_in_profile("ci"));
  wishes.plan.reset();
  CHECK(next().reference == ProfileReference{"auto", ProfileSource::action});
  wishes.action.reset();
  CHECK(next().reference == ProfileReference{"trusted", ProfileSource::project});
  wishes.project.reset();
  CHECK(next().reference == ProfileReference{"team/careful", ProfileSource::global});
  CHECK(next().profile == custom("team/careful"));
  wishes.global.reset();
  CHECK(next().reference == ProfileReference{"supervised", ProfileSource::fallback});
  const nlohmann::json stored = next().reference;
  CHECK(stored == nlohmann::json{{"profile", "supervised"}, {"source", "fallback"}});
  CHECK(stored.get<ProfileReference>() == next().reference);
}

TEST_CASE(
    "profile choice: an unknown name is refused at every level, with the list and the nearest (#8956, "
    "#8540)") {
  const ProfileSet known = with_careful();
  for (auto level :
       {&ProfileWishes::plan, &ProfileWishes::action, &ProfileWishes::project, &ProfileWishes::global}) {
    ProfileWishes wishes;
    wishes.*level = "trustd";
    const auto chosen = choose_profile(wishes, known);
    REQUIRE_FALSE(chosen.ok());
    const std::string& message = chosen.error().message;
    CAPTURE(message);
    CHECK(chosen.error().code == ErrorCode::invalid_argument);
    CHECK(chosen.error().context["nearest"] == "trusted");
    CHECK(message.find("did you mean 'trusted'?") != std::string::npos);
    for (const std::string_view name : known.names()) CHECK(message.find(name) != std::string::npos);
  }
  CHECK_FALSE(choose_profile({.plan = "balanced"}, known).ok());  // #2379
  CHECK_FALSE(choose_profile({.plan = ""}, known).ok());
  CHECK_FALSE(choose_profile({.plan = "Trusted"}, known).ok());
  CHECK_FALSE(choose_profile({.plan = "other/careful"}, known).ok());
}

TEST_CASE("profile choice: only the wish that counts is looked up") {
  CHECK(choose_profile({.plan = "ci", .global = "nonsense"}, ProfileSet()).ok());
}

TEST_CASE("profile choice: custom profiles are namespaced and registered once") {
  ProfileSet set = with_careful();
  CHECK(set.find("team/careful") != nullptr);
  CHECK(set.find("careful") == nullptr);
  const Status bare = set.add(custom("careful"));
  REQUIRE_FALSE(bare.ok());
  CHECK(bare.error().message.find("'local/careful'") != std::string::npos);
  CHECK(set.add(custom("team/careful")).error().code == ErrorCode::refused);
  CHECK_FALSE(set.add(custom("system/x")).ok());
  CHECK(set.add(custom("1team/x")).error().message.find("must start with a letter") != std::string::npos);
  REQUIRE(set.add(custom("local/mine")).ok());
  CHECK(set.find("mine") == set.find("local/mine"));
  CHECK(set.find("mine") != nullptr);
  // A built-in's name always means the built-in.
  REQUIRE(set.add(custom("local/ci")).ok());
  CHECK(set.find("ci") == find_built_in_profile("ci"));
  CHECK(set.find("local/ci") != find_built_in_profile("ci"));
}

TEST_CASE("profile choice: the environment goes before the configured global profile") {
  CHECK(global_profile_wish({"A=b", "PLAND_AUTOMATION_PROFILE=ci"}, "auto") == "ci");
  CHECK(global_profile_wish({"PLAND_AUTOMATION_PROFILE="}, "auto") == "auto");
  CHECK(global_profile_wish({"PLAND_AUTOMATION_PROFILES=ci"}, std::nullopt) == std::nullopt);
  CHECK(global_profile_wish({}, "auto") == "auto");
}
