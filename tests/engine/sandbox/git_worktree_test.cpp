#include "engine/sandbox/git_worktree.h"

#include <algorithm>

#include "tests/engine/snapshot/snapshot_fixture.h"

using namespace pland::engine;
using namespace pland::testing;
namespace fs = std::filesystem;

namespace {

struct Fixture : Project {
  explicit Fixture(Kind kind_of_project = Kind::git) : Project(kind_of_project) {
    places.state = state;
    places.project = root;
    if (kind == Kind::git) places.user_repository = root / ".git";
    shared_store = std::make_shared<git::RepositoryPool>(state / "repo.git",
                                                         git::RepositoryPool::Kind::private_repository);
  }
  GitWorktreeSandboxes sandboxes() const { return GitWorktreeSandboxes(places, shared_store); }
  /// A snapshot of the project, kept by a ref; HEAD is its parent.
  Snapshot base() {
    CaptureRequest r = request();
    if (kind == Kind::git) {
      if (const auto head = git::Repository::open(root)->head_commit().value()) r.parents = {*head};
    }
    const Snapshot s = capture(r);
    CHECK(store.lease().value()->set_ref("refs/pland-snap/base", s.commit).ok());
    return s;
  }
  fs::path create(const std::string& id, const git::Oid& commit) {
    const Status made = sandboxes().create(id, commit, serial_for);
    if (!made.ok()) FAIL(made.error().message);
    return sandboxes().folder(id);
  }
  Snapshot capture_sandbox(const std::string& id) {
    auto snapshot = sandboxes().capture(id, {{}, "result", 1'700'000'000}, serial_for);
    if (!snapshot.ok()) FAIL(snapshot.error().message);
    return *snapshot;
  }
  SandboxPlaces places;
  std::shared_ptr<git::RepositoryPool> shared_store;
};

std::size_t entries_in(const fs::path& folder) {
  return fs::exists(folder) ? static_cast<std::size_t>(
                                  std::distance(fs::directory_iterator(folder), fs::directory_iterator()))
                            : 0;
}

}  // namespace

TEST_CASE("sandbox: the project's files, and a git that is clean, quick and knows the history") {
  Fixture f;
  write_file(f / "src/a.c", "a");
  write_file(f / "tool", "t");
  fs::permissions(f / "tool", fs::perms::owner_all);
  fs::create_symlink("src/a.c", f / "link");
  commit_all(f.root, "the project's commit");
  git_output(f.root, {"tag", "-a", "v1", "-m", "one"});
  write_file(f / "src/a.c", "dirty");
  write_file(f / "untracked", "u");
  const std::string before = describe_repository(f.root);
  const Snapshot base = f.base();
  const fs::path box = f.create("01BOX", base.commit);

  CHECK(describe_folder(box) == describe_folder(f.root));
  CHECK(git_output(box, {"status", "--porcelain"}) == "");
  CHECK(git_output(box, {"rev-parse", "HEAD"}) == base.commit.hex());
  CHECK(git_output(box, {"log", "--format=%s"}) == "snapshot\nthe project's commit");
  CHECK(git_output(box, {"describe", "--tags", "main"}) == "v1");
  CHECK(git_output(box, {"diff", "--name-only", "main"}) == "src/a.c\nuntracked");
  CHECK(git_output(box, {"config", "user.name"}) == "Tester");
  // lstat of every file is in the index: git has nothing to refresh.
  CHECK(git_output(box, {"diff-files"}) == "");
  CHECK(fsck(box) == "");

  const Snapshot untouched = f.capture_sandbox("01BOX");
  CHECK(untouched.tree == base.tree);
  CHECK(untouched.hashed_files == 0);
  write_file(box / "src/b.c", "b");
  CHECK(f.capture_sandbox("01BOX").hashed_files == 1);
  CHECK(describe_repository(f.root) == before);
  CHECK(f.sandboxes().list().value() == std::vector<std::string>{"01BOX"});
  CHECK(f.sandboxes().create("01BOX", base.commit, serial_for).error().code == ErrorCode::refused);
  CHECK(f.sandboxes().create("../x", base.commit, serial_for).error().code == ErrorCode::invalid_argument);
  CHECK_FALSE(f.sandboxes().create("01BAD", git::Oid{}, serial_for).ok());
  CHECK_FALSE(f.sandboxes().exists("01BAD"));
}

TEST_CASE("sandbox: whatever is done with git in one harms only it, and its files count") {
  Fixture f;
  write_file(f / "a", "a");
  write_file(f / ".gitignore", "*.log\n");
  commit_all(f.root);
  const Snapshot base = f.base();
  const std::string before = describe_repository(f.root);
  const fs::path one = f.create("ONE", base.commit);
  const fs::path two = f.create("TWO", base.commit);
  const std::string private_before = describe_repository(f.state / "repo.git");
  const std::string two_before = describe_repository(two);

  write_file(one / "committed", "c");
  git_output(one, {"add", "-A"});
  git_output(one, {"commit", "-qm", "work"});
  write_file(one / "stashed", "s");
  git_output(one, {"stash", "-qu"});
  git_output(one, {"checkout", "-q", "-b", "feature"});
  git_output(one, {"config", "core.autocrlf", "true"});
  git_output(one, {"branch", "-D", "main"});
  git_output(one, {"worktree", "add", "-q", "nested"});
  git_output(one, {"update-ref", "-d", "HEAD"});
  write_file(one / "untracked", "u");
  git_output(one, {"reflog", "expire", "--expire=now", "--all"});
  git_output(one, {"gc", "-q", "--prune=now"});

  const Snapshot result = f.capture_sandbox("ONE");
  CHECK(f.describe(result.tree) == ".gitignore [-] *.log\n\na [-] a\ncommitted [-] c\nuntracked [-] u\n");
  REQUIRE(result.left_out.size() == 1);
  CHECK(result.left_out[0].path == "nested");
  CHECK(describe_repository(f.root) == before);
  CHECK(describe_repository(f.state / "repo.git") == private_before);
  CHECK(describe_repository(two) == two_before);
  CHECK(f.capture_sandbox("TWO").tree == base.tree);
  CHECK(fsck(f.state / "repo.git") == "");
  CHECK(fsck(f.root) == "");
  // Even without its repository.
  fs::remove_all(one / ".git");
  CHECK(f.capture_sandbox("ONE").tree == result.tree);
}

TEST_CASE("sandbox: back to a checkpoint, and back to the beginning") {
  Fixture f;
  write_file(f / "a", "a");
  write_file(f / ".gitignore", "*.log\nkept.txt\n");
  write_file(f / "kept.txt", "tracked although ignored");
  git_output(f.root, {"add", "-f", "kept.txt"});
  commit_all(f.root);
  const Snapshot base = f.base();
  const fs::path box = f.create("BOX", base.commit);
  const std::string at_base = describe_folder(box);
  write_file(box / "a", "step one");
  fs::remove(box / "kept.txt");
  const Snapshot checkpoint = f.capture_sandbox("BOX");
  CHECK(f.describe(checkpoint.tree) == ".gitignore [-] *.log\nkept.txt\n\na [-] step one\n");
  write_file(box / "b", "step two");
  git_output(box, {"checkout", "-q", "-b", "work"});
  git_output(box, {"add", "-A"});
  git_output(box, {"commit", "-qm", "step two"});
  write_file(box / "out.log", "ignored");

  const Snapshot now = f.capture_sandbox("BOX");
  const auto back = f.sandboxes().restore("BOX", now, checkpoint.commit, serial_for);
  REQUIRE(back.ok());
  CHECK(*back == std::vector<RestoredFile>{{"b", RestoreAction::removed}});
  CHECK(f.capture_sandbox("BOX").tree == checkpoint.tree);

  write_file(box / ".git/index.lock", "left by a git that was killed");
  const Snapshot before = f.capture_sandbox("BOX");
  CHECK(before.tree == checkpoint.tree);
  REQUIRE(f.sandboxes().reset("BOX", before, {base.commit, base.commit}, serial_for).ok());
  CHECK(read_file(box / "out.log") == "ignored");
  fs::remove(box / "out.log");
  CHECK(describe_folder(box) == at_base);
  CHECK(git_output(box, {"status", "--porcelain"}) == "");
  CHECK(git_output(box, {"rev-parse", "HEAD"}) == base.commit.hex());
  CHECK(git_output(box, {"branch", "--list", "work"}) == "");
  // Tracked although ignored, also after it was deleted and restored.
  CHECK(f.capture_sandbox("BOX").tree == base.tree);
}

TEST_CASE("sandbox: a clean start with files that its HEAD does not have is what git calls changes") {
  Fixture f;
  write_file(f / "a", "a");
  write_file(f / "gone", "g");
  commit_all(f.root);
  const Snapshot base = f.base();
  const fs::path box = f.create("BOX", base.commit);
  write_file(box / "a", "prepared");
  write_file(box / "made", "by the preparation");
  fs::remove(box / "gone");
  const Snapshot start = f.capture_sandbox("BOX");
  const std::string at_start = git_output(box, {"status", "--porcelain"});
  CHECK(at_start == " M a\n D gone\n?? made");
  write_file(box / "a", "worked on");
  git_output(box, {"add", "-A"});
  git_output(box, {"commit", "-qm", "work"});
  REQUIRE(f.sandboxes().reset("BOX", f.capture_sandbox("BOX"), {start.commit, base.commit}, serial_for).ok());
  CHECK(git_output(box, {"status", "--porcelain"}) == at_start);
  CHECK(git_output(box, {"rev-parse", "HEAD"}) == base.commit.hex());
  CHECK(f.capture_sandbox("BOX").tree == start.tree);
}

TEST_CASE("sandbox: made ready again with any index that was remembered, or none") {
  Fixture f;
  write_file(f / "a", "a");
  write_file(f / "b/c", "c");
  write_file(f / "d", "d");
  commit_all(f.root);
  const Snapshot base = f.base();
  const fs::path box = f.create("BOX", base.commit);
  const fs::path remembered = f.state / "indexes" / "BOX.git-index";
  const auto reset = [&](const Snapshot& to) {
    REQUIRE(f.sandboxes().reset("BOX", f.capture_sandbox("BOX"), {to.commit, to.commit}, serial_for).ok());
    CHECK(git_output(box, {"status", "--porcelain"}) == "");
    CHECK(f.capture_sandbox("BOX").tree == to.tree);
  };
  const auto tracked = [&] { return git_output(box, {"ls-files"}); };
  // A file becomes a folder, a folder a file; one comes, one goes.
  fs::remove(box / "a");
  write_file(box / "a/x", "x");
  fs::remove_all(box / "b");
  write_file(box / "b", "b");
  write_file(box / "e", "e");
  fs::remove(box / "d");
  const Snapshot other = f.capture_sandbox("BOX");
  reset(other);
  CHECK(tracked() == "a/x\nb\ne");
  reset(base);
  CHECK(tracked() == "a\nb/c\nd");
  for (const std::string& damage : {std::string(), std::string("DIRC"), read_file(remembered) + "x"}) {
    write_file(remembered, damage);
    reset(other);
    CHECK(tracked() == "a/x\nb\ne");
    reset(base);
    CHECK(tracked() == "a\nb/c\nd");
  }
  fs::remove(remembered);
  reset(other);
  CHECK(fs::exists(remembered));
}

TEST_CASE("sandbox: what was done with git in it is kept") {
  Fixture f;
  write_file(f / "a", "a");
  commit_all(f.root);
  const fs::path box = f.create("BOX", f.base().commit);
  const auto keep = [&] {
    const auto kept = f.sandboxes().keep_history("BOX", "refs/pland-snap/P/S-1-git");
    if (!kept.ok()) FAIL(kept.error().message);
    return *kept;
  };
  CHECK(keep() == 0);
  for (const char* text : {"first", "second"}) {
    write_file(box / "a", text);
    git_output(box, {"stash"});
  }
  git_output(box, {"checkout", "-q", "-b", "side/branch"});
  write_file(box / "a", "on a branch");
  git_output(box, {"commit", "-qam", "on a branch"});
  git_output(box, {"checkout", "-q", "--detach"});
  write_file(box / "a", "detached");
  git_output(box, {"commit", "-qam", "detached"});
  CHECK(keep() == 4);
  CHECK(keep() == 0);
  CHECK(git_output(box, {"for-each-ref", "refs/pland"}) == "");
  fs::remove_all(box);
  const auto kept = [&](const std::string& name) {
    return git_output(f.state / "repo.git", {"show", "refs/pland-snap/P/S-1-git/" + name + ":a"});
  };
  CHECK(kept("HEAD") == "detached");
  CHECK(kept("heads/side/branch") == "on a branch");
  CHECK(kept("stash") == "second");
  CHECK(kept("stash-1") == "first");
  CHECK(fsck(f.state / "repo.git") == "");
}

TEST_CASE("sandbox: small ignored files are kept, large ones are named, the user's own are neither") {
  Fixture f;
  write_file(f / ".gitignore", "*.log\nbuild/\nnotes/\n.env\n");
  write_file(f / ".worktreeinclude", ".env\n");
  write_file(f / ".env", "secret");
  commit_all(f.root);
  const fs::path box = f.create("BOX", f.base().commit);
  REQUIRE(read_file(box / ".env") == "secret");
  const auto none = f.sandboxes().capture_ignored("BOX", {{}, "ignored", 0});
  REQUIRE(none.ok());
  CHECK_FALSE(none->commit);
  CHECK(none->not_kept.empty());
  write_file(box / "findings.log", "precious");
  write_file(box / "notes/deep/one", "1");
  write_file(box / "huge.log", std::string((1 << 20) + 1, 'x'));
  for (int i = 0; i < 1001; ++i) write_file(box / "build" / std::to_string(i), "o");
  const auto some = f.sandboxes().capture_ignored("BOX", {{}, "ignored", 0});
  REQUIRE(some.ok());
  REQUIRE(some->commit);
  CHECK(some->not_kept == std::vector<std::string>{"build/", "huge.log"});
  CHECK(git_output(f.state / "repo.git", {"ls-tree", "-r", "--name-only", some->commit->hex()}) ==
        "findings.log\nnotes/deep/one");
}

TEST_CASE("sandbox: removed at once, deleted later; what a crash left is swept") {
  Fixture f;
  write_file(f / "a", "a");
  commit_all(f.root);
  const Snapshot base = f.base();
  const fs::path box = f.create("BOX", base.commit);
  f.create("OTHER", base.commit);
  fs::create_directories(box / "read-only/inner");
  fs::permissions(box / "read-only", fs::perms::owner_read);
  REQUIRE(f.sandboxes().remove("BOX").ok());
  CHECK(f.sandboxes().remove("BOX").ok());
  CHECK_FALSE(fs::exists(box));
  CHECK(entries_in(f.state / "trash") == 1);
  CHECK(f.sandboxes().capture("BOX", {}, serial_for).error().code == ErrorCode::not_found);
  REQUIRE(f.sandboxes().empty_trash().ok());
  CHECK(entries_in(f.state / "trash") == 0);
  f.create("BOX", base.commit);  // the name is free again
  REQUIRE(f.sandboxes().remove("BOX").ok());

  write_file(f.state / "making/HALF/a", "a");
  write_file(f.state / "indexes/GONE", "x");
  write_file(f.state / "indexes/GONE.included", "");
  REQUIRE(f.sandboxes().sweep().ok());
  CHECK(entries_in(f.state / "making") == 0);
  CHECK_FALSE(fs::exists(f.state / "indexes/GONE"));
  CHECK(fs::exists(f.state / "indexes/main"));
  CHECK(f.sandboxes().list().value() == std::vector<std::string>{"OTHER"});
  CHECK(f.capture_sandbox("OTHER").hashed_files == 0);
}

TEST_CASE("sandbox: of a folder without git, and of a shallow clone") {
  Fixture plain(Project::Kind::plain);
  write_file(plain / "a", "a");
  const Snapshot base = plain.base();
  const fs::path box = plain.create("BOX", base.commit);
  CHECK(git_output(box, {"status", "--porcelain"}) == "");
  write_file(box / "b", "b");
  git_output(box, {"add", "-A"});
  git_output(box, {"commit", "-qm", "works without an identity"});
  CHECK(git_output(box, {"log", "-1", "--format=%an"}) == "pland");

  Fixture origin;
  for (const char* text : {"1", "2", "3"}) {
    write_file(origin / "a", text);
    commit_all(origin.root, text);
  }
  const fs::path clone = origin.folder / "clone";
  git_output(origin.folder.path(),
             {"clone", "-q", "--depth", "1", "file://" + origin.root.native(), clone.native()});
  const fs::path state = origin.folder / "clone-state";
  REQUIRE(git::Repository::create_private(state / "repo.git", clone).ok());
  auto store = std::make_shared<git::RepositoryPool>(state / "repo.git",
                                                     git::RepositoryPool::Kind::private_repository);
  const git::Oid head = git::Repository::open(clone)->head_commit().value().value();
  const GitWorktreeSandboxes sandboxes({state, clone, clone}, store);
  REQUIRE(sandboxes.create("BOX", head, serial_for).ok());
  CHECK(git_output(sandboxes.folder("BOX"), {"log", "--format=%s"}) == "3");
  CHECK(git_output(sandboxes.folder("BOX"), {"status", "--porcelain"}) == "");
  CHECK(fsck(state / "repo.git") == "");
}

TEST_CASE("sandbox: .gitattributes do not come between files and objects") {
  Fixture f;
  write_file(f / ".gitattributes", "*.txt text eol=crlf\n*.bin filter=lfs\n");
  write_file(f / "a.txt", "one\r\ntwo\r\n");
  write_file(f / "b.bin", "b");
  commit_all(f.root);
  const Snapshot base = f.base();
  const fs::path box = f.create("BOX", base.commit);
  CHECK(read_file(box / "a.txt") == "one\r\ntwo\r\n");
  CHECK(git_output(box, {"status", "--porcelain"}) == "");
  write_file(box / "a.txt", "one\r\n2\r\n");
  git_output(box, {"add", "-A"});
  git_output(box, {"commit", "-qm", "x"});
  CHECK(git_output(box, {"rev-parse", "HEAD:a.txt"}) ==
        git::Repository::hash_blob("one\r\n2\r\n").value().hex());
}

TEST_CASE("worktree include: ignored files that are named, and no others") {
  Fixture f;
  write_file(f / ".gitignore", ".env\nnode_modules/\ncache/\n*.key\n");
  write_file(f / ".worktreeinclude",
             ".env\nnode_modules/\n!node_modules/.cache/\ncache/keep\n*.key\ntracked\nplain\n");
  write_file(f / "tracked", "committed");
  commit_all(f.root);
  write_file(f / ".env", "SECRET=1");
  write_file(f / "sub/.env", "SECRET=2");
  write_file(f / "node_modules/m/index.js", "js");
  write_file(f / "node_modules/m/run", "#!/bin/sh");
  fs::permissions(f / "node_modules/m/run", fs::perms::owner_all);
  write_file(f / "node_modules/.cache/big", "not wanted");
  fs::create_directories(f / "node_modules/.bin");
  fs::create_symlink("../m/run", f / "node_modules/.bin/run");
  fs::create_symlink("../../../outside", f / "node_modules/.bin/out");
  fs::create_symlink(f.root / ".env", f / "node_modules/.bin/absolute");
  write_file(f / "cache/keep", "k");
  write_file(f / "cache/other", "o");
  const fs::path outside = f.folder / "outside";
  write_file(outside / "x.key", "not the project's");
  fs::create_directory_symlink(outside, f / "linked");
  age(f.root);
  const Snapshot base = f.base();
  write_file(f / "plain", "named, but not ignored, and younger than the base");
  const fs::path box = f.create("BOX", base.commit);

  CHECK(read_file(box / ".env") == "SECRET=1");
  CHECK(read_file(box / "sub/.env") == "SECRET=2");
  CHECK(read_file(box / "node_modules/m/index.js") == "js");
  CHECK((fs::status(box / "node_modules/m/run").permissions() & fs::perms::owner_exec) != fs::perms::none);
  CHECK(fs::last_write_time(box / ".env") == fs::last_write_time(f / ".env"));
  CHECK(fs::read_symlink(box / "node_modules/.bin/run") == "../m/run");
  CHECK_FALSE(fs::exists(fs::symlink_status(box / "node_modules/.bin/out")));
  CHECK_FALSE(fs::exists(fs::symlink_status(box / "node_modules/.bin/absolute")));
  CHECK_FALSE(fs::exists(box / "node_modules/.cache"));
  CHECK(read_file(box / "cache/keep") == "k");
  CHECK_FALSE(fs::exists(box / "cache/other"));
  CHECK_FALSE(fs::exists(box / "plain"));
  CHECK(fs::is_symlink(box / "linked"));
  CHECK(git_output(box, {"status", "--porcelain"}) == "");
  CHECK(f.capture_sandbox("BOX").tree == base.tree);

  // Never part of a result, also when the sandbox's rules do not hide them any more.
  write_file(box / ".gitignore", "");
  CHECK(f.describe(f.capture_sandbox("BOX").tree).find("SECRET") == std::string::npos);
  CHECK(f.describe(f.capture_sandbox("BOX").tree).find("node_modules/m") == std::string::npos);
}
