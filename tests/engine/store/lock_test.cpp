#include "engine/store/lock.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string>

#include "tests/support/temp_folder.h"

using namespace pland::engine;
using pland::test::TempFolder;

namespace {

/// A child that takes the lock, tells us, and holds it until it is ended.
struct Holder {
  explicit Holder(const std::filesystem::path& directory) {
    std::array<int, 2> ready{};
    REQUIRE(::pipe(ready.data()) == 0);
    pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      const auto lock = Lock::acquire(directory);
      const char byte = lock.ok() ? 'y' : 'n';
      if (::write(ready[1], &byte, 1) != 1) ::_exit(1);
      for (;;) ::pause();
    }
    ::close(ready[1]);
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    ::close(ready[0]);
    REQUIRE(byte == 'y');
  }
  ~Holder() { kill(); }
  void kill() {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    pid = -1;
  }
  pid_t pid = -1;
};

}  // namespace

TEST_CASE("lock: a second process is refused and told who holds it") {
  TempFolder folder;
  Holder holder(folder.path());
  const auto refused = Lock::acquire(folder.path());
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::refused);
  CHECK(refused.error().context["pid"] == holder.pid);
  CHECK(refused.error().message.find("process " + std::to_string(holder.pid) + ", since 2") !=
        std::string::npos);
  CHECK(refused.error().message.find(folder.path().string()) != std::string::npos);
  // Being refused must not take the holder's name away.
  CHECK(Lock::acquire(folder.path()).error().context["pid"] == holder.pid);

  holder.kill();  // by SIGKILL: nothing of it could clean up
  CHECK(Lock::acquire(folder.path()).ok());
}

TEST_CASE("lock: released when it goes, also after a move; taken twice by nobody") {
  TempFolder folder;
  {
    auto first = Lock::acquire(folder.path());
    REQUIRE(first.ok());
    const Lock moved = std::move(*first);
    CHECK_FALSE(Lock::acquire(folder.path()).ok());
  }
  CHECK(std::filesystem::file_size(folder / "lock") == 0);
  CHECK(Lock::acquire(folder.path()).ok());
}

TEST_CASE("lock: a name left by a killed holder, or none yet, does no harm") {
  TempFolder folder;
  std::ofstream(folder / "lock") << "999999999 1970-01-01T00:00:00.000Z and a long rest of an older file\n";
  auto lock = Lock::acquire(folder.path());
  REQUIRE(lock.ok());
  CHECK(Lock::acquire(folder.path()).error().context["pid"] == ::getpid());
  std::ofstream(folder / "lock", std::ios::trunc);
  const auto refused = Lock::acquire(folder.path());
  CHECK_FALSE(refused.error().context.contains("pid"));
  CHECK(refused.error().message.starts_with("another pland is working on this repository"));
}

TEST_CASE("lock: a folder that does not exist is an io error with its path") {
  const auto failed = Lock::acquire("/nonexistent/folder");
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == ErrorCode::io);
  CHECK(failed.error().message.find("/nonexistent/folder/lock") != std::string::npos);
}
