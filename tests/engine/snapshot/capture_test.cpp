#include "engine/snapshot/capture.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "tests/engine/snapshot/snapshot_fixture.h"

using namespace pland::engine;
using namespace pland::testing;
namespace fs = std::filesystem;

namespace {
std::vector<std::string> paths_of(const std::vector<LeftOut>& left_out) {
  std::vector<std::string> paths;
  for (const LeftOut& left : left_out) paths.push_back(left.path);
  return paths;
}
using Paths = std::vector<std::string>;
}  // namespace

TEST_CASE("capture: tracked, dirty, untracked and ignored files; the user's repository is as before") {
  Project p;
  write_file(p / "tracked", "old");
  write_file(p / "deleted", "x");
  write_file(p / "run.sh", "#!/bin/sh\n");
  write_file(p / ".gitignore", "*.log\nbuild/\n");
  write_file(p / "kept.log", "tracked although ignored");
  write_file(p / "build/kept", "tracked in an ignored folder");
  git_output(p.root, {"add", "-f", "kept.log", "build/kept"});
  const std::string head = commit_all(p.root);
  write_file(p / "tracked", "new");
  fs::remove(p / "deleted");
  fs::permissions(p / "run.sh", fs::perms::owner_all);
  write_file(p / "untracked/deep/er.txt", "u");
  write_file(p / "noise.log", "ignored");
  write_file(p / "build/noise", "ignored");
  write_file(p / "binary", std::string("\0\1\2\r\n\xff", 6));
  write_file(p / "na\nme with space é", "n");
  fs::create_symlink("nowhere", p / "dangling");
  fs::create_directory_symlink("untracked", p / "to-folder");
  fs::create_directories(p / "empty/inside");
  const std::string before = describe_repository(p.root);

  const Snapshot s = p.capture();
  CHECK(p.describe(s.tree) ==
        ".gitignore [-] *.log\nbuild/\n\n"
        "binary [-] " +
            std::string("\0\1\2\r\n\xff", 6) +
            "\n"
            "build/kept [-] tracked in an ignored folder\n"
            "dangling -> nowhere\n"
            "kept.log [-] tracked although ignored\n"
            "na\nme with space é [-] n\n"
            "run.sh [x] #!/bin/sh\n\n"
            "to-folder -> untracked\n"
            "tracked [-] new\n"
            "untracked/deep/er.txt [-] u\n");
  CHECK(s.file_count == 10);
  CHECK(s.left_out.empty());
  CHECK(s.borrowed_from->hex() == head);
  CHECK(describe_repository(p.root) == before);
  CHECK(git_output(p.state / "repo.git", {"log", "-1", "--format=%an|%s|%ct", s.commit.hex()}) ==
        "pland|snapshot|1700000000");
  // The same place, with the index from the file.
  CHECK(p.capture().tree == s.tree);
}

TEST_CASE("capture: cost follows what changed") {
  Project p;
  for (int i = 0; i < 30; ++i)
    write_file(p / ("d" + std::to_string(i % 5) + "/f" + std::to_string(i)), std::to_string(i));
  commit_all(p.root);
  age(p.root);
  git_output(p.root, {"status"});  // refreshes the index, as any editor does
  const Snapshot first = p.capture();
  CHECK(first.hashed_files == 0);  // seeded by the user's index
  CHECK(first.tree.hex() == git_output(p.root, {"rev-parse", "HEAD^{tree}"}));
  CHECK_FALSE(p.store.lease().value()->has_own_object(first.tree));

  CHECK(p.capture().hashed_files == 0);
  CHECK(p.capture().listed_folders == 0);
  write_file(p / "d1/f1", "changed");
  CaptureRequest request = p.request();
  request.parents = {first.commit};
  const Snapshot second = p.capture(request);
  CHECK(second.hashed_files == 1);
  CHECK(second.changed_paths == Paths{"d1/f1"});
  write_file(p / "d2/new", "new");
  age(p.root);  // also touches every file
  p.capture();
  CHECK(p.capture().hashed_files == 0);
  write_file(p / "d3/new", "new");
  const Snapshot third = p.capture();
  CHECK(third.hashed_files == 1);
  CHECK(third.listed_folders == 1);
}

TEST_CASE("capture: an edit of the same size within the same tick is seen") {
  Project p(Project::Kind::plain);
  write_file(p / "a", "1111");
  std::string last;
  for (int i = 0; i < 50; ++i) {
    const std::string content = std::to_string(1000 + i);
    write_file(p / "a", content);
    const Snapshot s = p.capture();
    REQUIRE(p.describe(s.tree) == "a [-] " + content + "\n");
  }
  // Also when the times are put back: ctime cannot be.
  age(p.root);
  p.capture();
  write_file(p / "a", "2222");
  age(p.root);
  CHECK(p.describe(p.capture().tree) == "a [-] 2222\n");
}

TEST_CASE("capture: unsaved buffers lie on top and leave no trace") {
  Project p;
  write_file(p / "a", "disk");
  write_file(p / "run", "disk");
  fs::permissions(p / "run", fs::perms::owner_all);
  write_file(p / ".gitignore", "*.log\n");
  commit_all(p.root);
  const Snapshot plain = p.capture();
  CaptureRequest request = p.request();
  request.buffers = {
      {"a", "typed"}, {"run", "typed"}, {"new/file", "not on disk"}, {"x.log", "ignored"}, {"a/b", "?"}};
  const Snapshot s = p.capture(request);
  CHECK(p.describe(s.tree) ==
        ".gitignore [-] *.log\n\na [-] typed\nnew/file [-] not on disk\nrun [x] typed\n");
  CHECK(s.file_count == 4);
  CHECK(paths_of(s.left_out) == Paths{"a/b"});
  CHECK(p.capture().tree == plain.tree);
  for (const char* bad : {"../a", "/a", "", "a/../b", ".."}) {
    request.buffers = {{bad, "x"}};
    CHECK(capture(request, p.state / "indexes/main").error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("capture: raw bytes where filters stand between file and object") {
  Project p;
  write_file(p / ".gitattributes", "*.txt text eol=crlf\n*.id ident\n*.lfs filter=lfs\n");
  write_file(p / "a.txt", "one\r\ntwo\r\n");
  write_file(p / "b.txt", "no line end");
  write_file(p / "c.id", "$Id$\n");
  write_file(p / "plain", "plain\n");
  git_output(p.root, {"config", "filter.lfs.clean", "tr a-z A-Z"});
  write_file(p / "d.lfs", "same size");
  commit_all(p.root);
  fs::remove(p / "c.id");
  git_output(p.root, {"checkout", "--", "c.id"});  // now with its expansion
  age(p.root);
  git_output(p.root, {"status"});
  const Snapshot s = p.capture();
  const std::string text = p.describe(s.tree);
  CHECK(text.find("a.txt [-] one\r\ntwo\r\n") != std::string::npos);
  CHECK(text.find("c.id [-] $Id: ") != std::string::npos);
  CHECK(text.find("d.lfs [-] same size") != std::string::npos);
  CHECK(s.hashed_files == 3);  // a.txt, c.id, d.lfs: the others are known to be the same
}

TEST_CASE("capture: what a snapshot does not hold is listed") {
  Project p;
  write_file(p / "big-tracked", std::string(3 << 20, 't'));
  commit_all(p.root);
  write_file(p / "big", std::string(3 << 20, 'u'));
  REQUIRE(::mkfifo((p / "fifo").c_str(), 0600) == 0);
  const int socket_fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string at = (p / "sock").native();
  REQUIRE(at.size() < sizeof(address.sun_path));
  at.copy(address.sun_path, at.size());
  REQUIRE(::bind(socket_fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  ::close(socket_fd);
  init_repository(p / "vendor/inner");
  write_file(p / "vendor/inner/x", "x");
  write_file(p / "vendor/y", "y");
  CaptureRequest request = p.request();
  request.untracked_size_cap = 2 << 20;
  for (int i = 0; i < 2; ++i) {  // from nothing, and again from what is known
    const Snapshot s = p.capture(request);
    CHECK(paths_of(s.left_out) == Paths{"big", "fifo", "sock", "vendor/inner"});
    CHECK(s.left_out[0].why == "untracked and larger than 2 MiB");
    CHECK(s.left_out[1].why == "a named pipe");
    CHECK(s.left_out[3].why.find("nested repository") != std::string::npos);
    CHECK(s.file_count == 2);
    age(p.root);
  }
  fs::remove(p / "big");
  fs::remove_all(p / "vendor/inner/.git");
  const Snapshot after = p.capture(request);
  CHECK(paths_of(after.left_out) == Paths{"fifo", "sock"});
  CHECK(after.file_count == 3);
}

TEST_CASE("capture: an unreadable file is listed, not fatal") {
  Project p(Project::Kind::plain);
  write_file(p / "secret", "s");
  write_file(p / "a", "a");
  fs::permissions(p / "secret", fs::perms::none);
  const WithoutOverride denied;
  const Snapshot s = p.capture();
  CHECK(paths_of(s.left_out) == Paths{"secret"});
  CHECK(p.describe(s.tree) == "a [-] a\n");
  CHECK(p.capture().left_out == s.left_out);
}

TEST_CASE("capture: what is known and cannot be read stays in the snapshot as it was") {
  for (const bool after_a_capture : {false, true}) {
    Project p;
    write_file(p / "a", "a");
    write_file(p / "secret", "s");
    write_file(p / "closed/deep/in", "i");
    write_file(p / "pipe", "p");
    commit_all(p.root);
    if (after_a_capture) {
      write_file(p / "closed/untracked", "u");
      write_file(p / "own", "o");
      p.capture();
      fs::permissions(p / "own", fs::perms::none);
    }
    fs::remove(p / "pipe");
    REQUIRE(::mkfifo((p / "pipe").c_str(), 0600) == 0);
    fs::permissions(p / "secret", fs::perms::none);
    fs::permissions(p / "closed", fs::perms::none);
    for (int i = 0; i < 2; ++i) {
      const WithoutOverride denied;
      const Snapshot s = p.capture();
      CHECK(paths_of(s.left_out) ==
            (after_a_capture ? Paths{"closed", "own", "pipe", "secret"} : Paths{"closed", "pipe", "secret"}));
      CHECK(p.describe(s.tree) == (after_a_capture ? "a [-] a\nclosed/deep/in [-] i\nclosed/untracked [-] u\n"
                                                     "own [-] o\npipe [-] p\nsecret [-] s\n"
                                                   : "a [-] a\nclosed/deep/in [-] i\npipe [-] p\n"
                                                     "secret [-] s\n"));
    }
    // Readable again, with other content: seen. Gone: gone.
    fs::permissions(p / "closed", fs::perms::owner_all);
    fs::permissions(p / "secret", fs::perms::owner_read | fs::perms::owner_write);
    write_file(p / "secret", "s2");
    fs::remove(p / "closed/deep/in");
    fs::remove(p / "pipe");
    const Snapshot s = p.capture();
    CHECK(p.describe(s.tree).find("secret [-] s2\n") != std::string::npos);
    CHECK(p.describe(s.tree).find("closed/deep") == std::string::npos);
    CHECK(p.describe(s.tree).find("pipe") == std::string::npos);
  }
}

TEST_CASE("capture: submodules keep their commit") {
  Project p;
  const fs::path library = p.folder / "library";
  init_repository(library);
  write_file(library / "l", "l");
  const std::string commit = commit_all(library);
  write_file(p / "a", "a");
  git_output(p.root, {"submodule", "add", "-q", library.native(), "lib"});
  commit_all(p.root);
  write_file(p / "lib/dirty", "not covered");
  for (int i = 0; i < 3; ++i) {
    const Snapshot s = p.capture();
    CHECK(p.describe(s.tree).find("lib submodule\n") != std::string::npos);
    CHECK(git_output(p.state / "repo.git", {"rev-parse", s.tree.hex() + ":lib"}) == commit);
    CHECK(s.left_out.empty());
    age(p.root);
  }
}

TEST_CASE("capture: sparse checkout keeps what is not on disk") {
  Project p;
  write_file(p / "in/a", "a");
  write_file(p / "out/b", "b");
  commit_all(p.root);
  git_output(p.root, {"sparse-checkout", "set", "in"});
  REQUIRE_FALSE(fs::exists(p / "out/b"));
  const Snapshot s = p.capture();
  CHECK(s.tree.hex() == git_output(p.root, {"rev-parse", "HEAD^{tree}"}));
  CHECK(p.capture().tree == s.tree);
}

TEST_CASE("capture: a folder without git, one without commits, and the state folder inside") {
  Project plain(Project::Kind::plain);
  write_file(plain / "a", "a");
  write_file(plain / "d/.gitignore", "*.o\n");
  write_file(plain / "d/x.o", "o");
  write_file(plain / "inside/state/secret", "s");
  CaptureRequest request = plain.request();
  request.excluded = {plain / "inside/state"};
  const Snapshot s = plain.capture(request);
  CHECK(plain.describe(s.tree) == "a [-] a\nd/.gitignore [-] *.o\n\n");
  CHECK_FALSE(s.borrowed_from.has_value());
  CHECK(fsck(plain.state / "repo.git") == "");

  Project unborn;
  write_file(unborn / "a", "a");
  write_file(unborn / "staged", "s");
  git_output(unborn.root, {"add", "staged"});
  age(unborn.root);
  git_output(unborn.root, {"status"});
  const Snapshot u = unborn.capture();
  CHECK(unborn.describe(u.tree) == "a [-] a\nstaged [-] s\n");
  CHECK_FALSE(u.borrowed_from.has_value());
  CHECK(unborn.store.lease().value()->has_own_object(u.tree));
  CHECK(unborn.store.lease().value()->has_own_object(git::Repository::hash_blob("s").value()));
}

TEST_CASE("capture: nothing of the user's garbage collection takes a snapshot away") {
  Project p;
  write_file(p / "a", "committed");
  commit_all(p.root);
  write_file(p / "b", "staged, then committed, then amended away");
  git_output(p.root, {"add", "b"});
  age(p.root);
  git_output(p.root, {"status"});
  const Snapshot staged = p.capture();
  git_output(p.root, {"commit", "-qm", "second"});
  const Snapshot committed = p.capture();
  CHECK(committed.tree == staged.tree);
  auto store = p.store.lease().value();
  REQUIRE(store->set_ref("refs/pland-snap/1", staged.commit).ok());
  REQUIRE(store->set_ref("refs/pland-snap/2", committed.commit).ok());
  // As the engine does: the borrowed commit is kept for as long as the snapshot is.
  auto user = git::Repository::open(p.root);
  REQUIRE(user->set_ref("refs/pland/x", *staged.borrowed_from).ok());
  REQUIRE(user->set_ref("refs/pland/y", *committed.borrowed_from).ok());
  git_output(p.root, {"reset", "-q", "--hard", "HEAD~1"});
  git_output(p.root, {"commit", "-q", "--amend", "-m", "other"});
  git_output(p.root, {"reflog", "expire", "--expire=now", "--all"});
  git_output(p.root, {"gc", "-q", "--prune=now"});
  CHECK(fsck(p.state / "repo.git") == "");
  CHECK(p.describe(staged.tree) == "a [-] committed\nb [-] staged, then committed, then amended away\n");
}

TEST_CASE("capture: an object that was known and is gone is read from its file again") {
  Project p;
  write_file(p / "a", "1");
  write_file(p / "b", "2");
  commit_all(p.root);
  age(p.root);
  git_output(p.root, {"status"});
  p.capture();  // rests on the commit, which nobody keeps
  git_output(p.root, {"checkout", "-q", "--orphan", "other"});
  git_output(p.root, {"rm", "-q", "--cached", "-r", "."});
  git_output(p.root, {"commit", "-q", "--allow-empty", "-m", "nothing"});
  git_output(p.root, {"branch", "-D", "main"});
  git_output(p.root, {"reflog", "expire", "--expire=now", "--all"});
  git_output(p.root, {"gc", "-q", "--prune=now"});
  const Snapshot s = p.capture();
  CHECK(p.describe(s.tree) == "a [-] 1\nb [-] 2\n");
  CHECK(fsck(p.state / "repo.git") == "");
}

TEST_CASE("capture: file, folder and link take each other's place") {
  Project p;
  write_file(p / "x", "file");
  commit_all(p.root);
  CHECK(p.describe(p.capture().tree) == "x [-] file\n");
  fs::remove(p / "x");
  write_file(p / "x/y", "inside");
  CHECK(p.describe(p.capture().tree) == "x/y [-] inside\n");
  fs::remove_all(p / "x");
  fs::create_symlink("..", p / "x");
  CHECK(p.describe(p.capture().tree) == "x -> ..\n");
  fs::remove(p / "x");
  CHECK(p.capture().tree == git::empty_tree_oid());
  write_file(p / "x", "file");
  CHECK(p.describe(p.capture().tree) == "x [-] file\n");
}

TEST_CASE("capture: rules that change are followed") {
  Project p(Project::Kind::plain);
  write_file(p / "d/a.log", "log");
  write_file(p / "d/e/b.log", "log");
  age(p.root);
  CHECK(p.capture().file_count == 2);
  write_file(p / ".gitignore", "*.log\n");
  CHECK(p.describe(p.capture().tree) == ".gitignore [-] *.log\n\n");
  fs::remove(p / ".gitignore");
  CHECK(p.capture().file_count == 2);
}

TEST_CASE("capture: what the user's index starts or stops tracking") {
  Project p;
  write_file(p / ".gitignore", "*.log\nout/\n");
  write_file(p / "a.log", "a");
  write_file(p / "out/b", "b");
  commit_all(p.root);
  age(p.root);
  CHECK(p.capture().file_count == 1);
  git_output(p.root, {"add", "-f", "a.log", "out/b"});
  CHECK(p.capture().file_count == 3);
  git_output(p.root, {"rm", "-q", "--cached", "a.log"});
  CHECK(p.capture().file_count == 2);
  const Snapshot s = p.capture();
  REQUIRE(p.store.lease().value()->set_ref("refs/pland-snap/1", s.commit).ok());
  git_output(p.root, {"rm", "-q", "--cached", "out/b"});
  git_output(p.root, {"gc", "-q", "--prune=now"});
  CHECK(fsck(p.state / "repo.git") == "");
}

TEST_CASE("capture: conflicts, assume-unchanged and intent-to-add are files like any other") {
  Project p;
  write_file(p / "a", "base");
  write_file(p / "frozen", "1");
  commit_all(p.root);
  git_output(p.root, {"checkout", "-q", "-b", "side"});
  write_file(p / "a", "side");
  commit_all(p.root);
  git_output(p.root, {"checkout", "-q", "main"});
  write_file(p / "a", "main");
  commit_all(p.root);
  CHECK(git_status_of(p.root, {"merge", "-q", "side"}) == 1);
  git_output(p.root, {"update-index", "--assume-unchanged", "frozen"});
  write_file(p / "frozen", "2");
  write_file(p / "later", "l");
  git_output(p.root, {"add", "-N", "later"});
  const std::string text = p.describe(p.capture().tree);
  CHECK(text.find("<<<<<<<") != std::string::npos);
  CHECK(text.find("frozen [-] 2\nlater [-] l\n") != std::string::npos);
}

TEST_CASE("capture: an index file that cannot be used is made anew") {
  Project p;
  write_file(p / "a", "a");
  write_file(p / "d/b", "b");
  commit_all(p.root);
  const Snapshot s = p.capture();
  const fs::path file = p.state / "indexes/main";
  const std::string good = read_file(file);
  REQUIRE(load_folder_index(file).has_value());
  for (std::size_t cut = 0; cut < good.size(); cut += 7) {
    write_file(file, good.substr(0, cut));
    REQUIRE_FALSE(load_folder_index(file).has_value());
    std::string flipped = good;
    flipped[cut] = static_cast<char>(flipped[cut] ^ 0x21);
    write_file(file, flipped);
    REQUIRE_FALSE(load_folder_index(file).has_value());
  }
  CHECK(p.capture().tree == s.tree);
  CHECK(load_folder_index(file).has_value());
}

TEST_CASE("capture: a work tree's folder that is not its root is refused") {
  Project p;
  write_file(p / "d/a", "a");
  CaptureRequest request = p.request();
  request.root = p / "d";
  CHECK(capture(request, p.state / "indexes/d").error().code == ErrorCode::invalid_argument);
  request.root = p / "missing";
  CHECK(capture(request, p.state / "indexes/d").error().code == ErrorCode::io);
}

TEST_CASE("capture: files that are as committed are not stored again, even when all had to be read") {
  Project p;
  write_file(p / "a/b", "1");
  write_file(p / "c", "2");
  write_file(p / "other/d", "3");
  commit_all(p.root);
  age(p.root);  // git's index knows other times
  const auto objects = [&] {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(p.state / "repo.git/objects")) {
      count += entry.is_regular_file() && entry.path().parent_path().filename() != "info" ? 1 : 0;
    }
    return count;
  };
  const Snapshot first = p.capture();
  CHECK(first.hashed_files == 3);
  CHECK(objects() == 1);  // the commit
  write_file(p / "a/b", "changed");
  p.capture();
  CHECK(objects() == 5);  // a blob, two trees, a commit
}

TEST_CASE("capture: what a restore was writing when it died is no part of a snapshot") {
  Project p(Project::Kind::plain);
  write_file(p / "a", "a");
  write_file(p / ".pland-tmp-123", "half");
  CHECK(p.describe(p.capture().tree) == "a [-] a\n");
}
