// A real project and an engine on it, driven from a test: `await` runs the loop until a verb has answered,
// `until_idle` until nothing runs. Nothing here waits for time.
#pragma once

#include <doctest/doctest.h>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/arena.h"
#include "engine/plan/engine.h"
#include "tests/support/temp_folder.h"

namespace pland::test {

/// Open documents that a test holds in place of an editor.
class FakeDocuments final : public engine::Documents {
 public:
  std::map<std::string, engine::OpenDocument> open;
  bool refuse = false;
  /// Runs before an edit is answered: what a user does meanwhile.
  std::function<void()> meanwhile;

  std::vector<engine::OpenDocument> open_documents(const std::filesystem::path&) const override;
  asio::awaitable<engine::Status> edit(const std::filesystem::path&, std::vector<engine::DocumentEdit> edits,
                                       std::string) override;
};

/// Path to content.
using Files = std::map<std::string, std::string>;

class EngineFixture {
 public:
  /// A git repository with these files committed; or, `with_git` false, a plain folder.
  explicit EngineFixture(const Files& files, bool with_git = true);
  ~EngineFixture();

  std::filesystem::path project() const { return folder_ / "project"; }
  std::filesystem::path state_root() const { return folder_ / "state"; }
  void write(const std::string& path, const std::string& text) const;
  std::string read(const std::string& path) const;
  bool exists(const std::string& path) const;
  /// Runs git in the project; its output.
  std::string git(const std::string& arguments) const;
  /// Everything of the user's repository that pland must not touch.
  std::string repository_state() const;

  engine::Engine& engine() { return *engine_; }
  void open_engine();
  void close_engine();

  asio::io_context& loop() { return loop_; }
  template <typename T>
  T await(asio::awaitable<T> work) {
    std::optional<T> result;
    std::exception_ptr failure;
    bool ended =
        false;  // the handler comes after the coroutine's last step: only then is nothing of ours in use
    auto body = [&]() -> asio::awaitable<void> { result.emplace(co_await std::move(work)); };
    asio::co_spawn(loop_, body, [&](const std::exception_ptr& thrown) {
      failure = thrown;
      ended = true;
    });
    run_until([&] { return ended; });
    if (failure) std::rethrow_exception(failure);
    return std::move(*result);
  }
  /// Runs the loop, event by event, until the condition holds; fails the test after a minute.
  void run_until(const std::function<bool()>& condition);
  void until_idle();

  /// Spawns the plan in `yaml` and returns its id.
  std::string spawn(const std::string& yaml, const std::string& uri = "file:///p/x.plan.yaml");
  /// Spawns and runs it to its end.
  const engine::LivePlan& run(const std::string& yaml);
  const engine::LivePlan& plan(const std::string& id);
  const engine::SubplanStatus& subplan(const engine::LivePlan& plan, const std::string& name);
  /// The text of a file in the plan's merged tree.
  std::string merged(const engine::LivePlan& plan, const std::string& path);

  FakeDocuments documents;

 private:
  TempFolder folder_;
  asio::io_context loop_;
  std::unique_ptr<engine::Arena> arena_;
  std::unique_ptr<engine::Engine> engine_;
};

}  // namespace pland::test
