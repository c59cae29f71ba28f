#include "server/run_screen.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "server/colour.h"
#include "server/wording.h"

namespace pland::server {
namespace {

using engine::ProcessingState;

std::string_view mark(ProcessingState state) {
  switch (state) {
    case ProcessingState::complete:
    case ProcessingState::applied:
      return "ok";
    case ProcessingState::errored:
      return "FAIL";
    case ProcessingState::cancelled:
      return "stop";
    case ProcessingState::processing:
      return "run";
    default:
      return "wait";
  }
}

std::string coloured_mark(ProcessingState state) {
  const std::string text = fmt::format("{:<4}", mark(state));
  switch (state) {
    case ProcessingState::complete:
    case ProcessingState::applied:
      return painted(text, Colour::green);
    case ProcessingState::errored:
      return painted(text, Colour::red);
    case ProcessingState::cancelled:
      return painted(text, Colour::yellow);
    case ProcessingState::processing:
      return painted(text, Colour::blue);
    default:
      return painted(text, Colour::dim);
  }
}

std::string line_of(const engine::SubplanStatus& subplan, const engine::PlanSpec& plan, std::size_t width,
                    bool colour) {
  const std::string sign = colour ? coloured_mark(subplan.state) : fmt::format("{:<4}", mark(subplan.state));
  return fmt::format("{}  {:<{}}  {}", sign, subplan.spec.name, width, state_text(subplan, plan));
}

std::size_t name_width(const engine::LivePlan& plan) {
  std::size_t width = 0;
  for (const engine::SubplanStatus& subplan : plan.subplans)
    width = std::max(width, subplan.spec.name.size());
  return width;
}

}  // namespace

RunScreen::RunScreen(std::ostream& out, bool live, std::size_t rows, bool colour)
    : out_(out), live_(live), rows_(rows), colour_(colour) {}

void RunScreen::show(const engine::LivePlan& plan, engine::Timestamp now) {
  const std::size_t width = name_width(plan);
  if (live_ && plan.subplans.size() + 1 < rows_) {
    if (drawn_ > 0) out_ << "\x1b[" << drawn_ << "A";
    for (const engine::SubplanStatus& subplan : plan.subplans) {
      std::string line = line_of(subplan, plan.plan.spec, width, colour_);
      if (subplan.state == ProcessingState::processing && subplan.started_at) {
        line += ", " + duration_text(std::chrono::milliseconds(now - *subplan.started_at));
      }
      out_ << "\x1b[2K" << line << "\n";
    }
    drawn_ = plan.subplans.size();
    out_.flush();
    return;
  }
  for (const engine::SubplanStatus& subplan : plan.subplans) {
    std::string line = line_of(subplan, plan.plan.spec, width, colour_);
    std::string& shown = states_[subplan.subplan_id];
    if (line == shown) continue;
    // Everything begins in the queue; that is no news.
    if (!(shown.empty() && subplan.state == ProcessingState::queued)) out_ << line << "\n";
    shown = std::move(line);
  }
  out_.flush();
}

}  // namespace pland::server
