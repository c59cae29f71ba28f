// Which automation profile a plan gets: plan > action > project > global (requirements 1.1, ADR-017), with
// where it came from; locked to the plan when it is made (#8956). Plain values, any thread.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/environment.h"
#include "engine/model/profile.h"

namespace pland::engine {

/// Who named the profile. `fallback`: nobody did.
enum class ProfileSource { plan, action, project, global, fallback };
std::string_view to_string(ProfileSource source);
Result<ProfileSource> parse_profile_source(std::string_view text);

/// What a plan stores beside its copy of the profile.
struct ProfileReference {
  std::string profile;
  ProfileSource source = ProfileSource::fallback;
  bool operator==(const ProfileReference&) const = default;
};
void to_json(nlohmann::json& json, const ProfileReference& reference);
void from_json(const nlohmann::json& json, ProfileReference& reference);

/// The eight built-ins and the custom profiles that were registered.
class ProfileSet {
 public:
  /// A custom profile by its full name. Errors: invalid_argument for a name without a namespace or one that
  /// users may not have; refused for one that is there already.
  Status add(AutomationProfile profile);
  /// "ci", "team/careful"; a bare name that is no built-in's is looked for in `local`. Null when unknown.
  const AutomationProfile* find(std::string_view name) const;
  /// The built-ins in their order, then the custom ones by name.
  std::vector<std::string_view> names() const;
  /// Errors: invalid_argument that lists the known names and, in the message and context["nearest"], the one
  /// that was probably meant. Never a silent fallback (#8956, #8540).
  Result<AutomationProfile> named(std::string_view name) const;

 private:
  std::map<std::string, AutomationProfile, std::less<>> custom_;
};

/// What was asked for, level by level; absent: nothing.
struct ProfileWishes {
  std::optional<std::string> plan = {};
  std::optional<std::string> action = {};
  std::optional<std::string> project = {};
  std::optional<std::string> global = {};
};

struct ChosenProfile {
  AutomationProfile profile;  ///< the copy to be locked to the plan
  ProfileReference reference;
  bool operator==(const ChosenProfile&) const = default;
};

/// The first wish counts; only it is looked up. Errors: as ProfileSet::named, saying who asked for it.
Result<ChosenProfile> choose_profile(const ProfileWishes& wishes, const ProfileSet& known);

/// The global wish: PLAND_AUTOMATION_PROFILE when it is set and not empty, otherwise `configured`.
std::optional<std::string> global_profile_wish(const Environment& environment,
                                               std::optional<std::string> configured);

}  // namespace pland::engine
