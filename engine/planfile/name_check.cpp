#include "engine/planfile/name_check.h"

#include <algorithm>
#include <array>
#include <vector>

namespace pland::engine::planfile {
namespace {

constexpr std::array<std::string_view, 4> kReserved{"system", "internal", "admin", "root"};
constexpr std::string_view kRule =
    "a name starts with a letter and goes on with letters, digits, '-' and '_'";

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_plain_name(std::string_view name) {
  if (name.empty() || !is_letter(name[0])) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; });
}

std::string why_not(std::string_view what, std::string_view name) {
  const std::string shown = std::string(what) + " '" + std::string(name.substr(0, 60)) + "'";
  if (name.empty()) return std::string(what) + " is empty";
  if (!is_letter(name[0])) return shown + " must start with a letter";
  return shown + " has characters that a name may not have";
}

}  // namespace

std::string namespaced(std::string_view name, Extent place, Report& report) {
  std::vector<std::string_view> parts;
  std::string_view rest = name;
  const std::size_t colon = rest.find(':');
  const std::size_t slash = rest.find('/');
  if (colon != std::string_view::npos && slash != std::string_view::npos && colon < slash) {
    parts.push_back(rest.substr(0, colon));
    rest.remove_prefix(colon + 1);
  }
  const bool has_namespace = rest.find('/') != std::string_view::npos;
  if (has_namespace) {
    parts.push_back(rest.substr(0, rest.find('/')));
    rest.remove_prefix(rest.find('/') + 1);
  }
  parts.push_back(rest);
  for (const std::string_view part : parts) {
    if (is_plain_name(part)) continue;
    report.add("bad-name", place, why_not("the plan's name", part),
               std::string(kRule) + ": [[server:]namespace/]name");
    return std::string(name);
  }
  if (has_namespace) {
    const std::string_view space = parts[parts.size() - 2];
    if (std::find(kReserved.begin(), kReserved.end(), space) != kReserved.end()) {
      report.add("bad-name", place, "the namespace '" + std::string(space) + "' is reserved",
                 "use `local/" + std::string(rest) + "`");
    }
    return std::string(name);
  }
  return "local/" + std::string(name);
}

void check_plain_name(std::string_view what, std::string_view name, Extent place, Report& report) {
  if (!is_plain_name(name)) report.add("bad-name", place, why_not(what, name), std::string(kRule));
}

void check_variable(std::string_view name, Extent place, Report& report) {
  const bool good = !name.empty() && !is_digit(name[0]) && std::all_of(name.begin(), name.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '_';
  });
  if (good) return;
  report.add("bad-name", place,
             "'" + std::string(name.substr(0, 60)) + "' cannot name an environment variable",
             "letters, digits and '_', and no digit first");
}

bool check_path(std::string_view path, std::string_view what, Extent place, Report& report) {
  if (path.empty()) {
    report.add("bad-value", place, "an empty " + std::string(what), "write a path relative to the project");
    return false;
  }
  const std::string shown = std::string(what) + " '" + std::string(path.substr(0, 60)) + "'";
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
