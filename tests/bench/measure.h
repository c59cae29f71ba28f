// Measuring two mechanisms against each other: rounds that alternate, so that what else the machine does
// falls on both alike; medians and their ratio.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace pland::bench {

/// Milliseconds of each round.
struct Series {
  std::vector<double> rounds;
  double median() const;  ///< precondition: at least one round
  double lowest() const;
};

/// One timed piece of work; `prepare` before and `clean_up` after it are not timed. Any may be empty but
/// `work`; what throws ends the benchmark.
struct Contender {
  std::string name;
  std::function<void()> work;
  std::function<void()> prepare = {};
  std::function<void()> clean_up = {};
};

struct Comparison {
  std::string what;
  std::string theirs_name, ours_name;
  Series theirs, ours;
  double ratio() const { return theirs.median() / ours.median(); }
};

/// One round that is thrown away (it warms caches), then `rounds` that count, the two taking turns at being
/// first.
Comparison compare(const std::string& what, int rounds, const Contender& theirs, const Contender& ours);

double milliseconds_of(const std::function<void()>& work);

void print_heading();
void print(const Comparison& comparison);

}  // namespace pland::bench
