#include "engine/base/arena.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "engine/base/tbb_threads.h"

namespace pland::engine {

namespace arena_detail {

Error error_of(const std::exception_ptr& failure) {
  std::string what = "an exception of unknown type";
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& exception) {
    what = exception.what();
  } catch (...) {
  }
  return Error{ErrorCode::internal, "a defect in pland: background work threw: " + what};
}

}  // namespace arena_detail

struct Arena::Implementation {
  int threads = 1;
  TbbThreads* tbb = nullptr;  ///< null when inline
  std::mutex mutex;
  std::condition_variable idle;
  std::deque<std::unique_ptr<arena_detail::Job>> queue;
  std::size_t unfinished = 0;

  static void run_one(void* self) {
    auto& arena = *static_cast<Implementation*>(self);
    std::unique_ptr<arena_detail::Job> job;
    {
      const std::scoped_lock lock(arena.mutex);
      job = std::move(arena.queue.front());
      arena.queue.pop_front();
    }
    job->work();
    job->deliver();
    job.reset();
    const std::scoped_lock lock(arena.mutex);
    if (--arena.unfinished == 0) arena.idle.notify_all();
  }
};

Arena::Arena(int threads) : implementation_(std::make_unique<Implementation>()) {
  if (threads <= 0) threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  implementation_->threads = threads;
  implementation_->tbb = tbb_start(threads);
}

Arena::Arena(Inline) : implementation_(std::make_unique<Implementation>()) {}

Arena::~Arena() {
  if (implementation_->tbb == nullptr) return;
  {
    std::unique_lock lock(implementation_->mutex);
    implementation_->idle.wait(lock, [this] { return implementation_->unfinished == 0; });
  }
  tbb_stop(implementation_->tbb);
}

int Arena::threads() const {
  return implementation_->threads;
}

void Arena::submit(std::unique_ptr<arena_detail::Job> job, const asio::any_io_executor& executor) {
  if (implementation_->tbb == nullptr) {
    asio::post(executor, [job = std::move(job)] {
      job->work();
      job->deliver();
    });
    return;
  }
  {
    const std::scoped_lock lock(implementation_->mutex);
    implementation_->queue.push_back(std::move(job));
    ++implementation_->unfinished;
  }
  tbb_enqueue(implementation_->tbb, &Implementation::run_one, implementation_.get());
}

namespace {

/// One parallel_for.
struct Batch {
  explicit Batch(const std::function<void(std::size_t)>& function) : body(function) {}
  const std::function<void(std::size_t)>& body;
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::exception_ptr failure;

  static void run_range(void* self, std::size_t begin, std::size_t end) {
    auto& batch = *static_cast<Batch*>(self);
    for (std::size_t i = begin; i < end && !batch.failed.load(std::memory_order_relaxed); ++i) {
      try {
        batch.body(i);
      } catch (...) {
        const std::scoped_lock lock(batch.mutex);
        if (!batch.failure) batch.failure = std::current_exception();
        batch.failed.store(true, std::memory_order_relaxed);
      }
    }
  }
};

}  // namespace

void Arena::parallel_for(std::size_t count, const std::function<void(std::size_t)>& body, std::size_t grain) {
  if (count == 0) return;
  Batch batch(body);
  if (implementation_->tbb == nullptr || count <= grain) {
    Batch::run_range(&batch, 0, count);
  } else {
    tbb_for_ranges(implementation_->tbb, count, std::max<std::size_t>(grain, 1), &Batch::run_range, &batch);
  }
  if (batch.failure) std::rethrow_exception(batch.failure);
}

}  // namespace pland::engine
