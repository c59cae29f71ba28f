#include "server/features/progress.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "protocol/lsp/methods.h"
#include "server/wording.h"

namespace pland::server {
namespace {

constexpr std::chrono::milliseconds report_interval{100};

/// A plan that a rollback has put back still awaits input when its run has just been asked for.
bool has_a_run(const engine::Plan& plan) {
  return engine::is_running(plan) || engine::awaits_input(plan);
}

std::uint32_t percentage(const engine::LivePlan& plan) {
  if (plan.subplans.empty()) return 0;
  const auto settled = std::count_if(plan.subplans.begin(), plan.subplans.end(),
                                     [](const auto& subplan) { return engine::is_settled(subplan.state); });
  return static_cast<std::uint32_t>(settled * 100 / static_cast<std::ptrdiff_t>(plan.subplans.size()));
}

}  // namespace

class PlanProgress::Run {
 public:
  Run(Client& client, jsonrpc::Timers& timers, lsp::ProgressToken token, std::string title)
      : client_(client),
        token_(std::move(token)),
        title_(std::move(title)),
        throttle_(timers, report_interval, [this] { report(); }) {}
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() {
    if (!begun_) return;
    throttle_.flush();
    send(lsp::WorkDoneProgressEnd{message_});
  }

  const lsp::ProgressToken& token() const { return token_; }

  void begin() {
    begun_ = true;
    lsp::WorkDoneProgressBegin value;
    value.title = title_;
    value.cancellable = true;
    value.message = message_;
    value.percentage = percentage_;
    send(std::move(value));
  }

  void tell(std::string message, std::uint32_t done) {
    done = std::max(done, percentage_);
    if (message == message_ && done == percentage_) return;
    message_ = std::move(message);
    percentage_ = done;
    if (begun_) throttle_.ask();
  }

 private:
  void report() {
    lsp::WorkDoneProgressReport value;
    value.message = message_;
    value.percentage = percentage_;
    send(std::move(value));
  }
  template <typename Value>
  void send(Value value) {
    client_.notify(lsp::method::progress, lsp::ProgressParams{token_, std::move(value)});
  }

  Client& client_;
  lsp::ProgressToken token_;
  std::string title_;
  std::string message_;
  std::uint32_t percentage_ = 0;
  bool begun_ = false;
  Throttle throttle_;
};

PlanProgress::PlanProgress(Client& client, jsonrpc::Timers& timers, Cancel cancel)
    : client_(client), timers_(timers), cancel_(std::move(cancel)) {}

PlanProgress::~PlanProgress() = default;

void PlanProgress::start(const engine::LivePlan& plan) {
  const std::string& id = plan.plan.plan_id;
  if (runs_.contains(id) || !has_a_run(plan.plan)) return;
  if (!client_.can(lsp::method::work_done_progress_create)) return;
  auto run = std::make_shared<Run>(client_, timers_, lsp::ProgressToken(id + "/" + std::to_string(++last_)),
                                   "Plan " + plan.plan.name);
  runs_.emplace(id, run);
  run->tell(progress_text(plan), percentage(plan));
  client_.request<jsonrpc::Nothing>(
      lsp::method::work_done_progress_create, lsp::WorkDoneProgressCreateParams{run->token()},
      [weak = std::weak_ptr(run)](const jsonrpc::Outcome<jsonrpc::Nothing>& answer) {
        // A run that is over by now, or a client that refuses: nothing was begun, nothing is to end.
        const auto agreed = weak.lock();
        if (agreed && answer.ok()) agreed->begin();
      });
}

void PlanProgress::update(const engine::LivePlan& plan) {
  const auto run = runs_.find(plan.plan.plan_id);
  if (run == runs_.end()) return;
  run->second->tell(progress_text(plan), percentage(plan));
  if (!has_a_run(plan.plan)) runs_.erase(run);
}

void PlanProgress::cancelled(const lsp::ProgressToken& token) {
  for (const auto& [plan_id, run] : runs_) {
    if (run->token() == token) return cancel_(std::string(plan_id));
  }
}

void PlanProgress::end(const std::string& plan_id) {
  runs_.erase(plan_id);
}

void PlanProgress::end_all() {
  runs_.clear();
}

}  // namespace pland::server
