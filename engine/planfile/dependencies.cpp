#include "engine/planfile/dependencies.h"

#include <algorithm>
#include <deque>
#include <set>
#include <unordered_map>

#include "engine/base/nearest_name.h"
#include "engine/base/words.h"

namespace pland::engine::planfile {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

struct Edge {
  std::size_t from;  ///< waits ...
  std::size_t to;    ///< ... for this one
  Extent place;
};

using Neighbours = std::vector<std::vector<std::size_t>>;

/// The shortest way from `start` to `goal`, both included; empty when there is none. `start == goal` is a way
/// of one.
std::vector<std::size_t> shortest_way(const Neighbours& neighbours, std::size_t start, std::size_t goal) {
  std::vector<std::size_t> came_from(neighbours.size(), kNone);
  std::deque<std::size_t> queue{start};
  came_from[start] = start;
  while (!queue.empty() && came_from[goal] == kNone) {
    const std::size_t current = queue.front();
    queue.pop_front();
    for (const std::size_t next : neighbours[current]) {
      if (came_from[next] != kNone) continue;
      came_from[next] = current;
      queue.push_back(next);
    }
  }
  std::vector<std::size_t> way;
  if (came_from[goal] == kNone) return way;
  for (std::size_t at = goal; at != start; at = came_from[at]) way.push_back(at);
  way.push_back(start);
  std::reverse(way.begin(), way.end());
  return way;
}

/// Peels off, again and again, what waits for nothing or is waited for by nobody: every subplan on a cycle
/// remains. What remains may still include bridges between cycles; a search then tells.
std::vector<bool> cyclic_core(std::size_t count, const std::vector<Edge>& edges) {
  std::vector<bool> remains(count, true);
  for (const bool forward : {true, false}) {
    std::vector<std::size_t> degree(count, 0);
    Neighbours released(count);
    for (const Edge& edge : edges) {
      const std::size_t waits = forward ? edge.from : edge.to;
      const std::size_t holds = forward ? edge.to : edge.from;
      ++degree[waits];
      released[holds].push_back(waits);
    }
    std::vector<std::size_t> free;
    for (std::size_t i = 0; i < count; ++i) {
      if (degree[i] == 0) free.push_back(i);
    }
    for (std::size_t done = 0; done < free.size(); ++done) {
      remains[free[done]] = false;
      for (const std::size_t next : released[free[done]]) {
        if (--degree[next] == 0) free.push_back(next);
      }
    }
  }
  return remains;
}

void report_cycles(const std::vector<Dependent>& subplans, const std::vector<Edge>& edges, Report& report) {
  const std::vector<bool> core = cyclic_core(subplans.size(), edges);
  Neighbours neighbours(subplans.size());
  for (const Edge& edge : edges) {
    if (core[edge.from] && core[edge.to]) neighbours[edge.from].push_back(edge.to);
  }
  for (const Edge& edge : edges) {
    if (!core[edge.from] || !core[edge.to]) continue;
    if (report.is_full()) return;
    const auto way = shortest_way(neighbours, edge.to, edge.from);
    if (way.empty()) continue;
    std::string cycle = subplans[edge.from].name;
    for (const std::size_t step : way) cycle += " -> " + subplans[step].name;
    const std::string message = edge.from == edge.to
                                    ? "subplan " + in_quotes(subplans[edge.from].name) + " waits for itself"
                                    : "these subplans wait for each other: " + cycle;
    report.add("dependency-cycle", edge.place, message, "remove one `after` of the cycle");
  }
}

}  // namespace

void check_dependencies(const std::vector<Dependent>& subplans, Report& report) {
  std::unordered_map<std::string_view, std::size_t> index;
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < subplans.size(); ++i) {
    if (subplans[i].name.empty()) continue;
    index.emplace(subplans[i].name, i);
    names.push_back(subplans[i].name);
  }
  std::vector<Edge> edges;
  for (std::size_t i = 0; i < subplans.size(); ++i) {
    std::set<std::string_view> seen;
    for (const Item& item : subplans[i].after) {
      if (!seen.insert(item.text).second) {
        report.add("duplicate-name", item.place, in_quotes(item.text) + " is already in this list",
                   "remove it", Severity::warning);
        continue;
      }
      const auto found = index.find(item.text);
      if (found != index.end()) {
        edges.push_back({i, found->second, item.place});
        continue;
      }
      if (report.is_full()) {
        report.add("unknown-subplan", item.place, "no subplan has this name");
        continue;
      }
      const auto nearest = nearest_name(item.text, names);
      std::string hint = !nearest.empty() ? did_you_mean(nearest) : "write the `name` of another entry";
      Problem& problem = report.add("unknown-subplan", item.place,
                                    "no subplan is named " + in_quotes(item.text), std::move(hint));
      if (!nearest.empty()) problem.replacement = std::string(nearest);
    }
  }
  report_cycles(subplans, edges, report);
}

}  // namespace pland::engine::planfile
