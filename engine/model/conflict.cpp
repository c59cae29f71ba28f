#include "engine/model/conflict.h"

#include <algorithm>

#include "engine/model/enum_names.h"

namespace pland::engine {
namespace {

constexpr EnumNames<ConflictKind, 7> kKinds{{{ConflictKind::content, "content"},
                                             {ConflictKind::creation, "creation"},
                                             {ConflictKind::deletion, "deletion"},
                                             {ConflictKind::rename, "rename"},
                                             {ConflictKind::mode, "mode"},
                                             {ConflictKind::binary, "binary"},
                                             {ConflictKind::row, "row"}}};

constexpr EnumNames<Resolution, 5> kResolutions{{{Resolution::ours, "ours"},
                                                 {Resolution::theirs, "theirs"},
                                                 {Resolution::both, "both"},
                                                 {Resolution::base, "base"},
                                                 {Resolution::manual, "manual"}}};

void range_to_json(nlohmann::json& json, const char* key, LineRange range) {
  json[key] = {range.start, range.count};
}

LineRange range_from_json(const nlohmann::json& json, const char* key) {
  return {json.at(key).at(0).get<std::int64_t>(), json.at(key).at(1).get<std::int64_t>()};
}

}  // namespace

std::string_view to_string(ConflictKind kind) {
  return enum_name(kKinds, kind);
}
std::string_view to_string(Resolution resolution) {
  return enum_name(kResolutions, resolution);
}
Result<ConflictKind> parse_conflict_kind(std::string_view text) {
  return parse_enum(kKinds, "conflict kind", text);
}
Result<Resolution> parse_resolution(std::string_view text) {
  return parse_enum(kResolutions, "resolution", text);
}

int open_hunks(const Conflict& conflict) {
  if (conflict.resolution) return 0;
  if (conflict.hunks.empty()) return 1;
  return static_cast<int>(std::count_if(conflict.hunks.begin(), conflict.hunks.end(),
                                        [](const ConflictHunk& hunk) { return !hunk.resolution; }));
}

bool is_open(const Conflict& conflict) {
  return open_hunks(conflict) > 0;
}

void to_json(nlohmann::json& json, const ConflictHunk& hunk) {
  json = {{"base_text", hunk.base_text}, {"ours_text", hunk.ours_text}, {"theirs_text", hunk.theirs_text}};
  range_to_json(json, "base", hunk.base);
  range_to_json(json, "ours", hunk.ours);
  range_to_json(json, "theirs", hunk.theirs);
  if (hunk.resolution) json["resolution"] = to_string(*hunk.resolution);
  if (!hunk.manual_text.empty()) json["manual_text"] = hunk.manual_text;
}

void from_json(const nlohmann::json& json, ConflictHunk& hunk) {
  hunk.base = range_from_json(json, "base");
  hunk.ours = range_from_json(json, "ours");
  hunk.theirs = range_from_json(json, "theirs");
  hunk.base_text = json.at("base_text").get<std::string>();
  hunk.ours_text = json.at("ours_text").get<std::string>();
  hunk.theirs_text = json.at("theirs_text").get<std::string>();
  if (json.contains("resolution")) {
    if (auto parsed = parse_resolution(json.at("resolution").get<std::string>()); parsed.ok())
      hunk.resolution = *parsed;
  }
  hunk.manual_text = json.value("manual_text", "");
}

void to_json(nlohmann::json& json, const ConflictSide& side) {
  json = {{"oid", side.oid}, {"mode", side.mode}, {"path", side.path}};
}

void from_json(const nlohmann::json& json, ConflictSide& side) {
  side.oid = json.at("oid").get<std::string>();
  side.mode = json.at("mode").get<std::uint32_t>();
  side.path = json.at("path").get<std::string>();
}

}  // namespace pland::engine
