// The order that a plan's subplans run in (requirements 3.2, 3.4).
#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/plan/order.h"

namespace pland::engine {
namespace {

std::string_view literal_beginning(std::string_view glob) {
  if (glob.starts_with("./")) glob.remove_prefix(2);
  return glob.substr(0, std::min(glob.find_first_of("*?["), glob.size()));
}

/// Whether some path may match both; never false when one does.
bool may_meet(std::string_view a, std::string_view b) {
  const std::string_view one = literal_beginning(a), other = literal_beginning(b);
  return one.starts_with(other) || other.starts_with(one);
}

bool may_write(const SubplanSpec& subplan, const std::string& opaque) {
  return subplan.scope.empty() ||
         std::any_of(subplan.scope.begin(), subplan.scope.end(),
                     [&](const std::string& scope) { return may_meet(scope, opaque); });
}

}  // namespace

std::vector<std::vector<std::size_t>> turns(const PlanSpec& spec) {
  std::vector<std::vector<std::size_t>> result(spec.subplans.size());
  const auto wave = waves(spec);
  if (spec.opaque.empty() || !wave.ok()) return result;
  for (std::size_t i = 0; i < spec.subplans.size(); ++i) {
    for (std::size_t j = 0; j < spec.subplans.size(); ++j) {
      const bool before = std::pair((*wave)[j], j) < std::pair((*wave)[i], i);
      const bool meet = std::any_of(spec.opaque.begin(), spec.opaque.end(), [&](const std::string& opaque) {
        return may_write(spec.subplans[i], opaque) && may_write(spec.subplans[j], opaque);
      });
      if (before && meet) result[i].push_back(j);
    }
  }
  return result;
}

Result<std::vector<std::vector<std::size_t>>> direct_dependencies(const PlanSpec& spec) {
  PLAND_TRY(const std::vector<int> wave, waves(spec));
  std::vector<std::vector<std::size_t>> result(spec.subplans.size());
  for (std::size_t i = 0; i < spec.subplans.size(); ++i) {
    for (std::size_t j = 0; j < spec.subplans.size(); ++j) {
      const auto& after = spec.subplans[i].after;
      const bool named = std::find(after.begin(), after.end(), spec.subplans[j].name) != after.end();
      const bool before = spec.subplan_defaults.mode == ExecutionMode::sequential && wave[j] + 1 == wave[i];
      if (named || before) result[i].push_back(j);
    }
  }
  return result;
}

Result<std::vector<std::size_t>> all_dependencies(const PlanSpec& spec, std::size_t index) {
  PLAND_TRY(const auto direct, direct_dependencies(spec));
  std::vector<bool> seen(direct.size(), false);
  std::vector<std::size_t> open{index};
  while (!open.empty()) {
    const std::size_t current = open.back();
    open.pop_back();
    for (const std::size_t next : direct[current]) {
      if (seen[next]) continue;
      seen[next] = true;
      open.push_back(next);
    }
  }
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (seen[i]) result.push_back(i);
  }
  return result;
}

}  // namespace pland::engine
