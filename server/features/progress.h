// One work-done progress for each run of a plan: "3/8 done, 2 running", with a button that cancels it.
//
// A run's progress begins when the client has agreed to the token, reports at most ten
// times a second and always ends: when the run settles, when the client refuses, when the object goes. A
// client without support gets none. Loop thread only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "server/client.h"
#include "server/timers.h"
#include "server/workspace.h"

namespace pland::server {

class PlanProgress {
 public:
  using Cancel = std::function<void(const std::string& plan_id)>;
  /// `client` and `timers` must outlive it.
  PlanProgress(Client& client, jsonrpc::Timers& timers, Cancel cancel);
  ~PlanProgress();

  /// A run has begun. (A workDoneToken of the caller would die with the answer, long before the run ends.)
  void start(const engine::LivePlan& plan);
  /// The plan changed; ends the progress when nothing of it runs any more.
  void update(const engine::LivePlan& plan);
  /// window/workDoneProgress/cancel.
  void cancelled(const lsp::ProgressToken& token);
  /// The run is over whatever the plan says.
  void end(const std::string& plan_id);
  void end_all();

 private:
  class Run;
  Client& client_;
  jsonrpc::Timers& timers_;
  Cancel cancel_;
  std::map<std::string, std::shared_ptr<Run>> runs_;  ///< by plan
  std::uint64_t last_ = 0;
};

}  // namespace pland::server
