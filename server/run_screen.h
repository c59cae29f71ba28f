// What `pland run` shows while subplans work: on a terminal one live line a subplan, elsewhere a plain line
// at every change. Loop thread only.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <map>
#include <string>

#include "engine/plan/engine.h"

namespace pland::server {

class RunScreen {
 public:
  /// `out` must outlive it. `rows` of the terminal; a plan with more subplans is shown in plain lines.
  RunScreen(std::ostream& out, bool live, std::size_t rows, bool colour = false);
  /// Shows the plan as it is now, what changed since the last call.
  void show(const engine::LivePlan& plan, engine::Timestamp now);

 private:
  std::ostream& out_;
  bool live_;
  std::size_t rows_;
  bool colour_;
  std::size_t drawn_ = 0;                      ///< lines of the live picture on the terminal
  std::map<std::string, std::string> states_;  ///< as last shown, by subplan
};

}  // namespace pland::server
