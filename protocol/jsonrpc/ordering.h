// Which message must wait for which: the request ordering rule, in one table, and the queue that applies it.
//
// LSP wants messages handled roughly in the order sent, reordered only where no answer changes. Here every
// message has an Order, and `wait_for` says whether a later message may start while an earlier one is not
// done. Handlers start on the loop and take immutable snapshots of what they read, so most waits end when the
// earlier handler has *started*; only what changes things over several turns of the loop is waited out.
// Typing (document_update) therefore never waits for a slow request, and nothing but another mutation waits
// for a mutation, whether it runs or still stands in the queue (one that asks a person gives up its turn, see
// reply.h): an apply that runs needs the typing that its own workspace/applyEdit causes. After
// sourcekit-lsp's MessageHandlingDependencyTracker. One thread: the loop's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/jsonrpc/json.h"

namespace pland::jsonrpc {

enum class OrderKind {
  global_change,        ///< initialize, configuration, workspace folders: everything later depends on it
  document_update,      ///< key: the document's uri
  document_request,     ///< key: the document's uri
  plan_mutation,        ///< key: the plan's id
  plan_query,           ///< key: the plan's id; empty asks about all plans
  repository_mutation,  ///< a mutation that may touch any plan
  freestanding,         ///< depends on nothing: cancel, shutdown, progress
};

struct Order {
  OrderKind kind = OrderKind::freestanding;
  std::string key;
  bool operator==(const Order&) const = default;
};

enum class Wait { no, until_started, until_finished };

/// What `later` must wait for in `earlier`, which came before it on the wire.
Wait wait_for(const Order& later, const Order& earlier);

/// How a handler was registered (binder.h).
enum class HandlerKind { query, mutation, quick, notification };

/// The order of a message. Methods of LSP are listed in a table; of others a query reads and a mutation
/// changes the plan that `params.planId` names (all plans without it), and the rest is freestanding.
Order order_of(std::string_view method, HandlerKind kind, const Json& params);

/// Held by whoever works on a message; its destruction says that the work is finished. Move-only.
class Turn {
 public:
  Turn() = default;
  explicit Turn(std::function<void()> finish) : finish_(std::move(finish)) {}
  Turn(Turn&& other) noexcept : finish_(std::exchange(other.finish_, nullptr)) {}
  Turn& operator=(Turn&& other) noexcept {
    if (this != &other) {
      end();
      finish_ = std::exchange(other.finish_, nullptr);
    }
    return *this;
  }
  ~Turn() { end(); }
  void end() {
    if (auto finish = std::exchange(finish_, nullptr)) finish();
  }

 private:
  std::function<void()> finish_;
};

/// Starts messages in the order they came as far as wait_for allows. Work runs inside submit() or inside the
/// end of the Turn it waited for. A Turn may outlive the queue.
class OrderedQueue {
 public:
  using Work = std::function<void(Turn)>;
  OrderedQueue();
  OrderedQueue(const OrderedQueue&) = delete;
  OrderedQueue& operator=(const OrderedQueue&) = delete;
  ~OrderedQueue();

  /// Returns a number for withdraw().
  std::uint64_t submit(Order order, Work work);
  /// Takes back work that has not started; false if it has.
  bool withdraw(std::uint64_t number);
  /// Forgets all that has not started.
  void clear();
  /// Messages started or waiting.
  std::size_t size() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace pland::jsonrpc
