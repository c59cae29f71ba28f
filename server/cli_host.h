// The face of the verbs on a terminal. Loop thread only.
#pragma once

#include <iosfwd>

#include "engine/plan/documents.h"
#include "protocol/jsonrpc/outcome.h"
#include "server/verb_host.h"
#include "server/verbs.h"

namespace pland::server {

/// Where a command talks to people.
struct Terminal {
  std::ostream& out;
  std::ostream& err;
  bool out_is_tty = false;
  bool in_is_tty = false;
  bool out_in_colour = false;
  std::size_t rows = 24;
};

class CliHost final : public VerbHost {
 public:
  /// `arena` and the terminal's streams must outlive it.
  CliHost(const asio::any_io_executor& executor, engine::Arena& arena, Terminal terminal,
          WorkspaceOptions options);

  Terminal& terminal() { return terminal_; }

  /// See Ask.
  asio::awaitable<Consent> ask(std::vector<std::string> lines);

  Workspace& workspace() override { return workspace_; }
  engine::Arena& arena() override { return arena_; }
  engine::Timestamp now() const override { return clock_.now(); }
  std::string actor() const override { return "cli"; }
  engine::Result<std::filesystem::path> path_of(const std::string& uri) const override;
  std::string uri_of(const std::filesystem::path& path) const override;
  std::string engine_uri_of(const std::string& uri) const override;
  asio::awaitable<engine::Result<std::string>> text_of(std::string uri) override;
  std::vector<std::string> plan_files() const override { return {}; }
  std::vector<std::filesystem::path> places() const override;
  asio::awaitable<void> show(std::filesystem::path file) override;
  void plan_file_read(const std::string&, const std::string&,
                      const engine::planfile::PlanDocument&) override {}
  void run_started(engine::Engine&, const std::string&) override {}

 private:
  engine::Arena& arena_;
  Terminal terminal_;
  engine::SystemClock clock_;
  engine::NoDocuments documents_;
  Workspace workspace_;
};

/// Exit codes of `pland run` and of the verbs.
namespace exit_code {
inline constexpr int done = 0;      ///< merged, and applied where asked
inline constexpr int failed = 1;    ///< conflicts or failures; a refused verb
inline constexpr int unusable = 2;  ///< wrong usage, or a plan file with errors
}  // namespace exit_code

/// `{code, message, data?}`
jsonrpc::Json error_json(const jsonrpc::ResponseError& error);
/// Ends a command: says why on stderr, and as `{"error": ...}` on stdout when stdout is for JSON.
int fail(CliHost& host, const jsonrpc::ResponseError& error, bool json);

/// The uri of a file named on the command line.
std::string uri_of_argument(const std::string& path);

}  // namespace pland::server
