// The seam through which heavy work is spread over threads: the engine passes its arena's parallel_for, a
// test may pass nothing and gets a plain loop.
#pragma once

#include <cstddef>
#include <functional>

namespace pland::engine {

/// Calls body(0) ... body(count - 1), in any order and on any threads, and returns when all are done.
using ParallelFor = std::function<void(std::size_t count, const std::function<void(std::size_t)>& body)>;

/// One after the other, on the calling thread.
inline void serial_for(std::size_t count, const std::function<void(std::size_t)>& body) {
  for (std::size_t i = 0; i < count; ++i) body(i);
}

}  // namespace pland::engine
