// Merge conflicts on the user's own lines: one `merge-conflict` error an open hunk, which follows the user's
// typing.
//
// A hunk's base range counts lines of the plan's base; a line diff from the base text to the user's text of
// this moment (the open buffer, else the disk) says where those lines are now. Base texts and the places of
// the two sides are found out when the plan changes; a keystroke only diffs. A conflict about a file that the
// user does not have stands on its subplan's name in the plan file. Loop thread only.
#pragma once

#include <asio/awaitable.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "server/diagnostics.h"
#include "server/style.h"
#include "server/texts.h"
#include "server/workspace.h"

namespace pland::server {

class ConflictDiagnostics {
 public:
  /// All must outlive it.
  ConflictDiagnostics(const OpenDocuments& documents, Texts& texts, const Workspace& workspace,
                      engine::Arena& arena, Diagnostics& diagnostics, DiagnosticStyle style)
      : documents_(documents),
        texts_(texts),
        workspace_(workspace),
        arena_(arena),
        diagnostics_(diagnostics),
        style_(std::move(style)) {}

  /// The plan changed.
  asio::awaitable<void> refresh(engine::Engine& engine, std::string plan_id);
  /// The file's text changed: recomputes what stands in it, at once.
  void file_changed(const FileKey& file);
  /// Some conflict's lines are looked for in this file.
  bool speaks_of(const FileKey& file) const;
  /// It speaks of no file at all.
  bool empty() const { return plans_.empty(); }

 private:
  /// A conflict with all that placing it needs.
  struct Placed {
    engine::Conflict conflict;
    FileKey file;
    FileKey plan_file;    ///< empty: the plan was spawned without one
    std::string subplan;  ///< name of the one that merged last; empty at apply
    std::string message;
    std::shared_ptr<const std::string> base;  ///< null without hunks
    bool exists = true;                       ///< the user has the file; known of binary ones only
    std::vector<std::vector<lsp::DiagnosticRelatedInformation>>
        sides;  ///< of each hunk; one entry without hunks
  };
  Placed describe(const engine::LivePlan& plan, const engine::Conflict& conflict,
                  const std::filesystem::path& project) const;
  asio::awaitable<void> find_base(engine::Engine& engine, std::string commit, Placed& placed);
  asio::awaitable<void> find_sides(Placed& placed, std::string ours, std::string theirs,
                                   std::filesystem::path ours_file, std::filesystem::path theirs_file);
  /// Adds what the conflict shows in the user's file (or, without one, in the plan file) to `files`.
  void place(const Placed& placed, FileDiagnostics& files);
  FileDiagnostics place_all(const std::vector<Placed>& conflicts);

  const OpenDocuments& documents_;
  Texts& texts_;
  const Workspace& workspace_;
  engine::Arena& arena_;
  Diagnostics& diagnostics_;
  DiagnosticStyle style_;
  std::map<std::string, std::vector<Placed>> plans_;  ///< by the owner's name in Diagnostics
};

}  // namespace pland::server
