// The file on disk: killed writers, damage, other versions, other programs, full disks, several readers.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <random>
#include <sstream>

#include "engine/store/database.h"
#include "engine/store/migrations.h"
#include "engine/store/store.h"
#include "tests/engine/store/samples.h"
#include "tests/support/temp_folder.h"

using namespace pland::engine;
using namespace pland::test;

namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// Runs `body` in a forked child, which tells us so when it got going; returns its process id.
template <typename Body>
pid_t fork_child(const Body& body) {
  std::array<int, 2> ready{};
  REQUIRE(::pipe(ready.data()) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ready[0]);
    ::_exit(body([&] {
      const char byte = '.';
      if (::write(ready[1], &byte, 1) != 1) ::_exit(99);
    }));
  }
  ::close(ready[1]);
  char byte = 0;
  CHECK(::read(ready[0], &byte, 1) == 1);
  ::close(ready[0]);
  return child;
}

int wait_for(pid_t child) {
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return status;
}

/// A database with some pages in it and nothing in its write-ahead log.
std::string sound_database(const std::filesystem::path& path) {
  {
    auto store = Store::open(path).value();
    const auto written = store->transaction("filling", [](Transaction& tx) -> Status {
      Plan parent;
      parent.plan_id = "parent";
      PLAND_CHECK(tx.insert_plan(parent));
      for (int i = 0; i < 40; ++i) {
        const std::string id = "x" + std::to_string(i);
        PLAND_CHECK(tx.insert_plan(sample_plan(id)));
        PLAND_CHECK(tx.insert_subplan(sample_subplan("s" + id, id)));
        PLAND_CHECK(tx.append_event(sample_event(id)));
      }
      return {};
    });
    REQUIRE(written.ok());
  }
  REQUIRE_FALSE(std::filesystem::exists(path.string() + "-wal"));
  return read_file(path);
}

/// Everything that reads, on a store that may be damaged: errors are fine, other outcomes are not looked at.
void read_everything(const Store& store) {
  const auto plans = store.plans();
  if (!plans.ok()) CHECK(plans.error().code == ErrorCode::store);
  for (int i = 0; i < 40; ++i) {
    const std::string id = "x" + std::to_string(i);
    static_cast<void>(store.dump_plan(id));
    static_cast<void>(store.attempts_of("s" + id));
  }
  static_cast<void>(store.events_after(0, 1000));
  static_cast<void>(store.verify());
}

}  // namespace

TEST_CASE("store: a writer killed at any moment leaves a prefix of its commits, each whole") {
  TempFolder folder;
  const auto path = folder / "pland.db";
  std::mt19937 random(7);
  std::int64_t before = 0;
  for (int round = 0; round < 12; ++round) {
    const pid_t child = fork_child([&](const auto& ready) {
      auto store = Store::open(path);
      if (!store.ok()) return 1;
      for (bool told = false;; told = true) {
        const auto written = (*store)->transaction("counting", [](Transaction& tx) -> Status {
          PLAND_TRY(const std::int64_t number, tx.append_event(sample_event("p")));
          PLAND_CHECK(tx.insert_sandbox(sample_sandbox("a" + std::to_string(number))));
          return tx.insert_process(sample_process(std::to_string(number)));
        });
        if (!written.ok()) return 2;
        if (!told) ready();
      }
    });
    ::usleep(static_cast<useconds_t>(random() % 20000));  // any moment is as good as another
    REQUIRE(::kill(child, SIGKILL) == 0);
    const int status = wait_for(child);
    CHECK(WIFSIGNALED(status));

    auto store = Store::open(path);
    REQUIRE_MESSAGE(store.ok(), store.error().message);
    const auto last = (*store)->last_event().value();
    CHECK(last > before);
    before = last;
    const auto processes = (*store)->processes().value();
    REQUIRE(static_cast<std::int64_t>(processes.size()) == last);
    for (std::int64_t i = 0; i < last; ++i) {
      REQUIRE(processes[static_cast<std::size_t>(i)].token == std::to_string(i + 1));
    }
    CHECK(static_cast<std::int64_t>((*store)->sandboxes()->size()) == last);
    CHECK(static_cast<std::int64_t>((*store)->events_after(0, 1U << 30U)->size()) == last);
    CHECK((*store)->verify()->empty());
  }
}

TEST_CASE("store: every older version opens and is brought to the present one") {
  const auto steps = migrations();
  for (std::size_t known = 0; known <= steps.size(); ++known) {
    CAPTURE(known);
    TempFolder folder;
    const auto path = folder / "pland.db";
    {
      auto old = Database::open(path, false);
      REQUIRE(old.ok());
      REQUIRE(migrate(**old, steps.first(known)).ok());
      if (known > 0) REQUIRE((*old)->execute("INSERT INTO meta VALUES ('kept', 'yes')", "test").ok());
      CHECK((*old)->integer("PRAGMA user_version", "test").value() == static_cast<std::int64_t>(known));
    }
    if (known < steps.size()) {
      const auto reading = Store::open(path, true);
      REQUIRE_FALSE(reading.ok());
      CHECK(reading.error().message.find("older pland") != std::string::npos);
    }
    auto store = Store::open(path);
    REQUIRE_MESSAGE(store.ok(), store.error().message);
    if (known > 0) CHECK((*store)->meta("kept").value() == "yes");
    CHECK((*store)
              ->transaction("using", [](Transaction& tx) { return tx.insert_sandbox(sample_sandbox("b")); })
              .ok());
    auto database = Database::open(path, true);
    REQUIRE(database.ok());
    CHECK((*database)->integer("SELECT count(*) FROM schema_version", "test").value() ==
          static_cast<std::int64_t>(steps.size()));
    CHECK((*database)->integer("PRAGMA user_version", "test").value() == steps.back().number);
  }
}

TEST_CASE("store: migrations are numbered from 1 without gaps") {
  int number = 0;
  for (const Migration& step : migrations()) CHECK(step.number == ++number);
}

TEST_CASE("store: a migration that fails leaves the file as the last whole one left it") {
  TempFolder folder;
  auto database = Database::open(folder / "pland.db", false);
  REQUIRE(database.ok());
  const std::array<Migration, 2> steps{
      {{1, "good", "CREATE TABLE a (x)"}, {2, "bad", "CREATE TABLE b (x); INSERT INTO nowhere VALUES (1)"}}};
  const Status failed = migrate(**database, steps);
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().message.find("to schema 2 (bad)") != std::string::npos);
  CHECK(failed.error().message.find("nowhere") != std::string::npos);
  CHECK((*database)->integer("PRAGMA user_version", "test").value() == 1);
  CHECK((*database)->integer("SELECT count(*) FROM sqlite_schema WHERE name IN ('a', 'b')", "test").value() ==
        1);
  CHECK((*database)->integer("SELECT max(version) FROM schema_version", "test").value() == 1);
  CHECK_FALSE((*database)->in_transaction());
}

TEST_CASE("store: a newer version and another program's file are refused and left as they are") {
  TempFolder folder;
  const auto path = folder / "pland.db";
  sound_database(path);
  {
    auto database = Database::open(path, false);
    REQUIRE(database.ok());
    SUBCASE("newer") {
      REQUIRE((*database)->execute("PRAGMA user_version = 1000", "test").ok());
    }
    SUBCASE("another's") {
      REQUIRE((*database)->execute("PRAGMA application_id = 5", "test").ok());
    }
    SUBCASE("nobody's") {
      REQUIRE((*database)->execute("PRAGMA application_id = 0", "test").ok());
    }
  }
  const std::string bytes = read_file(path);
  for (const bool read_only : {false, true}) {
    const auto refused = Store::open(path, read_only);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::store);
    CHECK(refused.error().message.find(path.string()) != std::string::npos);
    CHECK(refused.error().message.find("move") != std::string::npos);
    CHECK(read_file(path) == bytes);
  }
}

TEST_CASE("store: a cut file gives a clear error, never a crash, and is left as it is") {
  TempFolder folder;
  const auto path = folder / "pland.db";
  const std::string whole = sound_database(path);
  std::vector<std::size_t> lengths{1, 15, 16, 50, 99, 100, 101, 511, 512, 4095, 4096, 4097, whole.size() - 1};
  for (std::size_t length = 1000; length < whole.size(); length += 2048 + 777) lengths.push_back(length);
  for (std::size_t length = 4096; length < whole.size(); length += 4096) lengths.push_back(length);
  for (const std::size_t length : lengths) {
    CAPTURE(length);
    write_file(path, whole.substr(0, length));
    const auto opened = Store::open(path);
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().code == ErrorCode::store);
    CHECK(opened.error().message.find(path.string()) != std::string::npos);
    CHECK(opened.error().message.find("move it") != std::string::npos);
    CHECK(read_file(path) == whole.substr(0, length));
  }
  // An empty file is what a crash between creating and writing leaves: a fresh start.
  write_file(path, "");
  const auto fresh = Store::open(path);
  REQUIRE(fresh.ok());
  CHECK((*fresh)->plans()->empty());
}

TEST_CASE("store: damaged bytes give errors, never a crash") {
  TempFolder folder;
  const auto path = folder / "pland.db";
  const std::string whole = sound_database(path);
  std::mt19937 random(11);
  int refused = 0;
  for (int round = 0; round < 150; ++round) {
    CAPTURE(round);
    std::string damaged = whole;
    const std::size_t count = 1U << (random() % 8);
    const std::size_t start = random() % damaged.size();
    for (std::size_t i = start; i < std::min(start + count, damaged.size()); ++i) {
      damaged[i] = static_cast<char>(random());
    }
    std::filesystem::remove(path.string() + "-wal");
    std::filesystem::remove(path.string() + "-shm");
    write_file(path, damaged);
    const auto opened = Store::open(path);
    if (opened.ok()) {
      read_everything(**opened);
    } else {
      ++refused;
      CHECK(opened.error().code == ErrorCode::store);
      CHECK_FALSE(opened.error().message.empty());
    }
  }
  CHECK(refused > 0);
}

TEST_CASE("store: a row that holds no value of ours is reported with its table and column") {
  TempFolder folder;
  const auto path = folder / "pland.db";
  sound_database(path);
  std::string change;
  std::string place;
  SUBCASE("enum") {
    change = "state = 'asleep'", place = "plans.state";
  }
  SUBCASE("json") {
    change = "spec = '{'", place = "plans.spec";
  }
  SUBCASE("json of another shape") {
    change = "spec = '[]'", place = "plans.spec";
  }
  SUBCASE("cbor") {
    change = "error_details = x'ff'", place = "plans.error_details";
  }
  {
    auto database = Database::open(path, false);
    REQUIRE(database.ok());
    REQUIRE((*database)->execute("UPDATE plans SET " + change + " WHERE plan_id = 'x7'", "test").ok());
  }
  auto store = Store::open(path).value();
  const auto damaged = store->plan("x7");
  REQUIRE_FALSE(damaged.ok());
  CHECK(damaged.error().code == ErrorCode::store);
  CHECK(damaged.error().message.find("reading plan x7: " + place) != std::string::npos);
  CHECK(damaged.error().message.find("move it") != std::string::npos);
  CHECK(store->plan("x8").ok());
}

TEST_CASE("store: reading while another process has it open and writes") {
  TempFolder folder;
  const auto path = folder / "pland.db";
  CHECK_FALSE(Store::open(path, true).ok());
  CHECK_FALSE(std::filesystem::exists(path));
  auto writer = Store::open(path).value();
  auto reader = Store::open(path, true);
  REQUIRE_MESSAGE(reader.ok(), reader.error().message);
  auto transaction = writer->begin("writing").value();
  REQUIRE(transaction.set_meta("a", "1").ok());
  CHECK_FALSE((*reader)->meta("a").value().has_value());
  REQUIRE(transaction.commit().ok());
  CHECK((*reader)->meta("a").value() == "1");
  const auto refused = (*reader)->begin("changing");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::refused);
}

TEST_CASE("store: a full disk undoes the transaction, says so, and the store goes on") {
  TempFolder folder;
  auto database = Database::open(folder / "pland.db", false);
  REQUIRE(database.ok());
  REQUIRE((*database)->execute("CREATE TABLE a (x); PRAGMA max_page_count = 8", "test").ok());
  const Status full = (*database)->execute("INSERT INTO a VALUES (randomblob(1000000))", "storing");
  REQUIRE_FALSE(full.ok());
  CHECK(full.error().message.starts_with("storing: database or disk is full"));
  CHECK(full.error().message.find("free some space") != std::string::npos);
  CHECK((*database)->execute("INSERT INTO a VALUES (1)", "storing").ok());
}

TEST_CASE("store: a file system that refuses to write undoes the whole state change") {
  TempFolder folder;
  const auto path = folder / "pland.db";
  const pid_t child = fork_child([&](const auto& ready) {
    auto store = Store::open(path);
    if (!store.ok()) return 1;
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{400000, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    ready();
    const auto failed = (*store)->transaction("spawning", [](Transaction& tx) -> Status {
      PLAND_CHECK(tx.set_meta("small", "1"));
      // Larger than the page cache, so that pages are written, and refused, before the commit.
      Status first;
      for (int i = 0; i < 2000 && first.ok(); ++i) {
        first = tx.set_meta("k" + std::to_string(i), std::string(4000, 'x'));
      }
      if (first.ok()) return {};
      // What a careless caller would do next must not be committed by itself.
      if (tx.set_meta("after", "1").ok() && tx.commit().ok())
        return Error{ErrorCode::internal, "half a change"};
      return first;
    });
    if (failed.ok()) return 3;
    if (failed.error().code != ErrorCode::store) return 4;
    if (failed.error().message.find("check the disk") == std::string::npos) return 5;
    if ((*store)->meta("small").value().has_value() || (*store)->meta("after").value().has_value()) return 6;
    const auto small =
        (*store)->transaction("next", [](Transaction& tx) { return tx.set_meta("next", "1"); });
    return small.ok() ? 0 : 7;
  });
  const int status = wait_for(child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  auto store = Store::open(path);
  REQUIRE_MESSAGE(store.ok(), store.error().message);
  CHECK((*store)->meta("next").value() == "1");
  CHECK_FALSE((*store)->meta("small").value().has_value());
}

TEST_CASE("store: remedies for what SQLite refuses") {
  // 8 READONLY, 14 CANTOPEN, 5 BUSY, 11 CORRUPT, 13 FULL, 10 IOERR and one of its extended codes.
  for (const int code : {8, 14, 5, 11, 13, 10, 10 | (3 << 8)}) {
    CAPTURE(code);
    CHECK_FALSE(store_remedy(code, "/x/pland.db").empty());
  }
  CHECK(store_remedy(19, "/x/pland.db").empty());
  const auto opened = Store::open("/nonexistent/folder/pland.db");
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().message.find("check that the folder of /nonexistent/folder/pland.db exists") !=
        std::string::npos);
}
