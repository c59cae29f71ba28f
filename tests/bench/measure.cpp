#include "tests/bench/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace pland::bench {
namespace {

double round_of(const Contender& contender) {
  if (contender.prepare) contender.prepare();
  const double took = milliseconds_of(contender.work);
  if (contender.clean_up) contender.clean_up();
  return took;
}

}  // namespace

double Series::median() const {
  std::vector<double> sorted = rounds;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

double Series::lowest() const {
  return *std::min_element(rounds.begin(), rounds.end());
}

double milliseconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

Comparison compare(const std::string& what, int rounds, const Contender& theirs, const Contender& ours) {
  Comparison result{what, theirs.name, ours.name, {}, {}};
  round_of(theirs);
  round_of(ours);
  for (int i = 0; i < rounds; ++i) {
    if (i % 2 == 0) result.theirs.rounds.push_back(round_of(theirs));
    result.ours.rounds.push_back(round_of(ours));
    if (i % 2 == 1) result.theirs.rounds.push_back(round_of(theirs));
  }
  return result;
}

void print_heading() {
  fmt::print("{:<42} {:>12} {:>12} {:>9}   {}\n", "median (lowest), milliseconds", "today", "pland", "ratio",
             "against");
}

void print(const Comparison& comparison) {
  const auto figure = [](const Series& series) {
    return fmt::format("{:.1f} ({:.1f})", series.median(), series.lowest());
  };
  fmt::print("{:<38} {:>16} {:>15} {:>7.1f}x   {}\n", comparison.what, figure(comparison.theirs),
             figure(comparison.ours), comparison.ratio(), comparison.theirs_name);
  std::fflush(stdout);
}

}  // namespace pland::bench
