// Conflicts: found at the merge, resolved each way, never an overwrite at apply.
#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <fstream>

#include "engine/merge/sqlite_connection.h"
#include "tests/engine/plan/engine_fixture.h"

using namespace pland::engine;
using pland::test::EngineFixture;
using pland::test::Files;

namespace {

constexpr const char* kColliding = R"(
plan: local/collide
goal: g
subplans:
  - {name: left, goal: g, run: "sed -i 's/^3$/left/' n.txt"}
  - {name: right, goal: g, run: "sed -i 's/^3$/right/; s/^8$/eight/' n.txt"}
)";
const std::map<std::string, std::string> kNumbers = {{"n.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n"}};

const Conflict& only_conflict(const LivePlan& plan) {
  REQUIRE(plan.conflicts.size() == 1);
  return plan.conflicts.front();
}

Status resolve(EngineFixture& it, const LivePlan& plan, Resolution resolution, std::string content = {}) {
  ResolveRequest request;
  request.conflict_id = plan.conflicts.front().conflict_id;
  request.resolution = resolution;
  request.content = std::move(content);
  return it.await(it.engine().resolve(request));
}

}  // namespace

TEST_CASE("conflict: the same lines changed twice is one open hunk with its base range and both sides") {
  EngineFixture it(kNumbers);
  const LivePlan& plan = it.run(kColliding);
  CHECK(plan.plan.state == ProcessingState::errored);
  CHECK(plan.plan.error_details["conflict_files"] == nlohmann::json{"n.txt"});
  const Conflict& conflict = only_conflict(plan);
  CHECK(conflict.path == "n.txt");
  CHECK(conflict.kind == ConflictKind::content);
  CHECK(conflict.subplan_id == it.subplan(plan, "right").subplan_id);
  CHECK(conflict.ours_authors == std::vector<std::string>{"left"});
  REQUIRE(conflict.hunks.size() == 1);
  CHECK(conflict.hunks[0].base == LineRange{2, 1});
  CHECK(conflict.hunks[0].base_text == "3\n");
  CHECK(conflict.hunks[0].ours_text == "left\n");
  CHECK(conflict.hunks[0].theirs_text == "right\n");
  // No marker anywhere in the result; what does not contradict is merged.
  CHECK(it.merged(plan, "n.txt") == "1\n2\nleft\n4\n5\n6\n7\neight\n9\n");
}

TEST_CASE("conflict: apply before resolution is refused and names the path; each resolution gives its text") {
  EngineFixture it(kNumbers);
  const LivePlan& plan = it.run(kColliding);
  auto applied = it.await(it.engine().apply({plan.plan.plan_id, false, {}}));
  REQUIRE_FALSE(applied.ok());
  CHECK(applied.error().code == ErrorCode::conflict);
  CHECK(applied.error().message.find("n.txt") != std::string::npos);
  const std::map<Resolution, std::string> expected = {{Resolution::ours, "left\n"},
                                                      {Resolution::theirs, "right\n"},
                                                      {Resolution::both, "left\nright\n"},
                                                      {Resolution::base, "3\n"}};
  for (const auto& [choice, text] : expected) {
    const Resolution resolution = choice;  // clang before 16 captures no binding
    CAPTURE(to_string(resolution));
    REQUIRE(resolve(it, plan, resolution).ok());
    CHECK(plan.plan.state == ProcessingState::complete);
    CHECK_FALSE(is_open(only_conflict(plan)));
    CHECK(it.merged(plan, "n.txt") == "1\n2\n" + text + "4\n5\n6\n7\neight\n9\n");
    REQUIRE(it.await(it.engine().undo()).ok());
  }
  CHECK(is_open(only_conflict(plan)));
  REQUIRE(resolve(it, plan, Resolution::manual, "by hand\n").ok());
  CHECK(it.merged(plan, "n.txt") == "by hand\n");
  CHECK(it.read("n.txt") == kNumbers.at("n.txt"));
  REQUIRE(it.await(it.engine().apply({plan.plan.plan_id, false, {}})).ok());
  CHECK(it.read("n.txt") == "by hand\n");
}

TEST_CASE("conflict: a hunk by hand") {
  EngineFixture it(kNumbers);
  const LivePlan& plan = it.run(kColliding);
  ResolveRequest request;
  request.conflict_id = plan.conflicts.front().conflict_id;
  request.hunk = 0;
  request.resolution = Resolution::manual;
  request.content = "both of them\n";
  REQUIRE(it.await(it.engine().resolve(request)).ok());
  CHECK(it.merged(plan, "n.txt") == "1\n2\nboth of them\n4\n5\n6\n7\neight\n9\n");
  request.hunk = 5;
  CHECK(it.await(it.engine().resolve(request)).error().code == ErrorCode::invalid_argument);
  request.conflict_id = "nothing";
  CHECK(it.await(it.engine().resolve(request)).error().code == ErrorCode::not_found);
}

TEST_CASE("conflict: add/add, delete/modify, binary, mode and rename are conflicts of their kinds") {
  EngineFixture it(
      {{"old.txt", "o\nl\nd\n"}, {"moved.txt", "m\no\nv\ne\nd\n1\n2\n3\n"}, {"bin", std::string("a\0b", 3)}});
  const LivePlan& plan = it.run(R"(
plan: local/kinds
goal: g
subplans:
  - {name: a, goal: g, run: "echo a > new.txt; rm old.txt; printf 'x\\0a' > bin; git mv moved.txt one.txt"}
  - {name: b, goal: g, run: "echo b > new.txt; echo changed >> old.txt; printf 'x\\0b' > bin; git mv moved.txt two.txt"}
)");
  std::map<std::string, ConflictKind> kinds;
  for (const auto& conflict : plan.conflicts) kinds[conflict.path] = conflict.kind;
  CHECK(kinds["new.txt"] == ConflictKind::creation);
  CHECK(kinds["old.txt"] == ConflictKind::deletion);
  CHECK(kinds["bin"] == ConflictKind::binary);
  const auto renamed = std::find_if(kinds.begin(), kinds.end(),
                                    [](const auto& entry) { return entry.second == ConflictKind::rename; });
  REQUIRE(renamed != kinds.end());
  CAPTURE(renamed->first);
  CHECK((renamed->first == "moved.txt" || renamed->first == "one.txt" || renamed->first == "two.txt"));
  // Everything taken from b.
  for (;;) {
    const auto open = std::find_if(plan.conflicts.begin(), plan.conflicts.end(), is_open);
    if (open == plan.conflicts.end()) break;
    ResolveRequest request;
    request.conflict_id = open->conflict_id;
    request.resolution = Resolution::theirs;
    const Status resolved = it.await(it.engine().resolve(request));
    REQUIRE_MESSAGE(resolved.ok(), resolved.error().message);
  }
  CHECK(plan.plan.state == ProcessingState::complete);
  auto applied = it.await(it.engine().apply({plan.plan.plan_id, false, {}}));
  REQUIRE_MESSAGE(applied.ok(), applied.error().message);
  CHECK(it.read("new.txt") == "b\n");
  CHECK(it.read("old.txt") == "o\nl\nd\nchanged\n");
  CHECK(it.read("bin") == std::string("x\0b", 3));
  CHECK(it.exists("two.txt"));
  CHECK_FALSE(it.exists("one.txt"));
  CHECK_FALSE(it.exists("moved.txt"));
}

TEST_CASE("apply: what the user changed meanwhile merges where it does not touch, saved or unsaved") {
  EngineFixture it(Files{{"disk.txt", "1\n2\n3\n4\n5\n"}, {"open.txt", "1\n2\n3\n4\n5\n"}});
  it.documents.open["open.txt"] = {"open.txt", "1\n2\n3\n4\n5\n", 1, false};
  const LivePlan& plan = it.run(R"(
plan: local/mine
goal: g
subplans:
  - {name: a, goal: g, run: "sed -i s/1/one/ disk.txt open.txt"}
)");
  it.write("disk.txt", "1\n2\n3\n4\nfive\n");
  it.documents.open["open.txt"] = {"open.txt", "1\n2\n3\n4\nfive, unsaved\n", 2, true};
  auto applied = it.await(it.engine().apply({plan.plan.plan_id, false, {}}));
  REQUIRE_MESSAGE(applied.ok(), applied.error().message);
  CHECK(it.read("disk.txt") == "one\n2\n3\n4\nfive\n");
  CHECK(it.documents.open["open.txt"].text == "one\n2\n3\n4\nfive, unsaved\n");
  CHECK(it.read("open.txt") == "1\n2\n3\n4\n5\n");  // the editor saves its own files
  auto undone = it.await(it.engine().undo());
  REQUIRE_MESSAGE(undone.ok(), undone.error().message);
  CHECK(it.read("disk.txt") == "1\n2\n3\n4\nfive\n");
  CHECK(it.documents.open["open.txt"].text == "1\n2\n3\n4\nfive, unsaved\n");
}

TEST_CASE("apply: the same lines changed by the user become a conflict, never an overwrite") {
  EngineFixture it(Files{{"a.txt", "1\n2\n3\n"}});
  const LivePlan& plan =
      it.run("plan: local/c\ngoal: g\nsubplans:\n  - {name: a, goal: g, run: 'sed -i s/2/plan/ a.txt'}\n");
  it.write("a.txt", "1\nuser\n3\n");
  auto applied = it.await(it.engine().apply({plan.plan.plan_id, false, {}}));
  REQUIRE_FALSE(applied.ok());
  CHECK(applied.error().code == ErrorCode::conflict);
  CHECK(it.read("a.txt") == "1\nuser\n3\n");
  const Conflict& conflict = only_conflict(plan);
  CHECK(conflict.subplan_id.empty());
  CHECK(conflict.ours_authors == std::vector<std::string>{"you"});
  CHECK(conflict.hunks.at(0).ours_text == "user\n");
  CHECK(conflict.hunks.at(0).theirs_text == "plan\n");
  REQUIRE(resolve(it, plan, Resolution::both).ok());
  applied = it.await(it.engine().apply({plan.plan.plan_id, false, {}}));
  REQUIRE_MESSAGE(applied.ok(), applied.error().message);
  CHECK(it.read("a.txt") == "1\nuser\nplan\n3\n");
}

TEST_CASE("apply: all or nothing when the editor refuses, or a file changes at the last moment") {
  EngineFixture it(Files{{"disk.txt", "1\n"}, {"open.txt", "1\n"}});
  it.documents.open["open.txt"] = {"open.txt", "1\n", 1, false};
  const LivePlan& plan = it.run(
      "plan: local/c\ngoal: g\nsubplans:\n  - {name: a, goal: g, run: 'echo 2 >> disk.txt; echo 2 >> "
      "open.txt'}\n");
  it.documents.refuse = true;
  CHECK_FALSE(it.await(it.engine().apply({plan.plan.plan_id, false, {}})).ok());
  CHECK(it.read("disk.txt") == "1\n");
  it.documents.refuse = false;
  it.documents.meanwhile = [&] {
    it.documents.meanwhile = nullptr;
    it.write("disk.txt", "other\n");
  };
  CHECK_FALSE(it.await(it.engine().apply({plan.plan.plan_id, false, {}})).ok());
  CHECK(it.read("disk.txt") == "other\n");
  CHECK(it.documents.open["open.txt"].text == "1\n");  // put back
  CHECK(plan.plan.state != ProcessingState::applied);
  CHECK(it.git("status --porcelain") == " M disk.txt\n");  // nothing staged was left behind
}

TEST_CASE("conflict: what is resolved while another result is merged stays resolved") {
  EngineFixture it(kNumbers);
  const std::string id = it.spawn(R"(
plan: local/late
goal: g
subplans:
  - {name: left, goal: g, run: "sed -i 's/^3$/left/' n.txt"}
  - {name: right, goal: g, run: "sed -i 's/^3$/right/' n.txt"}
  - {name: late, goal: g, run: "until [ -e $PLAND_PROJECT/../go ]; do sleep 0.02; done; echo l > late.txt"}
)");
  const LivePlan& plan = it.plan(id);
  it.run_until([&] { return plan.conflicts.size() == 1; });
  // The end of `late` is told just before its merge begins; what is posted then runs during the merge.
  std::optional<Status> resolved;
  const auto subscription = it.engine().events().subscribe([&](const Event& event) {
    if (event.type != "subplan.state_changed" || resolved ||
        it.subplan(plan, "late").state != ProcessingState::complete) {
      return;
    }
    resolved = Status{};
    ResolveRequest request;
    request.conflict_id = plan.conflicts.front().conflict_id;
    request.resolution = Resolution::theirs;
    auto body = [&it, &resolved, request]() -> asio::awaitable<void> {
      resolved = co_await it.engine().resolve(request);
    };
    asio::post(it.loop(), [&it, body] { asio::co_spawn(it.loop(), body, [](const std::exception_ptr&) {}); });
  });
  std::ofstream(it.project().parent_path() / "go") << "";
  it.until_idle();
  REQUIRE(resolved);
  REQUIRE_MESSAGE(resolved->ok(), resolved->error().message);
  CHECK_FALSE(is_open(only_conflict(plan)));
  CHECK(it.merged(plan, "n.txt") == "1\n2\nright\n4\n5\n6\n7\n8\n9\n");
  CHECK(it.merged(plan, "late.txt") == "l\n");
  CHECK(plan.plan.state == ProcessingState::complete);
}

TEST_CASE("undo: of a plan is what that plan did last, and an undo is not undone") {
  EngineFixture it(Files{{"a.txt", "a\n"}, {"b.txt", "b\n"}});
  const LivePlan& first =
      it.run("plan: local/a\ngoal: g\nsubplans:\n  - {name: s, goal: g, run: 'echo A > a.txt'}\n");
  REQUIRE(it.await(it.engine().apply({first.plan.plan_id, false, {}})).ok());
  const LivePlan& second =
      it.run("plan: local/b\ngoal: g\nsubplans:\n  - {name: s, goal: g, run: 'echo B > b.txt'}\n");
  REQUIRE(it.await(it.engine().apply({second.plan.plan_id, false, {}})).ok());

  const auto undone = it.await(it.engine().undo({{}, first.plan.plan_id}));
  REQUIRE_MESSAGE(undone.ok(), undone.error().message);
  CHECK(it.read("a.txt") == "a\n");
  CHECK(it.read("b.txt") == "B\n");
  CHECK(it.await(it.engine().undo({{}, first.plan.plan_id})).error().message == "there is nothing to undo");
  const auto again = it.await(it.engine().undo({undone->operation_id, {}}));
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().code == ErrorCode::refused);
  CHECK(it.read("a.txt") == "a\n");
}

namespace {

/// A database after these statements; `bytes` empty: a new one.
std::string database(const std::string& bytes, const std::vector<std::string>& statements) {
  auto db = merge::SqliteConnection::open();
  REQUIRE(db.ok());
  if (!bytes.empty()) REQUIRE(db->load("main", bytes).ok());
  for (const std::string& sql : statements) REQUIRE(db->run(sql).ok());
  return *db->bytes(std::string(100, '\1'));
}

std::string rows_of(const std::string& bytes) {
  auto db = merge::SqliteConnection::open();
  REQUIRE(db.ok());
  REQUIRE(db->load("main", bytes).ok());
  const auto rows = db->column("SELECT id || '=' || price || ',' || item FROM orders ORDER BY id");
  REQUIRE(rows.ok());
  std::string text;
  for (const std::string& row : *rows) text += row + "\n";
  return text;
}

}  // namespace

TEST_CASE("conflict: databases merge by rows, and a disputed cell is named with both values") {
  const std::string base = database("", {"CREATE TABLE orders (id INTEGER PRIMARY KEY, price INT, item TEXT)",
                                         "INSERT INTO orders VALUES (1, 2, 'pen'), (2, 9, 'ink')"});
  EngineFixture it({{"data.db", base},
                    {"a.db", database(base, {"UPDATE orders SET price = 3 WHERE id = 1"})},
                    {"b.db", database(base, {"UPDATE orders SET item = 'quill' WHERE id = 1",
                                             "INSERT INTO orders VALUES (3, 1, 'cap')"})},
                    {"c.db", database(base, {"UPDATE orders SET price = 5 WHERE id = 1"})}});
  const LivePlan& plan = it.run(R"(
plan: local/rows
goal: g
subplans:
  - {name: a, goal: g, run: cp a.db data.db}
  - {name: b, goal: g, run: cp b.db data.db}
  - {name: c, goal: g, run: cp c.db data.db}
)");
  // a and b go together; c wants another price.
  REQUIRE(plan.conflicts.size() == 1);
  const Conflict conflict = plan.conflicts[0];
  CHECK(conflict.path == "data.db");
  CHECK(conflict.kind == ConflictKind::row);
  CHECK(conflict.detail == "orders, id = 1, column price: merged has 3, c has 5 (it was 2)");
  CHECK_FALSE(it.await(it.engine().apply({plan.plan.plan_id, false, {}})).ok());

  ResolveRequest request;
  request.conflict_id = conflict.conflict_id;
  request.resolution = Resolution::both;
  CHECK(it.await(it.engine().resolve(request)).error().message.find("one value") != std::string::npos);
  request.resolution = Resolution::theirs;
  REQUIRE(it.await(it.engine().resolve(request)).ok());
  const auto applied = it.await(it.engine().apply({plan.plan.plan_id, false, {}}));
  REQUIRE_MESSAGE(applied.ok(), applied.error().message);
  CHECK(rows_of(it.read("data.db")) == "1=5,quill\n2=9,ink\n3=1,cap\n");
}

TEST_CASE("conflict: a database whose rows cannot be merged says why, and a side can be taken") {
  const std::string base =
      database("", {"CREATE TABLE orders (id INTEGER PRIMARY KEY, price INT, item TEXT)"});
  EngineFixture it({{"data.db", base},
                    {"a.db", database(base, {"ALTER TABLE orders ADD COLUMN a"})},
                    {"b.db", database(base, {"INSERT INTO orders VALUES (3, 1, 'cap')"})}});
  const LivePlan& plan = it.run(R"(
plan: local/schema
goal: g
subplans:
  - {name: a, goal: g, run: cp a.db data.db}
  - {name: b, goal: g, run: cp b.db data.db}
)");
  REQUIRE(plan.conflicts.size() == 1);
  CHECK(plan.conflicts[0].kind == ConflictKind::binary);
  CHECK(plan.conflicts[0].detail.find("one side changed the schema (table orders)") == 0);
  ResolveRequest request;
  request.conflict_id = plan.conflicts[0].conflict_id;
  request.resolution = Resolution::theirs;
  REQUIRE(it.await(it.engine().resolve(request)).ok());
  REQUIRE(it.await(it.engine().apply({plan.plan.plan_id, false, {}})).ok());
  CHECK(rows_of(it.read("data.db")) == "3=1,cap\n");
}

TEST_CASE("conflict: a database with a write-ahead log beside it is not merged without it") {
  const std::string base =
      database("", {"CREATE TABLE orders (id INTEGER PRIMARY KEY, price INT, item TEXT)"});
  EngineFixture it({{"data.db", base},
                    {"a.db", database(base, {"INSERT INTO orders VALUES (1, 1, 'pen')"})},
                    {"b.db", database(base, {"INSERT INTO orders VALUES (3, 1, 'cap')"})}});
  const LivePlan& plan = it.run(R"(
plan: local/log
goal: g
subplans:
  - {name: a, goal: g, run: cp a.db data.db}
  - {name: b, goal: g, run: "cp b.db data.db; echo frames > data.db-wal"}
)");
  REQUIRE(plan.conflicts.size() == 1);
  CHECK(plan.conflicts[0].kind == ConflictKind::binary);
  CHECK(plan.conflicts[0].detail.find("-wal") != std::string::npos);
}

TEST_CASE("conflict: whatever a database holds, its conflict is told in one line of text") {
  const std::string base = database("", {"CREATE TABLE orders (id INTEGER PRIMARY KEY, price INT, item TEXT)",
                                         "INSERT INTO orders VALUES (1, 2, 'pen')"});
  EngineFixture it({{"data.db", base},
                    {"a.db", database(base, {"UPDATE orders SET item = CAST(x'ff410a1b42' AS TEXT)"})},
                    {"b.db", database(base, {"UPDATE orders SET item = 'ink'"})}});
  const LivePlan& plan = it.run(R"(
plan: local/bytes
goal: g
subplans:
  - {name: a, goal: g, run: cp a.db data.db}
  - {name: b, goal: g, run: cp b.db data.db}
)");
  REQUIRE(plan.conflicts.size() == 1);
  CHECK(plan.conflicts[0].detail ==
        "orders, id = 1, column item: merged has '\uFFFDA  B', b has 'ink' (it was 'pen')");
}

TEST_CASE(
    "conflict: #4005 a lockfile is made anew by its command where results clash; one that fails stays open") {
  EngineFixture it(Files{{"deps.txt", "a\nx\nm\ny\nz\n"}, {"deps.lock", "lock of a x m y z\n"}});
  const auto plan_with = [](const std::string& command) {
    return "plan: local/lock\ngoal: g\nregenerate: {deps.lock: '" + command +
           "'}\nsubplans:\n"
           "  - {name: one, goal: g, run: \"sed -i s/^a/a2/ deps.txt; echo lock of a2 x m y z > "
           "deps.lock\"}\n"
           "  - {name: two, goal: g, run: \"sed -i s/^z/z2/ deps.txt; echo lock of a x m y z2 > "
           "deps.lock\"}\n"
           "  - {name: three, goal: g, run: \"sed -i s/^m/m2/ deps.txt; echo lock of a x m2 y z > "
           "deps.lock\"}\n";
  };
  const LivePlan& plan = it.run(plan_with("echo lock of $(cat deps.txt) > deps.lock"));
  CHECK(plan.plan.state == ProcessingState::complete);
  CHECK(it.merged(plan, "deps.lock") == "lock of a2 x m2 y z2\n");
  REQUIRE_FALSE(plan.conflicts.empty());
  CHECK(plan.conflicts[0].resolved_by.find("regenerate") != std::string::npos);
  const LivePlan& failed = it.run(plan_with("echo no network; exit 1"));
  CHECK(failed.plan.state == ProcessingState::errored);
  CHECK(failed.plan.error_details["regenerate_failed"].get<std::string>().find("no network") !=
        std::string::npos);
}
