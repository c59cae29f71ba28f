#include "engine/planfile/name_check.h"

#include <algorithm>

#include "engine/base/names.h"
#include "engine/base/words.h"

namespace pland::engine::planfile {
namespace {

constexpr std::size_t kLongestShown = 100;
constexpr std::string_view kRule =
    "a name starts with a letter and goes on with letters, digits, '-' and '_'";

std::string full_name(std::string_view name, const Result<NamespacedName>& parsed, Extent place,
                      Report& report) {
  if (parsed.ok()) return parsed->full();
  // The name may hold anything; the message is one line.
  std::string message = parsed.error().message;
  std::replace_if(
      message.begin(), message.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  report.add("bad-name", place, name.size() <= kLongestShown ? message : in_quotes(name) + " is not a name",
             std::string(kRule));
  return std::string(name);
}

}  // namespace

std::string namespaced(std::string_view name, Extent place, Report& report) {
  return full_name(name, parse_user_name(name), place, report);
}

std::string referenced(std::string_view name, Extent place, Report& report) {
  return full_name(name, parse_name(name), place, report);
}

void check_plain_name(std::string_view what, std::string_view name, Extent place, Report& report) {
  if (is_name_part(name)) return;
  const bool first_is_wrong = name.empty() || !is_name_part(name.substr(0, 1));
  report.add("bad-name", place,
             std::string(what) + " " + in_quotes(name) +
                 (first_is_wrong ? " must start with a letter" : " has characters that a name may not have"),
             std::string(kRule));
}

void check_variable(std::string_view name, Extent place, Report& report) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  const bool digit_first = !name.empty() && name[0] >= '0' && name[0] <= '9';
  const bool good = !name.empty() && !digit_first && std::all_of(name.begin(), name.end(), allowed);
  if (good) return;
  report.add("bad-name", place, in_quotes(name) + " cannot name an environment variable",
             "letters, digits and '_', and no digit first");
}

bool check_path(std::string_view path, std::string_view what, Extent place, Report& report) {
  if (path.empty()) {
    report.add("bad-value", place, "an empty " + std::string(what), "write a path relative to the project");
    return false;
  }
  const std::string shown = std::string(what) + " " + in_quotes(path);
  if (path[0] == '/') {
    report.add("path-escape", place, shown + " is an absolute path",
               "write it relative to the project's folder");
    return false;
  }
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (path.substr(begin, end - begin) == "..") {
      report.add("path-escape", place, shown + " leaves the project through '..'",
                 "name a path inside the project");
      return false;
    }
    begin = end + 1;
  }
  return true;
}

}  // namespace pland::engine::planfile
