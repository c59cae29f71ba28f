#include "engine/model/profile_choice.h"

#include <nlohmann/json.hpp>

#include "engine/base/names.h"
#include "engine/base/nearest_name.h"
#include "engine/base/words.h"
#include "engine/model/enum_names.h"

namespace pland::engine {
namespace {

constexpr EnumNames<ProfileSource, 5> kSources{{{ProfileSource::plan, "plan"},
                                                {ProfileSource::action, "action"},
                                                {ProfileSource::project, "project"},
                                                {ProfileSource::global, "global"},
                                                {ProfileSource::fallback, "fallback"}}};
constexpr std::string_view kVariable = "PLAND_AUTOMATION_PROFILE";

}  // namespace

std::string_view to_string(ProfileSource source) {
  return enum_name(kSources, source);
}
Result<ProfileSource> parse_profile_source(std::string_view text) {
  return parse_enum(kSources, "profile source", text);
}

void to_json(nlohmann::json& json, const ProfileReference& reference) {
  json = {{"profile", reference.profile}, {"source", to_string(reference.source)}};
}

void from_json(const nlohmann::json& json, ProfileReference& reference) {
  json.at("profile").get_to(reference.profile);
  if (auto source = parse_profile_source(json.at("source").get<std::string>()); source.ok()) {
    reference.source = *source;
  }
}

Status ProfileSet::add(AutomationProfile profile) {
  if (profile.name.find('/') == std::string::npos) {
    return Error{ErrorCode::invalid_argument,
                 "a custom profile needs a namespace: " + in_quotes("local/" + profile.name) + ", not " +
                     in_quotes(profile.name)};
  }
  PLAND_TRY(const NamespacedName name, parse_user_name(profile.name));
  profile.name = name.full();
  const std::string key = profile.name;
  if (!custom_.emplace(key, std::move(profile)).second) {
    return Error{ErrorCode::refused, "there is already a profile " + in_quotes(key)};
  }
  return {};
}

const AutomationProfile* ProfileSet::find(std::string_view name) const {
  if (const AutomationProfile* built_in = find_built_in_profile(name)) return built_in;
  const auto parsed = parse_name(name);
  const auto found = parsed.ok() ? custom_.find(parsed->full()) : custom_.end();
  return found == custom_.end() ? nullptr : &found->second;
}

std::vector<std::string_view> ProfileSet::names() const {
  std::vector<std::string_view> names;
  for (const AutomationProfile& profile : built_in_profiles()) names.push_back(profile.name);
  for (const auto& [name, profile] : custom_) names.push_back(name);
  return names;
}

Result<AutomationProfile> ProfileSet::named(std::string_view name) const {
  if (const AutomationProfile* found = find(name)) return *found;
  const auto known = names();
  const std::string_view nearest = nearest_name(name, known);
  Error error{ErrorCode::invalid_argument, "there is no automation profile " + in_quotes(name) +
                                               (nearest.empty() ? "" : "; " + did_you_mean(nearest)) +
                                               " (known: " + joined(known) + ")"};
  if (!nearest.empty()) error.context["nearest"] = nearest;
  return error;
}

Result<ChosenProfile> choose_profile(const ProfileWishes& wishes, const ProfileSet& known) {
  const auto choose = [&](std::string_view name, ProfileSource source) -> Result<ChosenProfile> {
    auto profile = known.named(name);
    if (!profile.ok()) {
      return with_context(profile.error(), "automation profile of the " + std::string(to_string(source)));
    }
    ProfileReference reference{profile->name, source};
    return ChosenProfile{*std::move(profile), std::move(reference)};
  };
  if (wishes.plan) return choose(*wishes.plan, ProfileSource::plan);
  if (wishes.action) return choose(*wishes.action, ProfileSource::action);
  if (wishes.project) return choose(*wishes.project, ProfileSource::project);
  if (wishes.global) return choose(*wishes.global, ProfileSource::global);
  return choose(fallback_profile, ProfileSource::fallback);
}

std::optional<std::string> global_profile_wish(const Environment& environment,
                                               std::optional<std::string> configured) {
  for (const std::string& variable : environment) {
    if (!variable.starts_with(kVariable) || variable.size() <= kVariable.size() + 1) continue;
    if (variable[kVariable.size()] == '=') return variable.substr(kVariable.size() + 1);
  }
  return configured;
}

}  // namespace pland::engine
