#include "engine/actor/tool_calls.h"

#include "engine/actor/tool_table.h"
#include "engine/base/output_capture.h"

namespace pland::engine {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t tail_bytes = 4096;
constexpr std::size_t tail_lines = 30;
constexpr std::size_t output_cap = std::size_t{1} << 20U;

/// "builtin/read_file a.txt": the call as the output shows it.
std::string headline(const ToolCall& call) {
  std::string line = call.tool;
  for (const char* name : {"path", "text", "glob"}) {
    if (call.arguments.contains(name) && call.arguments[name].is_string()) {
      line += " " + call.arguments[name].get<std::string>();
    }
  }
  return line;
}

}  // namespace

asio::awaitable<Result<WorkOutcome>> ToolActor::perform(WorkRequest request, Cancellation cancellation) {
  if (cancellation.cancelled())
    co_return Error{ErrorCode::cancelled, "not started: " + cancellation.reason()};
  const auto begun = steady_clock::now();
  OutputCapture capture(tail_bytes, tail_lines);
  if (!request.output_path.empty()) {
    PLAND_CO_TRY(capture, OutputCapture::into_file(request.output_path, output_cap, tail_bytes, tail_lines));
  }
  WorkOutcome outcome;
  outcome.output_path = request.output_path;
  for (std::size_t i = 0; i < request.spec.tools.size(); ++i) {
    const ToolCall& call = request.spec.tools[i];
    const std::string where = "tool call " + std::to_string(i + 1) + " (" + headline(call) + ")";
    if (cancellation.cancelled()) {
      outcome.cancelled = true;
      outcome.error = "cancelled before " + where;
      break;
    }
    if (request.timeout && steady_clock::now() - begun >= *request.timeout) {
      outcome.failure = FailureKind::timed_out;
      outcome.error = "subplan timed out after " + std::to_string(request.timeout->count()) + "ms, before " +
                      where + "; raise `timeout`, or split the work";
      break;
    }
    const ToolDescription* tool = find_tool(call.tool);
    if (request.gate) {
      const bool writes = tool != nullptr && tool->writes;
      const Status allowed = request.gate({call.tool, writes, static_cast<int>(i)});
      if (!allowed.ok()) {
        outcome.failure = FailureKind::guard;
        outcome.error = where + " was not made: " + allowed.error().message;
        break;
      }
    }
    auto work = [sandbox = request.sandbox, call] { return call_tool(sandbox, call); };
    Result<ToolAnswer> answer = co_await arena_.run(work);
    ToolInvocation invocation{call.tool, call.arguments, answer.ok(), {}, {}};
    invocation.answer = answer.ok() ? answer->text : answer.error().message;
    if (answer.ok()) invocation.changes = answer->changes;
    if (answer.ok() && call.tool == "builtin/plan-subplan") {
      PLAND_CO_TRY(SubplanProposal proposal, read_proposal(call.arguments));
      outcome.proposals.push_back(std::move(proposal));
    }
    std::string text = headline(call) + "\n" + invocation.answer;
    if (!text.ends_with('\n')) text += '\n';
    capture.append(text);
    outcome.invocations.push_back(std::move(invocation));
    if (!answer.ok()) {
      outcome.failure = FailureKind::tool_failed;
      outcome.error = where + " failed: " + answer.error().message;
      break;
    }
  }
  capture.finish();
  outcome.output_tail = capture.tail();
  outcome.duration = duration_cast<milliseconds>(steady_clock::now() - begun);
  co_return outcome;
}

}  // namespace pland::engine
