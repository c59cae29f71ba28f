#include "tests/engine/plan/engine_fixture.h"

#include <sys/wait.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "engine/planfile/plan_document.h"

namespace pland::test {

namespace fs = std::filesystem;
using namespace pland::engine;

std::vector<OpenDocument> FakeDocuments::open_documents(const fs::path&) const {
  std::vector<OpenDocument> result;
  for (const auto& [path, document] : open) result.push_back(document);
  return result;
}

asio::awaitable<Status> FakeDocuments::edit(const fs::path&, std::vector<DocumentEdit> edits, std::string) {
  if (meanwhile) meanwhile();
  if (refuse) co_return Error{ErrorCode::refused, "the editor said no"};
  for (const auto& edit : edits) {
    const auto document = open.find(edit.path);
    if (document == open.end() || document->second.version != edit.version) {
      co_return Error{ErrorCode::refused, "'" + edit.path + "' has changed"};
    }
  }
  for (const auto& edit : edits) {
    if (!edit.text) {
      open.erase(edit.path);
      continue;
    }
    open[edit.path].text = *edit.text;
    open[edit.path].unsaved = true;
    ++open[edit.path].version;
  }
  co_return Status{};
}

EngineFixture::EngineFixture(const Files& files, bool with_git) {
  fs::create_directories(project());
  fs::create_directories(folder_ / "home");
  for (const auto& [path, text] : files) write(path, text);
  if (with_git) {
    git("init -q -b main");
    git("add -A");
    git("commit -q --allow-empty -m start");
  }
  open_engine();
}

EngineFixture::~EngineFixture() {
  close_engine();
}

void EngineFixture::open_engine() {
  if (!arena_) arena_ = std::make_unique<Arena>();
  EngineOptions options;
  options.project = project();
  options.state_root = state_root();
  options.supervisor = fs::path(PLAND_BUILD_DIR) / "pland-supervisor";
  auto opened = await(Engine::open(*arena_, documents, options));
  if (!opened.ok()) throw std::runtime_error("opening the engine: " + opened.error().message);
  engine_ = *std::move(opened);
}

void EngineFixture::close_engine() {
  if (!engine_) return;
  bool closed = false;
  asio::co_spawn(loop_, engine_->close(), [&](const std::exception_ptr&) { closed = true; });
  run_until([&] { return closed; });
  engine_.reset();
  arena_.reset();
}

void EngineFixture::write(const std::string& path, const std::string& text) const {
  const fs::path file = project() / path;
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

std::string EngineFixture::read(const std::string& path) const {
  std::ifstream file(project() / path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool EngineFixture::exists(const std::string& path) const {
  return fs::exists(fs::symlink_status(project() / path));
}

std::string EngineFixture::git(const std::string& arguments) const {
  const std::string command =
      "cd '" + project().string() + "' && env -i PATH=\"$PATH\" HOME='" + (folder_ / "home").string() +
      "' GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@x GIT_COMMITTER_NAME=A "
      "GIT_COMMITTER_EMAIL=a@x GIT_OPTIONAL_LOCKS=0 git " +
      arguments + " 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run git");
  std::string output;
  std::array<char, 4096> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
    output.append(buffer.data(), count);
  const int status = ::pclose(pipe);
  if (status != 0) throw std::runtime_error("git " + arguments + ": " + output);
  return output;
}

std::string EngineFixture::repository_state() const {
  std::ostringstream state;
  state << git("status --porcelain --ignored") << "--stash\n"
        << git("stash list") << "--branches\n"
        << git("branch -a") << "--worktrees\n"
        << git("worktree list") << "--config\n"
        << read(".git/config") << "--head\n"
        << read(".git/HEAD") << "--index\n"
        << read(".git/index") << "--refs\n"
        << git("for-each-ref refs/heads refs/tags refs/remotes refs/stash");
  return state.str();
}

void EngineFixture::run_until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (loop_.stopped()) loop_.restart();
    loop_.run_one_until(deadline);
    if (std::chrono::steady_clock::now() >= deadline)
      throw std::runtime_error("the loop did not get there in a minute");
  }
}

void EngineFixture::until_idle() {
  run_until([&] { return !engine_->busy(); });
}

std::string EngineFixture::spawn(const std::string& yaml, const std::string& uri) {
  const auto document = planfile::parse(yaml);
  if (!document.spec) {
    throw std::runtime_error("the test's plan is wrong: " + (document.problems.empty()
                                                                 ? std::string("?")
                                                                 : document.problems.front().message));
  }
  SpawnRequest request;
  request.spec = *document.spec;
  request.uri = uri;
  request.source_text = yaml;
  auto spawned = engine_->spawn(std::move(request));
  if (!spawned.ok()) throw std::runtime_error("spawn: " + spawned.error().message);
  return *spawned;
}

const LivePlan& EngineFixture::run(const std::string& yaml) {
  const std::string id = spawn(yaml);
  until_idle();
  return plan(id);
}

const LivePlan& EngineFixture::plan(const std::string& id) {
  const LivePlan* found = engine_->find_plan(id);
  if (found == nullptr) throw std::runtime_error("no plan " + id);
  return *found;
}

const SubplanStatus& EngineFixture::subplan(const LivePlan& plan, const std::string& name) {
  for (const auto& subplan : plan.subplans) {
    if (subplan.spec.name == name) return subplan;
  }
  throw std::runtime_error("no subplan " + name);
}

std::string EngineFixture::merged(const LivePlan& plan, const std::string& path) {
  auto text = await(engine_->file_text(plan.plan.merged_commit, path));
  return text.ok() ? *text : "(" + text.error().message + ")";
}

}  // namespace pland::test
