// Databases merged row by row: what goes together, what is disputed, and what is refused.
#include "engine/merge/sqlite_merge.h"

#include <doctest/doctest.h>

#include "engine/merge/sqlite_connection.h"

using namespace pland::engine;
using namespace pland::engine::merge;

namespace {

SqliteConnection opened(const std::string& bytes) {
  auto db = SqliteConnection::open();
  REQUIRE_MESSAGE(db.ok(), db.error().message);
  if (!bytes.empty()) {
    const Status loaded = db->load("main", bytes);
    REQUIRE_MESSAGE(loaded.ok(), loaded.error().message);
  }
  return std::move(*db);
}

/// `bytes` (empty: no database yet) after these statements.
std::string changed(const std::string& bytes, const std::vector<std::string>& statements) {
  const SqliteConnection db = opened(bytes);
  for (const std::string& sql : statements) {
    const Status ran = db.run(sql);
    REQUIRE_MESSAGE(ran.ok(), sql << ": " << ran.error().message);
  }
  auto result = db.bytes(std::string(100, '\1'));
  REQUIRE(result.ok());
  return *std::move(result);
}

std::vector<std::string> rows(const std::string& bytes, const std::string& query) {
  const SqliteConnection db = opened(bytes);
  auto result = db.column(query);
  REQUIRE_MESSAGE(result.ok(), result.error().message);
  return *std::move(result);
}

const std::string all_orders = "SELECT id || ':' || item || ':' || price FROM orders ORDER BY id";
using Rows = std::vector<std::string>;

std::string orders() {
  return changed("", {"CREATE TABLE orders (id INTEGER PRIMARY KEY, item TEXT UNIQUE, price INT)",
                      "INSERT INTO orders VALUES (1, 'pen', 2), (2, 'ink', 9), (3, 'cap', 4)"});
}

DatabaseMerge merged(const std::string& base, const std::string& ours, const std::string& theirs) {
  auto result = merge_databases(base, ours, theirs);
  REQUIRE_MESSAGE(result.ok(), result.error().message);
  return *std::move(result);
}

std::string refused(const std::string& base, const std::string& ours, const std::string& theirs) {
  const auto result = merge_databases(base, ours, theirs);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == ErrorCode::refused);
  return result.error().message;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("database merge: different rows, and different columns of one row, go together") {
  const std::string base = orders();
  const std::string ours =
      changed(base, {"UPDATE orders SET price = 3 WHERE id = 1", "DELETE FROM orders WHERE id = 3",
                     "INSERT INTO orders VALUES (10, 'ours', 1)"});
  const std::string theirs = changed(
      base, {"UPDATE orders SET item = 'quill' WHERE id = 1", "UPDATE orders SET price = 8 WHERE id = 2",
             "INSERT INTO orders VALUES (11, 'theirs', 1)"});
  const DatabaseMerge merge = merged(base, ours, theirs);
  CHECK(merge.conflicts.empty());
  CHECK(rows(merge.ours, all_orders) == Rows{"1:quill:3", "2:ink:8", "10:ours:1", "11:theirs:1"});
  CHECK(merge.theirs == merge.ours);
  CHECK(rows(merge.ours, "PRAGMA integrity_check") == Rows{"ok"});
  // The same from the other side.
  CHECK(rows(merged(base, theirs, ours).ours, all_orders) == rows(merge.ours, all_orders));
  // And again: a pure function.
  CHECK(merged(base, ours, theirs).ours == merge.ours);
}

TEST_CASE("database merge: the same change by both is no conflict") {
  const std::string base = orders();
  const std::vector<std::string> same = {"UPDATE orders SET price = 7 WHERE id = 1",
                                         "DELETE FROM orders WHERE id = 3",
                                         "INSERT INTO orders VALUES (4, 'nib', 5)"};
  const DatabaseMerge merge = merged(base, changed(base, same), changed(base, same));
  CHECK(merge.conflicts.empty());
  CHECK(rows(merge.ours, all_orders) == Rows{"1:pen:7", "2:ink:9", "4:nib:5"});
}

TEST_CASE("database merge: the same cell is disputed, all else is merged in every version") {
  const std::string base = orders();
  const std::string ours = changed(base, {"UPDATE orders SET price = 3, item = 'pen!' WHERE id = 1"});
  const std::string theirs =
      changed(base, {"UPDATE orders SET price = 5 WHERE id = 1", "UPDATE orders SET price = 8 WHERE id = 2"});
  const DatabaseMerge merge = merged(base, ours, theirs);
  CHECK(merge.conflicts == std::vector<CellConflict>{{"orders", "id = 1", "price", "2", "3", "5"}});
  CHECK(rows(merge.ours, all_orders) == Rows{"1:pen!:3", "2:ink:8", "3:cap:4"});
  CHECK(rows(merge.theirs, all_orders) == Rows{"1:pen!:5", "2:ink:8", "3:cap:4"});
  CHECK(rows(merge.base, all_orders) == Rows{"1:pen!:2", "2:ink:8", "3:cap:4"});
  CHECK(to_string(merge.conflicts[0], "net", "docs") ==
        "orders, id = 1, column price: net has 3, docs has 5 (it was 2)");
}

TEST_CASE("database merge: in a row with a dispute, what only the other side changed is taken") {
  const std::string base = orders();
  const std::string ours = changed(base, {"UPDATE orders SET price = 3 WHERE id = 1"});
  const std::string theirs = changed(base, {"UPDATE orders SET price = 5, item = 'quill' WHERE id = 1"});
  const DatabaseMerge merge = merged(base, ours, theirs);
  REQUIRE(merge.conflicts.size() == 1);
  CHECK(rows(merge.ours, all_orders)[0] == "1:quill:3");
  CHECK(rows(merge.theirs, all_orders)[0] == "1:quill:5");
  CHECK(rows(merge.base, all_orders)[0] == "1:quill:2");
}

TEST_CASE("database merge: a row that one side deleted and the other changed") {
  const std::string base = orders();
  const std::string deleted = changed(base, {"DELETE FROM orders WHERE id = 2"});
  const std::string altered = changed(base, {"UPDATE orders SET price = 1 WHERE id = 2"});
  const DatabaseMerge merge = merged(base, deleted, altered);
  CHECK(merge.conflicts == std::vector<CellConflict>{{"orders", "id = 2", "", "", "deleted", "changed"}});
  CHECK(rows(merge.ours, all_orders) == Rows{"1:pen:2", "3:cap:4"});
  CHECK(rows(merge.theirs, all_orders) == Rows{"1:pen:2", "2:ink:1", "3:cap:4"});
  CHECK(rows(merge.base, all_orders) == Rows{"1:pen:2", "2:ink:9", "3:cap:4"});
  CHECK(to_string(merge.conflicts[0], "net", "docs") ==
        "orders, id = 2: net deleted the row, docs changed it");
  const DatabaseMerge mirrored = merged(base, altered, deleted);
  CHECK(mirrored.conflicts == std::vector<CellConflict>{{"orders", "id = 2", "", "", "changed", "deleted"}});
  CHECK(rows(mirrored.theirs, all_orders) == Rows{"1:pen:2", "3:cap:4"});
}

TEST_CASE("database merge: both insert a row with one key") {
  const std::string base = orders();
  const std::string ours = changed(base, {"INSERT INTO orders VALUES (4, 'nib', 5)"});
  const std::string theirs = changed(base, {"INSERT INTO orders VALUES (4, 'nib', 6)"});
  const DatabaseMerge merge = merged(base, ours, theirs);
  CHECK(merge.conflicts == std::vector<CellConflict>{{"orders", "id = 4", "price", "", "5", "6"}});
  CHECK(rows(merge.theirs, all_orders).back() == "4:nib:6");
}

TEST_CASE("database merge: keys of several columns and of text, NULL and long values") {
  const std::string base = changed("", {"CREATE TABLE t (a TEXT, b INT, v, PRIMARY KEY (a, b)) WITHOUT ROWID",
                                        "INSERT INTO t VALUES ('it''s', 1, NULL), ('x', 2, zeroblob(100))"});
  const std::string text(200, 'v');
  const DatabaseMerge merge = merged(
      base, changed(base, {"UPDATE t SET v = 'new' WHERE b = 1", "UPDATE t SET v = NULL WHERE b = 2"}),
      changed(base, {"UPDATE t SET v = '" + text + "' WHERE b = 1", "UPDATE t SET v = 1.5 WHERE b = 2"}));
  REQUIRE(merge.conflicts.size() == 2);
  CHECK(merge.conflicts[0].key == "(a, b) = ('it''s', 1)");
  CHECK(merge.conflicts[0].base == "NULL");
  CHECK(merge.conflicts[0].ours == "'new'");
  CHECK(merge.conflicts[0].theirs.size() < 80);
  CHECK(merge.conflicts[1].base == "(100 bytes)");
  CHECK(merge.conflicts[1].ours == "NULL");
  CHECK(merge.conflicts[1].theirs == "1.5");
}

TEST_CASE("database merge: a new schema takes the rows of the other side, in tables that it left alone") {
  const std::string base = orders();
  const std::string migrated =
      changed(base, {"CREATE TABLE notes (id INTEGER PRIMARY KEY, text)", "PRAGMA user_version = 2",
                     "INSERT INTO notes VALUES (1, 'n')", "CREATE INDEX by_price ON orders (price)"});
  const std::string filled = changed(base, {"INSERT INTO orders VALUES (4, 'nib', 5)"});
  for (const bool ours_is_new : {true, false}) {
    const DatabaseMerge merge = ours_is_new ? merged(base, migrated, filled) : merged(base, filled, migrated);
    CHECK(merge.conflicts.empty());
    CHECK(rows(merge.ours, all_orders).back() == "4:nib:5");
    CHECK(rows(merge.ours, "SELECT text FROM notes") == Rows{"n"});
    CHECK(rows(merge.ours, "PRAGMA user_version") == Rows{"2"});
    CHECK(rows(merge.ours, "PRAGMA integrity_check") == Rows{"ok"});
  }
}

TEST_CASE("database merge: what cannot be told apart is refused with its reason") {
  const std::string base = orders();
  const std::string rows_changed = changed(base, {"UPDATE orders SET price = 3 WHERE id = 1"});
  SUBCASE("both changed the schema") {
    const std::string why = refused(base, changed(base, {"ALTER TABLE orders ADD COLUMN a"}),
                                    changed(base, {"ALTER TABLE orders ADD COLUMN b"}));
    CHECK(contains(why, "both sides changed the schema (table orders)"));
  }
  SUBCASE("one side changed the table whose rows the other changed") {
    const std::string why = refused(base, changed(base, {"ALTER TABLE orders ADD COLUMN a"}), rows_changed);
    CHECK(contains(why, "one side changed the schema (table orders)"));
    CHECK(contains(why, "take the side with the new schema"));
  }
  SUBCASE("a constraint") {
    const std::string why = refused(base, changed(base, {"INSERT INTO orders VALUES (4, 'nib', 1)"}),
                                    changed(base, {"INSERT INTO orders VALUES (5, 'nib', 1)"}));
    CHECK(contains(why, "table orders"));
    CHECK(contains(why, "UNIQUE"));
  }
  SUBCASE("a reference") {
    const std::string shop =
        changed("", {"CREATE TABLE a (id INTEGER PRIMARY KEY)", "INSERT INTO a VALUES (1), (2)",
                     "CREATE TABLE b (id INTEGER PRIMARY KEY, of REFERENCES a)"});
    const std::string why = refused(shop, changed(shop, {"DELETE FROM a WHERE id = 2"}),
                                    changed(shop, {"INSERT INTO b VALUES (7, 2)"}));
    CHECK(contains(why, "a row of b refers to one of a that is not there"));
  }
  SUBCASE("a table without a primary key") {
    const std::string log = changed("", {"CREATE TABLE log (text)", "INSERT INTO log VALUES ('one')"});
    const std::string why = refused(log, changed(log, {"INSERT INTO log VALUES ('two')"}),
                                    changed(log, {"INSERT INTO log VALUES ('three')"}));
    CHECK(contains(why, "both sides changed table log, which has no primary key"));
  }
  SUBCASE("a virtual table") {
    const std::string search = changed(
        "", {"CREATE VIRTUAL TABLE words USING fts5(text)", "CREATE TABLE t (id INTEGER PRIMARY KEY)"});
    const std::string why = refused(search, changed(search, {"INSERT INTO t VALUES (1)"}),
                                    changed(search, {"INSERT INTO t VALUES (2)"}));
    CHECK(contains(why, "words is a virtual table"));
  }
  SUBCASE("versions") {
    const std::string why =
        refused(base, changed(base, {"PRAGMA user_version = 2"}), changed(base, {"PRAGMA user_version = 3"}));
    CHECK(contains(why, "user_version: to 2 and 3"));
  }
}

TEST_CASE("database merge: a table without a primary key that only one side changed is taken whole") {
  const std::string base = changed("", {"CREATE TABLE log (text)", "INSERT INTO log VALUES ('one')",
                                        "CREATE TABLE t (id INTEGER PRIMARY KEY)"});
  const std::string ours = changed(base, {"INSERT INTO t VALUES (1)"});
  const std::string theirs =
      changed(base, {"INSERT INTO log VALUES ('one')", "INSERT INTO log VALUES ('two')"});
  for (const DatabaseMerge& merge : {merged(base, ours, theirs), merged(base, theirs, ours)}) {
    CHECK(rows(merge.ours, "SELECT text FROM log") == Rows{"one", "one", "two"});
    CHECK(rows(merge.ours, "SELECT id FROM t") == Rows{"1"});
  }
}

TEST_CASE("database merge: no number is given out twice, and triggers are not run again") {
  const std::string base = changed(
      "", {"CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v)",
           "CREATE TABLE seen (id INTEGER PRIMARY KEY, n)",
           "CREATE TRIGGER count_them AFTER INSERT ON t BEGIN INSERT INTO seen VALUES (new.id, 1); END",
           "INSERT INTO t VALUES (1, 'a')"});
  const std::string ours = changed(base, {"UPDATE t SET v = 'b' WHERE id = 1"});
  const std::string theirs = changed(
      base, {"INSERT INTO t VALUES (9, 'c')", "DELETE FROM t WHERE id = 9", "INSERT INTO t VALUES (5, 'd')"});
  const DatabaseMerge merge = merged(base, ours, theirs);
  CHECK(rows(merge.ours, "SELECT seq FROM sqlite_sequence WHERE name = 't'") == Rows{"9"});
  CHECK(rows(merge.ours, "SELECT count(*) FROM seen") == rows(theirs, "SELECT count(*) FROM seen"));
}

TEST_CASE("database merge: what the session extension would pass over is merged whole or refused") {
  // Each table beside one that the other side changes, so that the file as a whole must be merged.
  const auto start = [](std::vector<std::string> statements) {
    statements.insert(statements.end(),
                      {"CREATE TABLE other (id INTEGER PRIMARY KEY, v)", "INSERT INTO other VALUES (1, 1)"});
    return changed("", statements);
  };
  struct Case {
    const char* name;
    std::vector<std::string> table;
    std::vector<std::string> one, two;
    std::string after_two;
    const char* why;
  };
  const std::vector<Case> cases = {
      {"a key that is NULL",
       {"CREATE TABLE t (k TEXT PRIMARY KEY, v)", "INSERT INTO t VALUES (NULL, 1), ('x', 2)"},
       {"UPDATE t SET v = 20 WHERE k = 'x'"},
       {"UPDATE t SET v = 10 WHERE k IS NULL"},
       "NULL/10 'x'/2",
       "NULL in its primary key"},
      {"a row with such a key is new",
       {"CREATE TABLE t (k TEXT PRIMARY KEY, v)", "INSERT INTO t VALUES ('x', 2)"},
       {"UPDATE t SET v = 20"},
       {"INSERT INTO t VALUES (NULL, 1)"},
       "NULL/1 'x'/2",
       "NULL in its primary key"},
      {"upper case in a column without case",
       {"CREATE TABLE t (k INTEGER PRIMARY KEY, v COLLATE NOCASE)",
        "INSERT INTO t VALUES (1, 'a'), (2, 'x')"},
       {"UPDATE t SET v = 'y' WHERE k = 2"},
       {"UPDATE t SET v = 'A' WHERE k = 1"},
       "1/'A' 2/'x'",
       "still compare as equal"},
      {"upper case in a key without case, without rowid",
       {"CREATE TABLE t (k COLLATE NOCASE PRIMARY KEY, v) WITHOUT ROWID",
        "INSERT INTO t VALUES ('a', 1), ('x', 1)"},
       {"UPDATE t SET v = 2 WHERE k = 'x'"},
       {"UPDATE t SET k = 'A' WHERE k = 'a'"},
       "'A'/1 'x'/1",
       "still compare as equal"},
      {"a number of another kind",
       {"CREATE TABLE t (k INTEGER PRIMARY KEY, v)", "INSERT INTO t VALUES (1, 1), (2, 1)"},
       {"UPDATE t SET v = 5 WHERE k = 2"},
       {"UPDATE t SET v = 1.0 WHERE k = 1"},
       "1/1.0 2/1",
       "still compare as equal"},
      {"rows that replace others",
       {"CREATE TABLE t (k INTEGER PRIMARY KEY, v UNIQUE ON CONFLICT REPLACE)",
        "INSERT INTO t VALUES (1, 'a')"},
       {"INSERT INTO t VALUES (2, 'b')"},
       {"INSERT INTO t VALUES (3, 'b')"},
       "1/'a' 3/'b'",
       "a clause ON CONFLICT"},
      {"rows that are there more than once",
       {"CREATE TABLE t (k, v)", "INSERT INTO t VALUES (1, 1), (1, 1), (2, 2)"},
       {"INSERT INTO t VALUES (3, 3)"},
       {"DELETE FROM t", "INSERT INTO t VALUES (1, 1), (2, 2), (2, 2)"},
       "1/1 2/2 2/2",
       "no primary key"},
      {"generated columns",
       {"CREATE TABLE t (k INTEGER PRIMARY KEY, v, twice AS (v * 2) STORED)",
        "INSERT INTO t (k, v) VALUES (1, 1)"},
       {"UPDATE t SET v = 5"},
       {"UPDATE t SET v = 6"},
       "1/6",
       "generated columns"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.name);
    const std::string base = start(each.table);
    const std::string one = changed(base, each.one), two = changed(base, each.two);
    CHECK(contains(refused(base, one, two), each.why));
    CHECK(contains(refused(base, two, one), each.why));
    const std::string beside = changed(base, {"UPDATE other SET v = 2"});
    for (const DatabaseMerge& merge : {merged(base, two, beside), merged(base, beside, two)}) {
      CHECK(merge.conflicts.empty());
      CHECK(rows(merge.ours,
                 "SELECT group_concat(r, ' ') FROM (SELECT quote(k) || '/' || quote(v) AS r FROM t "
                 "ORDER BY k, v)") == Rows{each.after_two});
      CHECK(rows(merge.ours, "SELECT v FROM other") == Rows{"2"});
      CHECK(rows(merge.ours, "PRAGMA integrity_check") == Rows{"ok"});
    }
  }
}

TEST_CASE("database merge: rows without a key keep their numbers") {
  const std::string base =
      changed("", {"CREATE TABLE log (rowid TEXT)", "CREATE TABLE t (id INTEGER PRIMARY KEY)",
                   "INSERT INTO log VALUES ('one'), ('two'), ('three')"});
  const std::string ours = changed(base, {"INSERT INTO t VALUES (1)"});
  const std::string theirs = changed(base, {"DELETE FROM log WHERE oid = 2"});
  CHECK(rows(merged(base, ours, theirs).ours, "SELECT oid || rowid FROM log") == Rows{"1one", "3three"});
}

TEST_CASE("database merge: nobody's rows come to refer to the other side's new row") {
  const std::string base = changed("", {"CREATE TABLE a (id INTEGER PRIMARY KEY, v)",
                                        "CREATE TABLE b (id INTEGER PRIMARY KEY, of REFERENCES A)"});
  const std::string ours = changed(base, {"INSERT INTO a VALUES (1, 'ours')", "INSERT INTO b VALUES (1, 1)"});
  const std::string theirs =
      changed(base, {"INSERT INTO a VALUES (1, 'theirs')", "INSERT INTO b VALUES (2, 1)"});
  CHECK(contains(refused(base, ours, theirs), "different rows of a with the same key"));
}

TEST_CASE("database merge: references that cannot be checked are said, not passed over") {
  const std::string base = changed("", {"CREATE TABLE a (id INTEGER PRIMARY KEY, v)",
                                        "CREATE TABLE b (id INTEGER PRIMARY KEY, of REFERENCES a (v))",
                                        "INSERT INTO a VALUES (1, 1)", "INSERT INTO b VALUES (1, 1)"});
  const auto merge = merge_databases(base, changed(base, {"UPDATE b SET of = NULL"}),
                                     changed(base, {"INSERT INTO a VALUES (2, 2)"}));
  REQUIRE_FALSE(merge.ok());
  CHECK(contains(merge.error().message, "foreign key mismatch"));
}

TEST_CASE("database merge: a number that only the other side gave out is not given out again") {
  const std::string base = changed("", {"CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v)",
                                        "CREATE TABLE other (id INTEGER PRIMARY KEY)"});
  const std::string theirs = changed(base, {"INSERT INTO t (v) VALUES (1), (2)", "DELETE FROM t"});
  CHECK(rows(merged(base, changed(base, {"INSERT INTO other VALUES (1)"}), theirs).ours,
             "SELECT name || seq FROM sqlite_sequence") == Rows{"t2"});
}

TEST_CASE("database merge: what is no database, or a damaged one, is said") {
  const std::string base = orders();
  CHECK_FALSE(is_database("SQLite format 3"));
  CHECK(is_database(base));
  CHECK(merge_databases(base, base, "text").error().code == ErrorCode::invalid_argument);
  std::string damaged = changed(base, {"UPDATE orders SET price = 3"});
  for (std::size_t at = 4096; at < damaged.size(); ++at) damaged[at] = '\x55';
  const auto merge = merge_databases(base, damaged, changed(base, {"DELETE FROM orders"}));
  REQUIRE_FALSE(merge.ok());
  CHECK_FALSE(merge.error().message.empty());
}

TEST_CASE("database merge: the header says what it said: a file with a write-ahead log keeps it") {
  std::string base = orders();
  base[18] = base[19] = 2;
  std::string ours = changed(orders(), {"UPDATE orders SET price = 3 WHERE id = 1"});
  ours[18] = ours[19] = 2;
  const DatabaseMerge merge =
      merged(base, ours, changed(orders(), {"UPDATE orders SET price = 8 WHERE id = 2"}));
  CHECK(merge.ours[18] == 2);
  CHECK(merge.ours[19] == 2);
  CHECK(rows(merge.ours, all_orders) == Rows{"1:pen:3", "2:ink:8", "3:cap:4"});
}
