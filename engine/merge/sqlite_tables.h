// What the merge of databases knows of schemas and tables. Inside of the merge room.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/merge/sqlite_connection.h"

namespace pland::engine::merge {

/// The three databases on one connection, by the names of their schemas.
inline constexpr const char* target = "main";  ///< what the changes of the other side are replayed on
inline constexpr const char* source = "source";
inline constexpr const char* before = "base";

/// "type name" -> its definition.
using Schema = std::map<std::string, std::string>;

Result<Schema> schema_of(const SqliteConnection& db, const char* name);

/// The first object that only one of them has, or that they define differently; empty: they are alike.
std::string first_difference(const Schema& a, const Schema& b);

struct Table {
  std::string name;
  std::vector<std::string> columns;  ///< without those that are generated
  std::vector<std::size_t> key;      ///< indexes of the primary key's columns
  /// Why its rows can only be taken together ("no primary key"); empty: they are merged one by one. Whatever
  /// the session extension would pass over in silence stands here.
  std::string whole;
};

/// The tables of the base, which are defined alike in the other two; `schema` holds their definitions.
Result<std::vector<Table>> tables_of(const SqliteConnection& db, const Schema& schema);

/// Whether a table's rows differ, as a whole and to the letter; how often each is there counts.
Result<bool> differs(const SqliteConnection& db, const char* a, const char* b, const Table& table);

/// The name under which the rows have numbers that others may remember; empty when they have none.
std::string row_id_of(const SqliteConnection& db, const Table& table);

/// Each column as a name in SQL put into `format`.
std::string list(const Table& table, std::string_view format, std::string_view separator = ", ");

/// As a text in SQL, with its quotes.
std::string sql_text(std::string_view text);

}  // namespace pland::engine::merge
