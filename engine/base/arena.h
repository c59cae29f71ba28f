// The one crossing between threads (design invariant 2).
//
// The loop thread owns every mutable object. Heavy pure work, a function of values, is handed to the arena,
// runs on its threads, and its result comes back to the loop. `run` is that hand-over for a coroutine;
// `parallel_for` splits work that is already in the arena.
//
// What the handed function captures it must own (values, shared_ptr to const): it runs while the loop goes
// on. It is called once, and it and its result are destroyed on the loop thread.
//
// Threads: construct, `run` and destroy on the loop thread; `parallel_for` anywhere. Lifetime: the arena must
// be destroyed before the io_context whose coroutines use it; its destructor finishes all work handed over.
// Work in flight counts as work of the io_context, so `io_context::run` does not return before its result
// arrived.
//
// The hand-over carries its own release and acquire (a mutex one way, the io_context's own queue the other,
// atomics around `parallel_for`), because ThreadSanitizer cannot see through an uninstrumented oneTBB
// library.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/execution/outstanding_work.hpp>
#include <asio/post.hpp>
#include <asio/prefer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "engine/base/result.h"

namespace pland::engine {

namespace arena_detail {

/// A piece of work on its way to a thread of the arena and back.
class Job {
 public:
  virtual ~Job() = default;
  virtual void work() noexcept = 0;     ///< on a thread of the arena
  virtual void deliver() noexcept = 0;  ///< on the same thread, last: resumes the coroutine on its executor
};

template <typename T>
struct IsResult : std::false_type {};
template <typename T>
struct IsResult<Result<T>> : std::true_type {};

/// The internal Error that an exception of the handed function becomes.
Error error_of(const std::exception_ptr& failure);

/// What comes back. Lives in the frame of the waiting coroutine.
template <typename F, typename R>
struct Slot {
  explicit Slot(F fn) : function(std::move(fn)) {}
  F function;
  std::conditional_t<std::is_void_v<R>, std::optional<bool>, std::optional<R>> result;
  std::exception_ptr failure;

  void fill() noexcept {
    try {
      if constexpr (std::is_void_v<R>) {
        function();
        result = true;
      } else {
        result.emplace(function());
      }
    } catch (...) {
      failure = std::current_exception();
    }
  }

  R take() {
    if (failure) {
      if constexpr (IsResult<R>::value) {
        return error_of(failure);
      } else {
        std::rethrow_exception(failure);
      }
    }
    if constexpr (!std::is_void_v<R>) return std::move(*result);
  }
};

template <typename SlotType, typename Handler>
class SlotJob final : public Job {
  using Executor = decltype(asio::prefer(std::declval<asio::any_io_executor>(),
                                         asio::execution::outstanding_work.tracked));

 public:
  SlotJob(SlotType& slot, Handler handler, const asio::any_io_executor& executor)
      : slot_(slot),
        handler_(std::move(handler)),
        executor_(asio::prefer(executor, asio::execution::outstanding_work.tracked)) {}
  void work() noexcept override { slot_.fill(); }
  void deliver() noexcept override {
    // The frame, and with it the slot, now belongs to the loop again.
    asio::post(executor_, std::move(handler_));
  }

 private:
  SlotType& slot_;
  Handler handler_;
  Executor executor_;
};

}  // namespace arena_detail

class Arena {
 public:
  /// How many threads; 0: as many as the machine runs at once.
  explicit Arena(int threads = 0);
  /// No threads: `run` calls the function on the loop, from the io_context's queue. For tests that must be
  /// exactly repeatable.
  struct Inline {};
  explicit Arena(Inline);
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  /// Waits until all work handed over has ended and its result was posted.
  ~Arena();

  /// Calls `fn` in the arena and resumes the coroutine on its own executor with what it returned. An
  /// exception comes out of here as an internal Error where `fn` returns a Result, else it is thrown again on
  /// the loop.
  template <typename F>
  asio::awaitable<std::invoke_result_t<std::decay_t<F>&>> run(F&& fn) {
    static_assert(std::is_lvalue_reference_v<F> || std::is_trivially_destructible_v<F>,
                  "give the function a name first, `auto work = [...] {...}; co_await arena.run(work);`: "
                  "g++ 12 destroys a temporary in a co_await expression twice");
    using Slot = arena_detail::Slot<std::decay_t<F>, std::invoke_result_t<std::decay_t<F>&>>;
    // Moved from also when it has a name: it was named for this call alone.
    return run_slot(std::make_unique<Slot>(std::move(fn)));  // NOLINT(bugprone-move-forwarding-reference)
  }

  /// Calls body(0) ... body(count - 1), in any order, several at once, and returns when all have returned.
  /// Within a piece of arena work it uses the arena's idle threads; elsewhere the calling thread joins in.
  /// The first exception comes out of here; bodies that have not started by then are skipped. `grain` bodies
  /// at a time go to one thread.
  void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body, std::size_t grain = 1);

  /// How many bodies may run at once; 1 when inline.
  int threads() const;

 private:
  template <typename F, typename R>
  asio::awaitable<R> run_slot(std::unique_ptr<arena_detail::Slot<F, R>> slot) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
        [this, &slot, &executor](auto handler) {
          using Job = arena_detail::SlotJob<arena_detail::Slot<F, R>, decltype(handler)>;
          submit(std::make_unique<Job>(*slot, std::move(handler), executor), executor);
        },
        asio::use_awaitable);
    co_return slot->take();
  }

  void submit(std::unique_ptr<arena_detail::Job> job, const asio::any_io_executor& executor);
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace pland::engine
