// Work that is a list of tool calls: the actor `tools`.
//
// The calls run one after another, each in the arena; the first that fails ends the work, and what the
// earlier ones changed stays (the attempt's sandbox is restored by whoever retries). Between calls the
// request's wall-clock limit and the cancellation are looked at. Every call that was really made is recorded,
// with the arguments that were sent.
#pragma once

#include "engine/actor/actor.h"
#include "engine/base/arena.h"

namespace pland::engine {

class ToolActor final : public Actor {
 public:
  explicit ToolActor(Arena& arena) : arena_(arena) {}
  asio::awaitable<Result<WorkOutcome>> perform(WorkRequest request, Cancellation cancellation) override;

 private:
  Arena& arena_;
};

}  // namespace pland::engine
