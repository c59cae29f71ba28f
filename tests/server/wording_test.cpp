#include "server/wording.h"

#include <doctest/doctest.h>

#include <sstream>

#include "server/colour.h"
#include "server/excerpt.h"
#include "server/run_screen.h"

using namespace pland::server;
namespace engine = pland::engine;
using std::chrono::milliseconds;

TEST_CASE("wording: durations and ages") {
  CHECK(duration_text(milliseconds(420)) == "420 ms");
  CHECK(duration_text(milliseconds(3250)) == "3.2 s");
  CHECK(duration_text(milliseconds(59'999)) == "59 s");
  CHECK(duration_text(milliseconds(245'000)) == "4 min 5 s");
  CHECK(duration_text(milliseconds(7'380'000)) == "2 h 3 min");
  CHECK(duration_text(milliseconds(-5)) == "0 ms");
  constexpr engine::Timestamp now = 1'000'000'000;
  CHECK(age_text(now - 59'000, now) == "just now");
  CHECK(age_text(now + 5'000'000, now) == "just now");
  CHECK(age_text(now - 60'000, now) == "1 minute ago");
  CHECK(age_text(now - 42 * 60'000, now) == "42 minutes ago");
  CHECK(age_text(now - 3 * 3'600'000, now) == "3 hours ago");
  CHECK(age_text(now - 49 * 3'600'000, now) == "2 days ago");
}

TEST_CASE("wording: lists, counts and last lines") {
  CHECK(list_text({"a"}) == "a");
  CHECK(list_text({"a", "b", "c"}) == "a, b and c");
  CHECK(count_text(1, "file") == "1 file");
  CHECK(count_text(2, "file") == "2 files");
  CHECK(last_lines("a\nb\nc\n\n", 2) == "b\nc");
  CHECK(last_lines("a", 2) == "a");
  CHECK(last_lines("", 2).empty());
}

TEST_CASE("wording: max_retries bounds attempts") {
  engine::SubplanStatus subplan;
  engine::PlanSpec plan;
  for (const auto& [retries, attempts] : {std::pair{0, 1}, {1, 1}, {2, 2}, {3, 3}}) {
    plan.subplan_defaults.max_retries = retries;
    CHECK(attempts_allowed(subplan, plan) == attempts);
  }
  subplan.spec.max_retries = 5;
  CHECK(attempts_allowed(subplan, plan) == 5);
  plan.subplan_defaults.retry_failed = false;
  CHECK(attempts_allowed(subplan, plan) == 1);
  subplan.attempt_number = 4;
  CHECK(attempt_text(subplan, plan) == "attempt 4 of 4");
}

TEST_CASE("wording: what never began says why") {
  engine::SubplanStatus subplan;
  subplan.state = engine::ProcessingState::cancelled;
  CHECK(state_text(subplan, {}) == "cancelled");
  subplan.error = "not started: 'tax', which it runs after, did not succeed";
  CHECK(state_text(subplan, {}) == subplan.error);
  subplan.started_at = 1;
  CHECK(state_text(subplan, {}) == "cancelled");
}

TEST_CASE("run screen: plain lines say what changed, once") {
  engine::LivePlan plan;
  plan.subplans.resize(2);
  plan.subplans[0].subplan_id = "1";
  plan.subplans[0].spec.name = "a";
  plan.subplans[1].subplan_id = "2";
  plan.subplans[1].spec.name = "long";
  std::ostringstream out;
  RunScreen screen(out, false, 24);
  screen.show(plan, 0);
  CHECK(out.str().empty());
  plan.subplans[1].state = engine::ProcessingState::processing;
  screen.show(plan, 10);
  screen.show(plan, 2000);
  CHECK(out.str() == "run   long  running, attempt 1 of 2\n");
}

TEST_CASE("run screen: a live picture is drawn over itself") {
  engine::LivePlan plan;
  plan.subplans.resize(1);
  plan.subplans[0].spec.name = "a";
  std::ostringstream out;
  RunScreen screen(out, true, 24);
  screen.show(plan, 0);
  screen.show(plan, 0);
  CHECK(out.str() == "\x1b[2Kwait  a  queued\n\x1b[1A\x1b[2Kwait  a  queued\n");
}

TEST_CASE("colours: what they are given, and nothing but colours added") {
  const std::string excerpt =
      "src/a.c:2:1: error: net and docs both changed these lines [merge-conflict]\n"
      "    2 | two: error: in the text\n"
      "      | ^~~\n"
      "  net:\n"
      "      | ^ not a caret\n"
      "  resolve: pland resolve 01K ours|theirs|both|base\n"
      "\n"
      "no line end";
  const std::string shown = painted_excerpt(excerpt);
  std::string plain;
  for (std::size_t at = 0; at < shown.size(); ++at) {
    if (shown[at] == '\x1b') {
      at = shown.find('m', at);
    } else {
      plain += shown[at];
    }
  }
  CHECK(plain == excerpt);
  CHECK(shown.find("\x1b[1msrc/a.c:2:1:\x1b[0m \x1b[1;31merror:\x1b[0m \x1b[1mnet and docs") == 0);
  CHECK(shown.find("      | \x1b[32m^~~\x1b[0m\n") != std::string::npos);
  CHECK(shown.find("    2 | two: error: in the text\n") != std::string::npos);
  CHECK(shown.find("      | ^ not a caret\n") != std::string::npos);
  CHECK(shown.find("  \x1b[34mresolve: pland resolve 01K ours|theirs|both|base\x1b[0m\n") !=
        std::string::npos);
  CHECK(painted_excerpt("").empty());

  CHECK(may_colour(nullptr, "xterm"));
  CHECK(may_colour("", "xterm"));
  CHECK_FALSE(may_colour("1", "xterm"));
  CHECK_FALSE(may_colour(nullptr, "dumb"));
  CHECK_FALSE(may_colour(nullptr, nullptr));

  engine::LivePlan plan;
  plan.subplans.resize(1);
  plan.subplans[0].spec.name = "a";
  std::ostringstream out;
  RunScreen(out, true, 24, true).show(plan, 0);
  CHECK(out.str() == "\x1b[2K\x1b[2mwait\x1b[0m  a  queued\n");
}

TEST_CASE("excerpt: only what can be done is offered") {
  engine::Conflict conflict;
  conflict.conflict_id = "01K";
  conflict.path = "data.db";
  conflict.kind = engine::ConflictKind::row;
  conflict.base = conflict.ours =
      conflict.theirs = {"0123456789abcdef0123456789abcdef01234567", 0100644, "data.db"};
  const std::string shown = conflict_excerpt(engine::LivePlan{}, conflict, "", nullptr);
  CHECK(shown.find("  resolve: pland resolve 01K ours|theirs|base\n") != std::string::npos);
}
