#include "engine/model/error_pattern.h"

#include <cctype>
#include <sstream>

namespace pland::engine {
namespace {

constexpr std::size_t kKeptFailures = 10;

bool names_a_thing(const std::string& word) {
  for (const char letter : word) {
    if (std::isdigit(static_cast<unsigned char>(letter)) != 0 || letter == '/' || letter == '\'' ||
        letter == '"' || letter == '`') {
      return true;
    }
  }
  return false;
}

/// The command and its first argument: "make -C src/net" and "make -C src/io" are not one work, but two runs
/// of "make test -j4" are.
std::string work_key(std::string_view work) {
  std::istringstream words{std::string(work)};
  std::string key;
  std::string word;
  for (int i = 0; i < 2 && words >> word; ++i) key += (key.empty() ? "" : " ") + word;
  return key;
}

std::string work_of(const SubplanSpec& spec) {
  if (!spec.run.empty()) return spec.run;
  return spec.tools.empty() ? spec.name : spec.tools.front().tool;
}

std::string advice(FailureClass failure_class, const SubplanStatus& subplan) {
  const std::string work = "`" + work_key(work_of(subplan.spec)) + "`";
  switch (failure_class) {
    case FailureClass::validation:
      return "the check `" + subplan.spec.check + "` failed after " + work + " before: run it before ending";
    case FailureClass::timeout:
      return work + " ran into its time limit before: give it more time or less to do";
    case FailureClass::resource:
      return work + " ran out of memory, disk space or files before: lower max_parallel or free some";
    case FailureClass::transient:
      return work + " failed for a passing reason before (network, lock): look whether it is there";
    case FailureClass::permanent:
      return work + " could not be run before: look whether the program and its input are there";
    default:
      return work + " failed before: " + subplan.error;
  }
}

}  // namespace

std::string pattern_of(FailureClass failure_class, std::string_view work, std::string_view error) {
  std::string pattern = std::string(to_string(failure_class)) + ": " + work_key(work) + ":";
  std::istringstream words{std::string(error)};
  std::string word;
  while (words >> word) {
    if (names_a_thing(word)) word = "*";
    if (word == "*" && pattern.ends_with(" *")) continue;
    pattern += " " + word;
  }
  return pattern;
}

ErrorPattern learn(ErrorPattern known, const std::string& pattern, FailureClass failure_class,
                   const std::string& plan_name, const SubplanStatus& subplan, Timestamp now) {
  if (known.pattern.empty()) {
    known.pattern = pattern;
    known.created_at = now;
  }
  ++known.frequency;
  known.last_seen = now;
  known.historical_failures.push_back(plan_name + "/" + subplan.spec.name + ": " + subplan.error);
  if (known.historical_failures.size() > kKeptFailures) {
    known.historical_failures.erase(known.historical_failures.begin());
  }
  known.preventive_checks = {advice(failure_class, subplan)};
  return known;
}

std::vector<ErrorPattern> patterns_for(const std::vector<ErrorPattern>& patterns, const SubplanSpec& work) {
  const std::string part = ": " + work_key(work_of(work)) + ":";
  std::vector<ErrorPattern> result;
  for (const ErrorPattern& pattern : patterns) {
    if (pattern.pattern.find(part) != std::string::npos) result.push_back(pattern);
  }
  return result;
}

}  // namespace pland::engine
