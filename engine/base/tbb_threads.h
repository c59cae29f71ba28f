// oneTBB behind plain functions, for engine/base/arena.cpp alone.
//
// The implementation is the one file that includes oneTBB, and the one file that is compiled without
// ThreadSanitizer in the `tsan` preset: the headers' templates write a task on one thread and read it on
// another, ordered by atomics inside the library that the sanitizer cannot see. It is told of them here: what
// happened before a call is seen by the callbacks, and what they did is seen after `tbb_for_ranges`. No
// exception may leave a callback.
#pragma once

#include <cstddef>

namespace pland::engine {

struct TbbThreads;

/// A task_arena of `threads` threads, none of them reserved for the caller.
TbbThreads* tbb_start(int threads);
/// Precondition: every enqueued callback has been called.
void tbb_stop(TbbThreads* arena);
/// Calls function(context) on one of the threads, later.
void tbb_enqueue(TbbThreads* arena, void (*function)(void*), void* context);
/// Calls body(context, begin, end) for disjoint ranges that cover [0, count), several at once; the caller
/// takes part. Meanwhile the caller's thread takes up nothing else.
void tbb_for_ranges(TbbThreads* arena, std::size_t count, std::size_t grain,
                    void (*body)(void*, std::size_t, std::size_t), void* context);

}  // namespace pland::engine
