#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>

#include "engine/base/arena.h"
#include "engine/git/repository.h"
#include "engine/git/tree_edit.h"
#include "engine/merge/tree_merge.h"
#include "engine/sandbox/git_worktree.h"
#include "engine/snapshot/capture.h"
#include "tests/bench/generated_repository.h"
#include "tests/bench/measure.h"
#include "tests/bench/rows.h"
#include "tests/support/git_fixture.h"

namespace pland::bench {
namespace {

namespace fs = std::filesystem;
namespace git = engine::git;
using testing::git_output;

void hold(const engine::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.error().message);
}
template <typename T>
T hold(engine::Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

void hold(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(fmt::format("the benchmark expected that {}", what));
}

class EngineRows {
 public:
  explicit EngineRows(const Setting& setting)
      : setting_(setting),
        state_(setting.work / "state"),
        user_git_(setting.repository / ".git"),
        parallel_([this](std::size_t count, const std::function<void(std::size_t)>& body) {
          arena_.parallel_for(count, body);
        }) {
    fs::create_directories(state_ / "indexes");
    hold(git::Repository::create_private(state_ / "repo.git", user_git_));
    store_ = std::make_shared<git::RepositoryPool>(state_ / "repo.git",
                                                   git::RepositoryPool::Kind::private_repository);
    sandboxes_ = std::make_unique<engine::GitWorktreeSandboxes>(
        engine::SandboxPlaces{state_, setting.repository, user_git_}, store_);
    base_ = snapshot_of_user();
  }

  void run() {
    measure_creation();
    measure_reuse();
    measure_snapshot();
    measure_rollback();
    measure_merge();
  }

 private:
  engine::Snapshot snapshot_of_user() {
    engine::CaptureRequest request;
    request.root = setting_.repository;
    request.store = store_.get();
    request.user_repository = user_git_;
    return hold(engine::capture(request, state_ / "indexes" / "user", parallel_));
  }

  void edit(const fs::path& root, int number) {
    testing::write_file(root / generated_path(number), fmt::format("int edited = {};\n", ++edits_));
  }

  void remove_worktree(const fs::path& path) {
    git_output(setting_.repository, {"worktree", "remove", "--force", path.native()});
  }

  void measure_creation() {
    const fs::path worktree = setting_.work / "worktree";
    const Contender theirs{
        "git worktree add --detach",
        [&] {
          git_output(setting_.repository, {"worktree", "add", "--detach", "-q", worktree.native()});
        },
        {},
        [&] { remove_worktree(worktree); }};
    const Contender ours{"a sandbox",
                         [&] { hold(sandboxes_->create("made", base_.commit, parallel_)); },
                         {},
                         [&] {
                           hold(git_output(sandboxes_->folder("made"), {"status", "--porcelain"}).empty(),
                                "a new sandbox is clean");
                           hold(sandboxes_->remove("made"));
                           hold(sandboxes_->empty_trash());
                         }};
    print(compare("a sandbox is made", setting_.rounds, theirs, ours));
    git_output(setting_.repository, {"worktree", "add", "--detach", "-q", worktree.native()});
    hold(sandboxes_->create("kept", base_.commit, parallel_));
  }

  /// Ten files changed, one deleted, one new: what a finished subplan leaves.
  void spoil(const fs::path& root) {
    for (int i = 0; i < 10; ++i) edit(root, i * 97);
    fs::remove(root / generated_path(5));
    testing::write_file(root / "part00" / "new.c", "int fresh;\n");
  }

  engine::SandboxCapture request() const { return {{base_.commit}, "bench", 0}; }

  void measure_reuse() {
    const fs::path theirs_root = setting_.work / "worktree", ours_root = sandboxes_->folder("kept");
    const auto put_back = [&] {
      git_output(theirs_root, {"reset", "--hard", "-q"});
      git_output(theirs_root, {"clean", "-fdq"});
    };
    print(compare("a used sandbox is made ready again", setting_.rounds,
                  {"git reset --hard, git clean", put_back, [&] { spoil(theirs_root); }},
                  {"capture, reset",
                   [&] {
                     const auto now = sandboxes_->capture("kept", request(), parallel_);
                     hold(now);
                     hold(sandboxes_->reset("kept", *now, {base_.commit, base_.commit}, parallel_));
                   },
                   [&] { spoil(ours_root); }}));
    hold(git_output(ours_root, {"status", "--porcelain"}).empty(), "a reset sandbox is clean");
  }

  void measure_snapshot() {
    // What scripts do that must not touch the person's index: one of their own, kept from time to time.
    const fs::path index = setting_.work / "index";
    fs::copy_file(user_git_ / "index", index);
    const auto git_snapshot = [&] {
      const std::string environment = "GIT_INDEX_FILE=" + index.native();
      const std::string line = environment + " git -C '" + setting_.repository.native() + "' ";
      hold(std::system((line + "add -A && " + line + "write-tree >/dev/null").c_str()) == 0,
           "git add and write-tree work");
    };
    print(compare(
        "a snapshot after one change", setting_.rounds,
        {"own index, git add -A, git write-tree", git_snapshot, [&] { edit(setting_.repository, 42); }},
        {"capture", [&] { hold(snapshot_of_user().tree != base_.tree, "the change is seen"); },
         [&] { edit(setting_.repository, 42); }}));
    git_output(setting_.repository, {"checkout", "-q", "--", "."});
  }

  void measure_rollback() {
    const fs::path theirs_root = setting_.work / "worktree", ours_root = sandboxes_->folder("kept");
    const auto git_rollback = [&] {
      git_output(theirs_root, {"reset", "--hard", "-q"});
      git_output(theirs_root, {"clean", "-fdq"});
    };
    // The whole of it: what is there now is kept first, so that the rollback can be undone.
    const auto our_rollback = [&] {
      const engine::Snapshot now = hold(sandboxes_->capture("kept", request(), parallel_));
      const auto files = hold(sandboxes_->restore("kept", now, base_.commit, parallel_));
      hold(files.size() == 12, "twelve files are put back");
    };
    print(compare("a rollback of twelve files", setting_.rounds,
                  {"git reset --hard, git clean", git_rollback, [&] { spoil(theirs_root); }},
                  {"snapshot and restore", our_rollback, [&] { spoil(ours_root); }}));
    remove_worktree(theirs_root);
  }

  void measure_merge() {
    // Two sides that change twenty files each, four of them in common, in different lines.
    const git::Oid base = base_.tree;
    git::Oid sides[2];
    {
      auto repository = hold(store_->lease());
      for (int side = 0; side < 2; ++side) {
        std::vector<git::TreeEdit> edits;
        for (int i = 0; i < 20; ++i) {
          const std::string path = generated_path(i < 4 ? i : 100 * (side + 1) + i);
          const git::FileVersion file = hold(git::lookup(*repository, base, path));
          const git::Blob blob = hold(repository->read_blob(file.oid));
          std::string text(blob.bytes);
          text = side == 0 ? "// first\n" + text : text + "// last\n";
          edits.push_back({path, {file.mode, hold(repository->write_blob(text))}});
        }
        sides[side] = hold(git::edit_tree(*repository, base, std::move(edits)));
      }
    }
    const auto commit_of = [&](const git::Oid& tree, std::vector<git::Oid> parents) {
      return hold(hold(store_->lease())->write_commit(tree, parents, "side", 0));
    };
    const git::Oid root = commit_of(base, {});
    const std::string ours = commit_of(sides[0], {root}).hex(), theirs = commit_of(sides[1], {root}).hex();
    const fs::path repository = state_ / "repo.git";
    std::string their_tree, our_tree;
    const Contender git_merge{
        "git merge-tree --write-tree", [&] {
          their_tree = git_output(repository, {"merge-tree", "--write-tree", ours, theirs});
        }};
    const Contender our_merge{
        "merge_trees", [&] {
          auto lease = hold(store_->lease());
          our_tree = hold(engine::merge::merge_trees(*lease, base, sides[0], sides[1])).tree.hex();
        }};
    print(compare("a merge of a finished subplan", setting_.rounds * 3, git_merge, our_merge));
    hold(their_tree == our_tree, "both merges give the same tree");
  }

  const Setting& setting_;
  fs::path state_, user_git_;
  engine::Arena arena_;
  engine::ParallelFor parallel_;
  std::shared_ptr<git::RepositoryPool> store_;
  std::unique_ptr<engine::Sandboxes> sandboxes_;
  engine::Snapshot base_;
  int edits_ = 0;
};

}  // namespace

void measure_engine(const Setting& setting) {
  EngineRows(setting).run();
}

}  // namespace pland::bench
