// Time as a value that tests can hold still.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace pland::engine {

/// Wall-clock time in milliseconds since the Unix epoch: what the store keeps.
using Timestamp = std::int64_t;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
};

/// The system's clock. Any thread.
class SystemClock final : public Clock {
 public:
  Timestamp now() const override {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  }
};

/// ISO 8601 in UTC with milliseconds: "2026-11-23T07:16:11.042Z".
std::string to_iso8601(Timestamp time);

}  // namespace pland::engine
