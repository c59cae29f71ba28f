#include "engine/base/clock.h"

#include <fmt/format.h>

#include <ctime>

namespace pland::engine {

std::string to_iso8601(Timestamp time) {
  Timestamp seconds = time / 1000;
  Timestamp millis = time % 1000;
  if (millis < 0) {
    millis += 1000;
    --seconds;
  }
  const std::time_t clock_time = static_cast<std::time_t>(seconds);
  std::tm utc{};
  gmtime_r(&clock_time, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, millis);
}

}  // namespace pland::engine
