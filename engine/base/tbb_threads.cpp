#include "engine/base/tbb_threads.h"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#ifdef PLAND_TELL_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>

/// Also for the programs that tests start, with whatever environment. oneTBB's own data is ordered inside the
/// library; what it hands over for us is told below. glibc changes the time zone under a lock of its own
/// (libgit2 asks for the time of a reflog entry on several threads).
extern "C" const char* __tsan_default_suppressions();  // the sanitizer calls it
extern "C" const char* __tsan_default_suppressions() {
  return "race:libtbb.so\nrace:tzset_internal\n";
}
#endif

namespace pland::engine {
namespace {

#ifdef PLAND_TELL_THREAD_SANITIZER
void hand_over(void* context) {
  __tsan_release(context);
}
void take_over(void* context) {
  __tsan_acquire(context);
}
#else
void hand_over(void* /*context*/) {}
void take_over(void* /*context*/) {}
#endif

}  // namespace

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
  hand_over(context);
  arena->arena.enqueue([function, context] {
    take_over(context);
    function(context);
  });
}

void tbb_for_ranges(TbbThreads* arena, std::size_t count, std::size_t grain,
                    void (*body)(void*, std::size_t, std::size_t), void* context) {
  hand_over(context);
  arena->arena.execute([&] {
    tbb::this_task_arena::isolate([&] {
      tbb::parallel_for(tbb::blocked_range<std::size_t>(0, count, grain),
                        [&](const tbb::blocked_range<std::size_t>& range) {
                          take_over(context);
                          body(context, range.begin(), range.end());
                          hand_over(context);
                        });
    });
  });
  take_over(context);
}

}  // namespace pland::engine
