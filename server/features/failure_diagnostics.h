// What went wrong with subplans, on their names in the plan file: `subplan-failed` and `scope-violation`.
//
// Shown for the newest plan of a file (shown.h), until the failure is retried. Loop thread only.
#pragma once

#include <asio/awaitable.hpp>
#include <map>
#include <string>
#include <vector>

#include "server/diagnostics.h"
#include "server/style.h"
#include "server/texts.h"
#include "server/workspace.h"

namespace pland::server {

class FailureDiagnostics {
 public:
  /// All must outlive it.
  FailureDiagnostics(const OpenDocuments& documents, Texts& texts, const Workspace& workspace,
                     Diagnostics& diagnostics, DiagnosticStyle style)
      : documents_(documents),
        texts_(texts),
        workspace_(workspace),
        diagnostics_(diagnostics),
        style_(std::move(style)) {}

  /// The plan changed. Looks at the plan file on disk when it is not open.
  asio::awaitable<void> refresh(engine::Engine& engine, std::string plan_id);
  /// The file's text changed: what stands in it moves along.
  void file_changed(const FileKey& file);
  /// A plan of this file has failures that are shown.
  bool speaks_of(const FileKey& file) const;

 private:
  struct Finding {
    std::string subplan;
    lsp::Diagnostic diagnostic;  ///< its range is set when it is placed
  };
  struct PlanFindings {
    FileKey file;
    std::vector<Finding> findings;
  };
  std::vector<Finding> findings_of(engine::Engine& engine, const engine::LivePlan& plan) const;
  std::vector<lsp::Diagnostic> placed(const PlanFindings& plan);

  const OpenDocuments& documents_;
  Texts& texts_;
  const Workspace& workspace_;
  Diagnostics& diagnostics_;
  DiagnosticStyle style_;
  std::map<std::string, PlanFindings> plans_;  ///< by the owner's name in Diagnostics
};

}  // namespace pland::server
