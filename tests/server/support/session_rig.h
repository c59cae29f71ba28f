// A session of the server and an editor that talks to it, in one process and one thread: bytes go through
// memory, every message is judged by the conformance validator, and waiting is waiting for the loop, never
// for time.
#pragma once

#include <asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/arena.h"
#include "server/session.h"
#include "tests/support/session/expectations.h"
#include "tests/support/session/fake_editor.h"
#include "tests/support/temp_folder.h"

namespace pland::test {

using Json = nlohmann::json;

class SessionRig {
 public:
  struct Options {
    session::EditorOptions editor = {};
    std::filesystem::path root = {};  ///< default: an empty folder of the rig's own
    bool initialize = true;
    std::string documentation = "file:///doc/diagnostics.md";
  };
  SessionRig() : SessionRig(Options()) {}
  explicit SessionRig(Options options);
  ~SessionRig();

  session::FakeEditor& editor() { return *editor_; }
  const jsonrpc::Binder& binder() const { return session_->binder(); }
  const std::filesystem::path& root() const { return root_; }
  /// Where projects keep their state, a folder each.
  std::filesystem::path state() const { return folder_ / "state"; }
  /// Writes a file below the root.
  void write(const std::string& path, const std::string& text) const;
  std::string read(const std::string& path) const;
  /// The input of the server ends.
  void hang_up();
  /// Lets the server run until its session is over; the exit code.
  int exit_code();
  /// Ends the session as an editor does, and begins another one on the same state.
  void restart();
  /// Waits until nothing of the server runs (pland/sync).
  void sync() { editor_->ask("pland/sync"); }

 private:
  class Memory;
  void begin(bool initialize);
  void end();
  bool pump(std::chrono::steady_clock::time_point deadline);

  TempFolder folder_;
  Options options_;
  std::filesystem::path root_;
  asio::io_context loop_;
  engine::Arena arena_{2};
  std::unique_ptr<Memory> memory_;
  std::unique_ptr<server::Session> session_;
  std::optional<int> code_;
  std::optional<session::FakeEditor> editor_;
};

}  // namespace pland::test
