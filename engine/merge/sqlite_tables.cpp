#include "engine/merge/sqlite_tables.h"

#include <fmt/format.h>

#include <algorithm>

namespace pland::engine::merge {
namespace {

/// Whether an expression is true.
Result<bool> holds(const SqliteConnection& db, const std::string& expression) {
  PLAND_TRY(const auto found, db.column("SELECT 1 WHERE " + expression));
  return !found.empty();
}

/// A clause ON CONFLICT lets a row that is written take the place of another, or fall away, without a word.
bool may_have_conflict_clause(std::string sql) {
  for (char& c : sql) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return sql.find("conflict") != std::string::npos;
}

/// Rows whose primary key has a NULL in it: the session extension passes over them.
Result<bool> has_null_keys(const SqliteConnection& db, const Table& table, const char* schema) {
  std::string any;
  for (const std::size_t column : table.key) {
    any += (any.empty() ? "" : " OR ") + sql_name(table.columns[column]) + " IS NULL";
  }
  return holds(db, fmt::format("EXISTS (SELECT 1 FROM {}.{} WHERE {})", schema, sql_name(table.name), any));
}

/// Changes that the session extension cannot see, because SQLite compares by the columns' collations and
/// calls 1 and 1.0 equal.
Result<bool> has_unseen_changes(const SqliteConnection& db, const Table& table, const char* schema) {
  std::string same_row;
  for (const std::size_t column : table.key) {
    same_row +=
        fmt::format("{0}a.{1} = b.{1}", same_row.empty() ? "" : " AND ", sql_name(table.columns[column]));
  }
  const std::string unseen =
      list(table,
           "(a.{0} IS b.{0} AND (a.{0} COLLATE BINARY IS NOT b.{0} OR typeof(a.{0}) <> "
           "typeof(b.{0})))",
           " OR ");
  return holds(db, fmt::format("EXISTS (SELECT 1 FROM {0}.{2} AS a JOIN {1}.{2} AS b ON {3} WHERE {4})",
                               before, schema, sql_name(table.name), same_row, unseen));
}

Result<std::string> why_whole(const SqliteConnection& db, const Table& table, const std::string& sql) {
  if (table.key.empty()) return std::string("no primary key");
  if (may_have_conflict_clause(sql)) return std::string("a clause ON CONFLICT");
  for (const char* schema : {before, target, source}) {
    PLAND_TRY(const bool found, has_null_keys(db, table, schema));
    if (found) return std::string("NULL in its primary key");
  }
  for (const char* schema : {target, source}) {
    PLAND_TRY(const bool found, has_unseen_changes(db, table, schema));
    if (found) return std::string("values that changed and still compare as equal");
  }
  return std::string();
}

}  // namespace

Result<Schema> schema_of(const SqliteConnection& db, const char* name) {
  Schema schema;
  PLAND_TRY(const auto keys,
            db.column(fmt::format(
                "SELECT type || ' ' || name FROM {}.sqlite_schema WHERE name NOT LIKE 'sqlite^_%' "
                "ESCAPE '^' ORDER BY type, name",
                name)));
  PLAND_TRY(const auto definitions,
            db.column(fmt::format(
                "SELECT ifnull(sql, '') FROM {}.sqlite_schema WHERE name NOT LIKE 'sqlite^_%' ESCAPE "
                "'^' ORDER BY type, name",
                name)));
  for (std::size_t i = 0; i < keys.size(); ++i) schema[keys[i]] = definitions[i];
  return schema;
}

std::string sql_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

std::string first_difference(const Schema& a, const Schema& b) {
  for (const auto& [name, sql] : a) {
    const auto other = b.find(name);
    if (other == b.end() || other->second != sql) return name;
  }
  for (const auto& [name, sql] : b) {
    if (!a.contains(name)) return name;
  }
  return {};
}

std::string list(const Table& table, std::string_view format, std::string_view separator) {
  std::string text;
  for (const std::string& column : table.columns) {
    if (!text.empty()) text += separator;
    text += fmt::format(fmt::runtime(format), sql_name(column));
  }
  return text;
}

Result<std::vector<Table>> tables_of(const SqliteConnection& db, const Schema& schema) {
  PLAND_TRY(const auto names,
            db.column(fmt::format("SELECT name FROM {}.sqlite_schema WHERE type = 'table' AND name NOT "
                                  "LIKE 'sqlite^_%' ESCAPE '^' ORDER BY name",
                                  before)));
  std::vector<Table> tables;
  for (const std::string& name : names) {
    Table& table = tables.emplace_back();
    table.name = name;
    PLAND_TRY(const SqliteStatement info,
              db.prepare(fmt::format("PRAGMA {}.table_xinfo({})", before, sql_name(name))));
    bool has_generated = false;
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(info.get())) == SQLITE_ROW) {
      if (sqlite3_column_int(info.get(), 6) != 0) {
        has_generated = true;
        continue;
      }
      if (sqlite3_column_int(info.get(), 5) != 0) table.key.push_back(table.columns.size());
      table.columns.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(info.get(), 1)));
    }
    if (code != SQLITE_DONE) return db.error("reading the columns of " + name);
    PLAND_TRY(table.whole, why_whole(db, table, schema.at("table " + name)));
    if (has_generated) table.whole = "generated columns";
  }
  return tables;
}

Result<bool> differs(const SqliteConnection& db, const char* a, const char* b, const Table& table) {
  const std::string values = list(table, "{0} COLLATE BINARY, typeof({0})");
  const auto rows = [&](const char* schema) {
    return fmt::format("SELECT {0}, count(*) FROM {1}.{2} GROUP BY {0}", values, schema,
                       sql_name(table.name));
  };
  return holds(db, fmt::format("EXISTS ({0} EXCEPT {1}) OR EXISTS ({1} EXCEPT {0})", rows(a), rows(b)));
}

std::string row_id_of(const SqliteConnection& db, const Table& table) {
  for (const char* name : {"rowid", "_rowid_", "oid"}) {
    const bool taken =
        std::any_of(table.columns.begin(), table.columns.end(),
                    [&](const std::string& column) { return sqlite3_stricmp(column.c_str(), name) == 0; });
    if (taken) continue;
    return db.prepare(fmt::format("SELECT {} FROM {}.{}", name, target, sql_name(table.name))).ok() ? name
                                                                                                    : "";
  }
  return {};
}

}  // namespace pland::engine::merge
