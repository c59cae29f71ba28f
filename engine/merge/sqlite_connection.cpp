#include "engine/merge/sqlite_connection.h"

#include <fmt/format.h>

#include <cstring>

namespace pland::engine::merge {
namespace {

constexpr std::size_t write_version = 18, read_version = 19;  // of the header; 2 is write-ahead logging

}  // namespace

std::string sql_name(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

Result<SqliteConnection> SqliteConnection::open() {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(":memory:", &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  SqliteConnection connection{std::unique_ptr<sqlite3, SqliteCloser>(raw)};
  if (code != SQLITE_OK) return connection.error("opening a database in memory");
  for (const int off : {SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_FKEY,
                        SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_ENABLE_VIEW}) {
    sqlite3_db_config(raw, off, 0, nullptr);
  }
  return connection;
}

Status SqliteConnection::load(const char* name, std::string_view bytes) {
  if (std::string_view(name) != "main") PLAND_CHECK(run(fmt::format("ATTACH ':memory:' AS {}", name)));
  auto* const copy = static_cast<unsigned char*>(sqlite3_malloc64(bytes.size()));
  if (copy == nullptr) return Error{ErrorCode::internal, "no memory for a database"};
  std::memcpy(copy, bytes.data(), bytes.size());
  // A database in memory has no write-ahead log; the file of a closed one is whole without it.
  if (bytes.size() > read_version) copy[write_version] = copy[read_version] = 1;
  const auto size = static_cast<sqlite3_int64>(bytes.size());
  if (sqlite3_deserialize(db_.get(), name, copy, size, size,
                          SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE) != SQLITE_OK) {
    return error("reading a database");
  }
  PLAND_TRY(const auto found, column(fmt::format("PRAGMA {}.quick_check(1)", name)));
  if (found == std::vector<std::string>{"ok"}) return {};
  return Error{ErrorCode::invalid_argument, "one of the versions is no sound database: " +
                                                (found.empty() ? std::string() : found.front())};
}

Result<std::string> SqliteConnection::bytes(std::string_view header) const {
  sqlite3_int64 size = 0;
  const SqliteMemory copy(sqlite3_serialize(db_.get(), "main", &size, 0));
  if (!copy) return error("writing the merged database");
  std::string out(static_cast<const char*>(copy.get()), static_cast<std::size_t>(size));
  out[write_version] = header[write_version];
  out[read_version] = header[read_version];
  return out;
}

Result<SqliteStatement> SqliteConnection::prepare(const std::string& sql) const {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v2(db_.get(), sql.c_str(), static_cast<int>(sql.size()), &raw, nullptr);
  SqliteStatement statement(raw);
  if (code != SQLITE_OK) return error("asking a database");
  return statement;
}

Status SqliteConnection::run(const std::string& sql) const {
  PLAND_TRY(const SqliteStatement statement, prepare(sql));
  return finish(statement.get());
}

Status SqliteConnection::finish(sqlite3_stmt* statement) const {
  int code = SQLITE_ROW;
  while (code == SQLITE_ROW) code = sqlite3_step(statement);
  return code == SQLITE_DONE ? Status() : Status(error("changing a database"));
}

Result<std::vector<std::string>> SqliteConnection::column(const std::string& sql) const {
  PLAND_TRY(const SqliteStatement statement, prepare(sql));
  std::vector<std::string> values;
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement.get())) == SQLITE_ROW) {
    const unsigned char* const value = sqlite3_column_text(statement.get(), 0);
    values.emplace_back(value == nullptr ? "" : reinterpret_cast<const char*>(value));
  }
  if (code != SQLITE_DONE) return error("reading a database");
  return values;
}

Result<std::string> SqliteConnection::text(const std::string& sql) const {
  PLAND_TRY(const auto values, column(sql));
  return values.empty() ? std::string() : values.front();
}

Error SqliteConnection::error(std::string_view doing) const {
  return {ErrorCode::invalid_argument, fmt::format("{}: {}", doing, sqlite3_errmsg(db_.get()))};
}

}  // namespace pland::engine::merge
