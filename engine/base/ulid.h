// Identities: ULIDs (https://github.com/ulid/spec): 48 bits of milliseconds, 80 bits of randomness, 26
// characters of Crockford's base 32; sortable by creation time.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "engine/base/clock.h"

namespace pland::engine {

/// Makes ULIDs that strictly increase, also within one millisecond and when the clock steps back
/// (the spec's monotonic rule). Not thread-safe: the loop thread owns it.
class UlidSource {
 public:
  explicit UlidSource(const Clock& clock);
  std::string next();

 private:
  const Clock& clock_;
  std::mt19937_64 random_;
  std::uint64_t last_time_ = 0;
  std::array<std::uint8_t, 10> last_random_{};
};

/// True for 26 characters of Crockford's alphabet whose first is 0-7 (what `next` makes).
bool is_ulid(std::string_view text);

}  // namespace pland::engine
