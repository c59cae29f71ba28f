#include "protocol/jsonrpc/json.h"

namespace pland::jsonrpc {
namespace {

bool deeper_than(std::string_view text, std::size_t limit) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > limit) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

}  // namespace

std::optional<Json> parse_json(std::string_view text, std::string& problem) {
  if (deeper_than(text, max_json_depth)) {
    problem = "JSON is nested deeper than " + std::to_string(max_json_depth) + " levels";
    return std::nullopt;
  }
  try {
    return Json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    problem = "not valid JSON at byte " + std::to_string(error.byte) + ": " + error.what();
  } catch (const std::exception& error) {
    problem = std::string("not valid JSON: ") + error.what();
  }
  return std::nullopt;
}

std::string dump_json(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace pland::jsonrpc
