#include "engine/base/tbb_threads.h"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

namespace pland::engine {

struct TbbThreads {
  explicit TbbThreads(int threads)
      // The library counts the loop thread as one of its own; it is not, so allow one more.
      : limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads) + 1),
        arena(threads, 0) {}
  tbb::global_control limit;
  tbb::task_arena arena;
};

TbbThreads* tbb_start(int threads) {
  return new TbbThreads(threads);
}

void tbb_stop(TbbThreads* arena) {
  delete arena;
}

void tbb_enqueue(TbbThreads* arena, void (*function)(void*), void* context) {
  arena->arena.enqueue([function, context] { function(context); });
}

void tbb_for_ranges(TbbThreads* arena, std::size_t count, std::size_t grain,
                    void (*body)(void*, std::size_t, std::size_t), void* context) {
  arena->arena.execute([&] {
    tbb::this_task_arena::isolate([&] {
      tbb::parallel_for(
          tbb::blocked_range<std::size_t>(0, count, grain),
          [&](const tbb::blocked_range<std::size_t>& range) { body(context, range.begin(), range.end()); });
    });
  });
}

}  // namespace pland::engine
