// A connection to databases that lie in memory, for the merge of databases. Inside of the merge room. One
// thread at a time.
#pragma once

#define SQLITE_ENABLE_SESSION 1
#define SQLITE_ENABLE_PREUPDATE_HOOK 1
#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace pland::engine::merge {

struct SqliteCloser {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  void operator()(sqlite3_session* session) const { sqlite3session_delete(session); }
  void operator()(void* memory) const { sqlite3_free(memory); }
};
using SqliteStatement = std::unique_ptr<sqlite3_stmt, SqliteCloser>;
using SqliteSession = std::unique_ptr<sqlite3_session, SqliteCloser>;
using SqliteMemory = std::unique_ptr<void, SqliteCloser>;

/// Several databases under the names of their schemas; "main" is always there. Nothing that stands in them
/// runs: triggers, views and their functions are off.
class SqliteConnection {
 public:
  static Result<SqliteConnection> open();

  /// Puts a copy of the file's bytes under `name` ("main", or a new one). Errors: invalid_argument when it is
  /// no sound database.
  Status load(const char* name, std::string_view bytes);
  /// The file of "main". `header`: of the file it came from (100 bytes), for what memory does not keep.
  Result<std::string> bytes(std::string_view header) const;

  Result<SqliteStatement> prepare(const std::string& sql) const;
  Status run(const std::string& sql) const;
  /// Steps a statement to its end.
  Status finish(sqlite3_stmt* statement) const;
  /// The first column of all rows, as text.
  Result<std::vector<std::string>> column(const std::string& sql) const;
  /// The first column of the first row; empty without one.
  Result<std::string> text(const std::string& sql) const;

  /// The connection's last error.
  Error error(std::string_view doing) const;
  sqlite3* get() const { return db_.get(); }

 private:
  explicit SqliteConnection(std::unique_ptr<sqlite3, SqliteCloser> db) : db_(std::move(db)) {}
  std::unique_ptr<sqlite3, SqliteCloser> db_;
};

/// As a name in SQL.
std::string sql_name(std::string_view name);

}  // namespace pland::engine::merge
