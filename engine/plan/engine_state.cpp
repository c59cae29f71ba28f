#include "engine/plan/engine_state.h"

#include <spdlog/spdlog.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <utility>

namespace pland::engine {

PlanRuntime* EngineState::find(const std::string& plan_id) {
  const auto found = plans.find(plan_id);
  return found == plans.end() ? nullptr : found->second.get();
}

PlanRuntime* EngineState::find_any(const std::string& id) {
  if (PlanRuntime* plan = find(id)) return plan;
  const auto parent = plan_of_subplan.find(id);
  return parent == plan_of_subplan.end() ? nullptr : find(parent->second);
}

std::optional<std::size_t> subplan_index(const LivePlan& live, const std::string& subplan_id) {
  for (std::size_t i = 0; i < live.subplans.size(); ++i) {
    if (live.subplans[i].subplan_id == subplan_id) return i;
  }
  return std::nullopt;
}

BusyGuard::~BusyGuard() {
  if (--state_.busy > 0) return;
  // From the loop's queue: who waits for idleness may destroy what this guard lives in.
  asio::post(state_.executor, [callbacks = std::exchange(state_.when_idle, {})] {
    for (const auto& callback : callbacks) callback();
  });
}

void launch(EngineState& state, std::string what, std::function<asio::awaitable<void>()> body) {
  auto guard = std::make_shared<BusyGuard>(state);
  auto function = std::make_shared<std::function<asio::awaitable<void>()>>(std::move(body));
  asio::co_spawn(
      state.executor,
      [function, executor = state.executor]() -> asio::awaitable<void> {
        // Never within the call of launch: who launches is in the middle of something.
        co_await asio::post(executor, asio::use_awaitable);
        co_await (*function)();
      },
      [guard, function, what = std::move(what)](const std::exception_ptr& failure) {
        if (!failure) return;
        try {
          std::rethrow_exception(failure);
        } catch (const std::exception& error) {
          spdlog::critical("{} ended by an exception: {}", what, error.what());
        }
      });
}

Error unknown_plan(const std::string& id) {
  return Error{ErrorCode::not_found,
               id.empty() ? std::string("no plan or subplan is named")
                          : "there is no plan or subplan '" + id + "'; `status` lists those there are",
               {{"id", id}}};
}

Error refused(std::string message) {
  return Error{ErrorCode::refused, std::move(message)};
}

}  // namespace pland::engine
