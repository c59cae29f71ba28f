// What sort of failure it is, and whether trying again can help (requirements 3.3, 3.8).
#include <doctest/doctest.h>

#include <array>

#include "engine/model/error_pattern.h"
#include "engine/model/plan.h"

using namespace pland::engine;

TEST_CASE("failure class: by kind, exit code, signal and what the output says") {
  struct Row {
    FailureKind kind;
    std::optional<int> exit_code, signal;
    std::string output;
    FailureClass expected;
  };
  const std::array rows{
      Row{FailureKind::none, 0, {}, "", FailureClass::none},
      Row{FailureKind::exit_code, 1, {}, "assertion failed", FailureClass::unknown},
      Row{FailureKind::exit_code, 75, {}, "", FailureClass::transient},
      Row{FailureKind::exit_code,
          6,
          {},
          "curl: (6) Could not resolve host: example.org",
          FailureClass::transient},
      Row{FailureKind::exit_code,
          128,
          {},
          "fatal: Unable to access: Connection refused",
          FailureClass::transient},
      Row{FailureKind::setup_failed,
          1,
          {},
          "E: Could not get lock /var/lib/dpkg/lock",
          FailureClass::transient},
      Row{FailureKind::exit_code,
          1,
          {},
          "cp: error writing 'x': No space left on device",
          FailureClass::resource},
      Row{FailureKind::killed, {}, 9, "", FailureClass::resource},
      Row{FailureKind::killed, {}, 11, "", FailureClass::unknown},
      Row{FailureKind::check_failed, 1, {}, "No space left on device", FailureClass::validation},
      Row{FailureKind::timed_out, {}, {}, "", FailureClass::timeout},
      Row{FailureKind::idle, {}, {}, "", FailureClass::timeout},
      Row{FailureKind::missing_command, 127, {}, "", FailureClass::permanent},
      Row{FailureKind::tool_failed, {}, {}, "", FailureClass::permanent},
      Row{FailureKind::conflict, {}, {}, "", FailureClass::merge_conflict},
      Row{FailureKind::interrupted, {}, {}, "", FailureClass::transient},
  };
  for (const Row& row : rows) {
    CAPTURE(row.output);
    CAPTURE(to_string(row.kind));
    CHECK(to_string(classify(row.kind, row.exit_code, row.signal, row.output)) == to_string(row.expected));
  }
}

TEST_CASE("failure class: #4001 what is unknown is tried again, what is known to repeat is not") {
  CHECK(is_retriable(FailureClass::unknown));
  CHECK(is_retriable(FailureClass::validation));
  CHECK(is_retriable(FailureClass::transient));
  CHECK(is_retriable(FailureClass::resource));
  CHECK(is_retriable(FailureClass::timeout));
  CHECK_FALSE(is_retriable(FailureClass::permanent));
  CHECK_FALSE(is_retriable(FailureClass::cancelled));
  CHECK_FALSE(is_retriable(FailureClass::merge_conflict));
  CHECK_FALSE(is_retriable(FailureClass::none));
}

TEST_CASE(
    "error patterns: the same failure of the same work is one pattern, whatever numbers and names it has") {
  const std::string one = pattern_of(FailureClass::unknown, "make test -j4", "exit code 2 in 'net/a.c'");
  CHECK(one == pattern_of(FailureClass::unknown, "make test -j8", "exit code 77 in 'io/b.c'"));
  CHECK(one != pattern_of(FailureClass::unknown, "make lint", "exit code 2 in 'net/a.c'"));
  CHECK(one != pattern_of(FailureClass::timeout, "make test", "exit code 2 in 'net/a.c'"));
}

TEST_CASE("error patterns: learned from each failure, and found for work like it") {
  SubplanStatus subplan;
  subplan.spec.name = "net";
  subplan.spec.run = "make test";
  subplan.spec.check = "./check.sh";
  subplan.error = "the check failed";
  ErrorPattern pattern;
  const std::string key = pattern_of(FailureClass::validation, subplan.spec.run, subplan.error);
  for (int i = 0; i < 12; ++i)
    pattern = learn(pattern, key, FailureClass::validation, "local/x", subplan, 100 + i);
  CHECK(pattern.frequency == 12);
  CHECK(pattern.created_at == 100);
  CHECK(pattern.last_seen == 111);
  CHECK(pattern.historical_failures.size() == 10);
  REQUIRE(pattern.preventive_checks.size() == 1);
  CHECK(pattern.preventive_checks[0].find("./check.sh") != std::string::npos);
  CHECK(patterns_for({pattern}, subplan.spec).size() == 1);
  subplan.spec.run = "cargo build";
  CHECK(patterns_for({pattern}, subplan.spec).empty());
}
