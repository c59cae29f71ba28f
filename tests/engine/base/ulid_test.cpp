#include "engine/base/ulid.h"

#include <doctest/doctest.h>

#include <set>

using namespace pland::engine;

namespace {
struct HeldClock final : Clock {
  Timestamp time = 1469918176385;
  Timestamp now() const override { return time; }
};
}  // namespace

TEST_CASE("ulid: the time part is the specification's example") {
  HeldClock clock;
  CHECK(UlidSource(clock).next().substr(0, 10) == "01ARYZ6S41");
}

TEST_CASE("ulid: strictly increasing within a millisecond and when the clock steps back") {
  HeldClock clock;
  UlidSource source(clock);
  std::string last = source.next();
  for (int i = 0; i < 2000; ++i) {
    if (i == 1000) clock.time -= 5000;
    const std::string next = source.next();
    CHECK(next > last);
    CHECK(is_ulid(next));
    last = next;
  }
}

TEST_CASE("ulid: what is not one") {
  CHECK_FALSE(is_ulid(""));
  CHECK_FALSE(is_ulid("81ARYZ6S41TSV4RRFFQ69G5FAV"));
  CHECK_FALSE(is_ulid("01ARYZ6S41TSV4RRFFQ69G5FAU"));
}

TEST_CASE("clock: ISO 8601 in UTC") {
  CHECK(to_iso8601(1469918176385) == "2016-07-30T22:36:16.385Z");
}
