#include "engine/base/paths.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <tuple>

#include "tests/support/temp_folder.h"

using namespace pland::engine;
using pland::test::TempFolder;
namespace fs = std::filesystem;

namespace {

/// root/ with a file, a folder and links; a secret beside it.
struct Scene {
  TempFolder folder;
  fs::path root = folder / "root";
  Scene() {
    fs::create_directories(root / "src" / "deep");
    fs::create_directories(folder / "outside");
    put(root / "src" / "a.txt", "alpha");
    put(folder / "outside" / "secret", "secret");
  }
  static void put(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
  static std::string get(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  void refused(const std::string& path, const std::string& why) const {
    const auto resolved = resolve_inside(root, path);
    REQUIRE_MESSAGE(!resolved.ok(), path);
    CHECK(resolved.error().code == ErrorCode::refused);
    CHECK_MESSAGE(resolved.error().message.find(why) != std::string::npos, resolved.error().message);
    CHECK(resolved.error().context["path"] == path);
    CHECK_FALSE(read_inside(root, path, 1000).ok());
    CHECK_FALSE(write_inside(root, path, "evil").ok());
  }
};

}  // namespace

TEST_CASE("paths: what stays inside is resolved, whether it exists or not") {
  const Scene scene;
  const fs::path root = fs::canonical(scene.root);
  CHECK(*resolve_inside(scene.root, "src/a.txt") == root / "src/a.txt");
  CHECK(*resolve_inside(scene.root, "src/./deep/../a.txt") == root / "src/a.txt");
  CHECK(*resolve_inside(scene.root, "new/folder/file") == root / "new/folder/file");
  CHECK(*resolve_inside(scene.root, ".gitignore") == root / ".gitignore");
  CHECK(*resolve_inside(scene.root, "src/..hidden") == root / "src/..hidden");
}

TEST_CASE("paths: attacks are refused with their reason") {
  const Scene scene;
  fs::create_symlink(scene.folder / "outside", scene.root / "absolute_link");
  fs::create_symlink("../outside", scene.root / "relative_link");
  fs::create_symlink("../../outside/secret", scene.root / "src" / "file_link");
  fs::create_symlink("loop", scene.root / "loop");
  fs::create_symlink("src/chain", scene.root / "chain");
  fs::create_symlink("../relative_link", scene.root / "src" / "chain");
  scene.refused("", "empty");
  scene.refused("/etc/passwd", "absolute");
  scene.refused("..", "'..'");
  scene.refused("../outside/secret", "'..'");
  scene.refused("src/../../outside/secret", "'..'");
  scene.refused(std::string("src\0/../x", 9), "NUL");
  scene.refused(".git/config", "'.git'");
  scene.refused("src/.GIT/hooks/pre-commit", "'.git'");
  scene.refused("absolute_link/secret", "leads outside");
  scene.refused("relative_link/secret", "leads outside");
  scene.refused("src/file_link", "leads outside");
  scene.refused("chain/secret", "leads outside");
  scene.refused("absolute_link/new_file", "leads outside");
  scene.refused("loop/x", "loop");
  CHECK(Scene::get(scene.folder / "outside" / "secret") == "secret");
  CHECK(std::distance(fs::directory_iterator(scene.folder / "outside"), {}) == 1);
}

TEST_CASE("paths: links that stay inside are followed; a last one is kept on request") {
  const Scene scene;
  const fs::path root = fs::canonical(scene.root);
  fs::create_symlink("src", scene.root / "relative");
  fs::create_symlink(root / "src" / "deep", scene.root / "absolute");
  fs::create_symlink("../src/a.txt", scene.root / "src" / "last");
  CHECK(*resolve_inside(scene.root, "relative/a.txt") == root / "src/a.txt");
  CHECK(*resolve_inside(scene.root, "absolute/../a.txt") == root / "src/a.txt");
  CHECK(*resolve_inside(scene.root, "relative/last") == root / "src/a.txt");
  CHECK(*resolve_inside(scene.root, "relative/last", FinalLink::keep) == root / "src/last");
  CHECK(write_inside(scene.root, "relative/last", "through the link").ok());
  CHECK(Scene::get(scene.root / "src" / "a.txt") == "through the link");
  CHECK(fs::is_symlink(scene.root / "src" / "last"));
  CHECK(delete_inside(scene.root, "src/last").ok());
  CHECK(fs::exists(scene.root / "src" / "a.txt"));
  CHECK_FALSE(fs::is_symlink(scene.root / "src" / "last"));
}

TEST_CASE("paths: a link to git's folder does not get there either") {
  const Scene scene;
  fs::create_directories(scene.root / ".git");
  fs::create_symlink(".git", scene.root / "innocent");
  scene.refused("innocent/config", "'.git'");
}

TEST_CASE("paths: files are written atomically, with their folders and permissions") {
  const Scene scene;
  CHECK(write_inside(scene.root, "x/y/z.sh", "one").ok());
  REQUIRE(::chmod((scene.root / "x/y/z.sh").c_str(), 0751) == 0);
  CHECK(write_inside(scene.root, "x/y/z.sh", std::string("two\0three", 9)).ok());
  CHECK(*read_inside(scene.root, "x/y/z.sh", 100) == std::string("two\0three", 9));
  CHECK((fs::status(scene.root / "x/y/z.sh").permissions() & fs::perms::mask) == fs::perms(0751));
  CHECK(std::distance(fs::directory_iterator(scene.root / "x/y"), {}) == 1);  // no temporary file is left
}

TEST_CASE("paths: errors name the path and say what is wrong") {
  const Scene scene;
  CHECK(read_inside(scene.root, "src/none", 10).error().code == ErrorCode::not_found);
  CHECK(read_inside(scene.root, "none/none", 10).error().code == ErrorCode::not_found);
  CHECK(delete_inside(scene.root, "src/none").error().code == ErrorCode::not_found);
  CHECK(read_inside(scene.root, "src", 10).error().code == ErrorCode::invalid_argument);
  CHECK(write_inside(scene.root, "src", "x").error().code == ErrorCode::invalid_argument);
  CHECK(delete_inside(scene.root, "src").error().code == ErrorCode::invalid_argument);
  CHECK(write_inside(scene.root, ".", "x").error().code == ErrorCode::invalid_argument);
  CHECK(read_inside(scene.root, "src/a.txt", 4).error().message.find("larger than 4 bytes") !=
        std::string::npos);
  CHECK(read_inside(scene.root, "src/a.txt/x", 10).error().code == ErrorCode::io);
  REQUIRE(::mkfifo((scene.root / "pipe").c_str(), 0600) == 0);
  CHECK(read_inside(scene.root, "pipe", 10).error().code == ErrorCode::invalid_argument);
  CHECK(resolve_inside(scene.folder / "nowhere", "x").error().code == ErrorCode::io);
}

TEST_CASE("paths: a folder exchanged for a link while it is used lets nothing out") {
  const Scene scene;
  fs::create_directory(scene.root / "target");
  fs::create_symlink(scene.folder / "outside", scene.root / "link");
  std::atomic<bool> stop = false;
  std::thread attacker([&] {
    while (!stop) {
      // Exchanges the folder and the link in one step, again and again.
      ::renameat2(AT_FDCWD, (scene.root / "target").c_str(), AT_FDCWD, (scene.root / "link").c_str(),
                  RENAME_EXCHANGE);
    }
  });
  int written = 0, refused = 0;
  bool leaked = false;
  // Goes on until the attacker was seen at work: the scheduler may keep one of us waiting.
  for (int i = 0; (i < 2000 || written == 0 || refused == 0) && i < 5'000'000; ++i) {
    ++(write_inside(scene.root, "target/evil", "evil").ok() ? written : refused);
    const auto read = read_inside(scene.root, "target/secret", 100);
    leaked = leaked || read.ok();
    std::ignore = delete_inside(scene.root, "target/secret");
  }
  stop = true;
  attacker.join();
  CHECK_FALSE(leaked);
  CHECK(written > 0);
  CHECK(refused > 0);
  CHECK_FALSE(fs::exists(scene.folder / "outside" / "evil"));
  CHECK(Scene::get(scene.folder / "outside" / "secret") == "secret");
}
