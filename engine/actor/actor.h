// Who does a subplan's work. An actor is given a sandbox and a subplan, works in the sandbox until it is
// done, and says how it went. Loop thread only; waiting is asynchronous.
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/actor/file_tools.h"
#include "engine/actor/proposal.h"
#include "engine/base/cancellation.h"
#include "engine/base/result.h"
#include "engine/model/plan.h"
#include "engine/model/plan_spec.h"

namespace pland::engine {

/// A call that is about to be made, asked about before it is: an error stops the work (FailureKind::guard).
struct IntendedCall {
  std::string tool;
  bool writes = false;
  int calls_before = 0;  ///< in this step
};
using ToolGate = std::function<Status(const IntendedCall& call)>;

struct WorkRequest {
  std::filesystem::path sandbox;  ///< the work's folder; commands start there, tools stay there
  SubplanSpec spec;
  std::optional<std::chrono::milliseconds> timeout;       ///< in effect: the subplan's, else the plan's
  std::optional<std::chrono::milliseconds> idle_timeout;  ///< likewise
  std::map<std::string, std::string>
      environment;  ///< PLAND_PLAN, PLAND_SUBPLAN, PLAND_SANDBOX ...; spec.environment is added to it
  std::filesystem::path output_path;      ///< where the output is kept; empty: nowhere
  std::string token;                      ///< ULID by which its processes are found again
  std::chrono::milliseconds grace{3000};  ///< from SIGTERM to SIGKILL
  std::filesystem::path supervisor;       ///< empty: beside the running program
  ToolGate gate;                          ///< empty: every call is made
};

/// One tool call as it was really made.
struct ToolInvocation {
  std::string tool;
  nlohmann::json arguments;
  bool succeeded = false;
  std::string answer;  ///< what the tool said, or its error
  std::vector<FileChange> changes;
};

/// How the work went. `failure` is none exactly when it succeeded or was cancelled.
struct WorkOutcome {
  FailureKind failure = FailureKind::none;
  bool cancelled = false;
  std::optional<int> exit_code;
  std::optional<int> signal;
  std::string error;  ///< one line a person can act on; empty when it succeeded
  std::string output_tail;
  std::filesystem::path output_path;
  std::chrono::milliseconds duration{0};
  std::vector<ToolInvocation> invocations;
  std::vector<SubplanProposal> proposals;  ///< child plans that it asked for, in order

  bool succeeded() const { return failure == FailureKind::none && !cancelled; }
};

class Actor {
 public:
  virtual ~Actor() = default;
  /// Does the work of `request.spec`. Failed work is a WorkOutcome; an Error means that it could not be tried
  /// (no supervisor, the sandbox gone, the output file not to be made), or ErrorCode::cancelled before it
  /// began.
  virtual asio::awaitable<Result<WorkOutcome>> perform(WorkRequest request, Cancellation cancellation) = 0;
};

}  // namespace pland::engine
