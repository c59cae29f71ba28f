#include "tests/server/support/session_rig.h"

#include <spdlog/spdlog.h>

#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace pland::test {

namespace fs = std::filesystem;

/// Bytes of the server reach the editor in a turn of their own, as from a pipe.
class SessionRig::Memory final : public jsonrpc::Transport {
 public:
  Memory(asio::io_context& loop, SessionRig& rig) : loop_(loop), rig_(rig) {}
  void send(std::string bytes) override {
    asio::post(loop_, [this, bytes = std::move(bytes)] {
      if (rig_.editor_) rig_.editor_->receive(bytes);
    });
  }

 private:
  asio::io_context& loop_;
  SessionRig& rig_;
};

SessionRig::SessionRig(Options options) : options_(std::move(options)) {
  root_ = options_.root.empty() ? fs::canonical(folder_.path()) / "project" : options_.root;
  fs::create_directories(root_);
  memory_ = std::make_unique<Memory>(loop_, *this);
  spdlog::set_level(spdlog::level::err);  // what a test provokes is no news
  begin(options_.initialize);
}

SessionRig::~SessionRig() {
  end();
}

void SessionRig::begin(bool initialize) {
  code_.reset();
  server::SessionOptions session_options;
  session_options.test = true;
  session_options.editor.documentation = options_.documentation;
  session_options.editor.workspace.state_root = folder_ / "state";
  session_options.editor.workspace.supervisor = fs::path(PLAND_BUILD_DIR) / "pland-supervisor";
  session_ =
      std::make_unique<server::Session>(loop_.get_executor(), arena_, *memory_, std::move(session_options));
  asio::co_spawn(
      loop_, [this]() -> asio::awaitable<void> { code_ = co_await session_->run(); },
      [](const std::exception_ptr& failure) {
        if (failure) std::rethrow_exception(failure);
      });
  session::EditorOptions editor = options_.editor;
  if (editor.root.empty()) editor.root = root_;
  editor.send = [this](std::string bytes) {
    asio::post(loop_, [this, bytes = std::move(bytes)] { session_->receive(bytes); });
  };
  editor.pump = [this](std::chrono::steady_clock::time_point deadline) { return pump(deadline); };
  editor_.emplace(std::move(editor));
  if (initialize) editor_->initialize();
}

void SessionRig::end() {
  // The editor says goodbye first; then the server closes what it has open.
  editor_->finish();
  editor_.reset();
  if (!code_) session_->input_ended("the test is over");
  loop_.restart();
  loop_.run();
  session_.reset();
}

void SessionRig::restart() {
  end();
  loop_.restart();
  begin(true);
}

bool SessionRig::pump(std::chrono::steady_clock::time_point deadline) {
  if (loop_.stopped()) loop_.restart();
  return loop_.run_one_until(deadline) > 0;
}

void SessionRig::write(const std::string& path, const std::string& text) const {
  const fs::path file = root_ / path;
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw std::runtime_error("writing " + file.string());
}

std::string SessionRig::read(const std::string& path) const {
  std::ifstream in(root_ / path, std::ios::binary);
  if (!in) throw std::runtime_error("reading " + path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void SessionRig::hang_up() {
  editor_->connection_lost();
  session_->input_ended("the client closed the input");
}

int SessionRig::exit_code() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!code_) {
    if (!pump(deadline)) throw std::runtime_error("the session does not end");
  }
  return *code_;
}

}  // namespace pland::test
