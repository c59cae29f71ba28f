// Whole rows in and out, for every table alike. Inside this room only. Throws SQLite::Exception and what
// cells.h throws; `reading` and `writing` are the door where that becomes a Result.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/store/cells.h"
#include "engine/store/database.h"
#include "engine/store/tables.h"

namespace pland::engine::rows {

/// A cached statement in use; ready for the next use when this goes.
class Query {
 public:
  Query(Database& database, const std::string& sql) : statement_(database.prepared(sql)) {}
  ~Query() {
    statement_.tryReset();
    try {
      statement_.clearBindings();
    } catch (const SQLite::Exception&) {  // cannot happen: sqlite3_clear_bindings only returns SQLITE_OK
      return;
    }
  }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  /// Binds ?1, ?2 ... in order.
  template <typename... Values>
  Query& with(const Values&... values) {
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }
  template <typename T>
  void bind_one(int index, const T& value) {
    if constexpr (std::is_convertible_v<T, std::string_view>) {
      cells::bind(statement_, index, std::string(std::string_view(value)));
    } else {
      cells::bind(statement_, index, value);
    }
  }
  bool step() { return statement_.executeStep(); }
  /// Runs a statement that answers no rows; how many rows it changed.
  int run() { return statement_.exec(); }
  SQLite::Column column(int index) { return statement_.getColumn(index); }

 private:
  SQLite::Statement& statement_;
};

template <typename T>
std::vector<std::string> column_names() {
  std::vector<std::string> names;
  T sample;
  Table<T>::columns(sample, [&](const char* name, auto&) { names.emplace_back(name); });
  return names;
}

inline std::string joined(const std::vector<std::string>& parts, const char* separator) {
  std::string all;
  for (const std::string& part : parts) all += (all.empty() ? "" : separator) + part;
  return all;
}

/// "a, b, c"
template <typename T>
const std::string& column_list() {
  static const std::string list = joined(column_names<T>(), ", ");
  return list;
}

/// "?1, ?2, ?3"
template <typename T>
std::string place_holders() {
  std::vector<std::string> holders;
  for (std::size_t i = 1; i <= column_names<T>().size(); ++i) holders.push_back("?" + std::to_string(i));
  return joined(holders, ", ");
}

/// The columns after the key as assignments; `value` gives the right-hand side.
template <typename T, typename Value>
std::string assignments(Value&& value) {
  std::vector<std::string> parts;
  const std::vector<std::string> names = column_names<T>();
  for (std::size_t i = Table<T>::kKeys; i < names.size(); ++i) {
    const std::string given = value(names[i], i + 1);
    // A plan's revision only ever grows, whatever a caller or an old dump says.
    const bool grows = names[i] == "revision";
    parts.push_back(names[i] + " = " + (grows ? "max(" + names[i] + ", " + given + ") + 1" : given));
  }
  return joined(parts, ", ");
}

template <typename T>
void bind_row(Query& query, const T& row) {
  int index = 0;
  Table<T>::columns(row, [&](const char*, const auto& value) { query.bind_one(++index, value); });
}

template <typename T>
T read_row(Query& query) {
  T row;
  int index = 0;
  Table<T>::columns(row, [&](const char* name, auto& value) {
    try {
      cells::read(query.column(index++), value);
    } catch (const SQLite::Exception&) {
      throw;
    } catch (const std::exception& damaged) {
      throw std::runtime_error(std::string(Table<T>::kName) + "." + name + ": " + damaged.what());
    }
  });
  return row;
}

template <typename T>
void insert(Database& database, const T& row) {
  static const std::string sql = std::string("INSERT INTO ") + Table<T>::kName + " (" + column_list<T>() +
                                 ") VALUES (" + place_holders<T>() + ")";
  Query query(database, sql);
  bind_row(query, row);
  query.run();
}

template <typename T>
std::string update_sql() {
  const std::vector<std::string> names = column_names<T>();
  std::string where = names[0] + " = ?1";
  if (Table<T>::kKeys == 2) where += " AND " + names[1] + " = ?2";
  return std::string("UPDATE ") + Table<T>::kName + " SET " +
         assignments<T>([](const std::string&, std::size_t place) { return "?" + std::to_string(place); }) +
         " WHERE " + where;
}

/// False when there is no such row.
template <typename T>
bool update(Database& database, const T& row) {
  static const std::string sql = update_sql<T>();
  Query query(database, sql);
  bind_row(query, row);
  return query.run() > 0;
}

/// INSERT that becomes an UPDATE of every column when the key exists (so that no foreign key cascades).
template <typename T>
std::string upsert_sql() {
  return std::string("INSERT INTO ") + Table<T>::kName + " (" + column_list<T>() + ") VALUES (" +
         place_holders<T>() + ") ON CONFLICT (" + column_names<T>()[0] + ") DO UPDATE SET " +
         assignments<T>([](const std::string& name, std::size_t) { return "excluded." + name; });
}

/// `tail` is everything after FROM: "WHERE plan_id = ?1 ORDER BY seq".
template <typename T, typename... Values>
std::vector<T> select(Database& database, const std::string& tail, const Values&... values) {
  Query query(database, "SELECT " + column_list<T>() + " FROM " + Table<T>::kName + " " + tail);
  query.with(values...);
  std::vector<T> found;
  while (query.step()) found.push_back(read_row<T>(query));
  return found;
}

template <typename T>
Error no_such(std::string_view key) {
  return {ErrorCode::not_found, std::string("no ") + Table<T>::kWhat + " '" + std::string(key) + "'"};
}

/// Runs `read(database)`; what libraries throw becomes an error that says `purpose`.
template <typename Read>
auto reading(Database& database, std::string_view purpose, Read&& read)
    -> Result<std::invoke_result_t<Read, Database&>> {
  using Value = std::invoke_result_t<Read, Database&>;
  try {
    if constexpr (std::is_void_v<Value>) {
      read(database);
      return {};
    } else {
      return read(database);
    }
  } catch (const std::runtime_error& failure) {  // SQLite::Exception is one
    return database.error(purpose, failure);
  } catch (const nlohmann::json::exception& failure) {
    return database.error(purpose, failure);
  }
}

/// The row with that key, or not_found.
template <typename T>
Result<T> one(Database& database, std::string_view key) {
  static const std::string tail = "WHERE " + column_names<T>()[0] + " = ?1";
  auto found = reading(database, std::string("reading ") + Table<T>::kWhat + " " + std::string(key),
                       [&](Database& db) { return select<T>(db, tail, key); });
  if (!found.ok()) return std::move(found.error());
  if (found->empty()) return no_such<T>(key);
  return std::move(found->front());
}

/// All rows that `tail` selects.
template <typename T, typename... Values>
Result<std::vector<T>> all(Database& database, std::string_view purpose, const std::string& tail,
                           const Values&... values) {
  return reading(database, purpose, [&](Database& db) { return select<T>(db, tail, values...); });
}

/// Runs `write(database)` inside the open transaction. SQLite itself ends a transaction on some errors (disk
/// full, I/O); what came after would then be committed alone, so it is refused.
template <typename Write>
auto writing(Database* database, std::string_view transaction, const std::string& purpose, Write&& write)
    -> Result<std::invoke_result_t<Write, Database&>> {
  const std::string where = std::string(transaction) + ": " + purpose;
  if (database == nullptr) return Error{ErrorCode::internal, where + ": the transaction has ended"};
  if (!database->in_transaction()) {
    return Error{ErrorCode::store, where + ": an earlier error undid the transaction"};
  }
  return reading(*database, where, std::forward<Write>(write));
}

template <typename T>
Status insert_row(Database* database, std::string_view transaction, std::string_view key, const T& row) {
  return writing(database, transaction, std::string("storing ") + Table<T>::kWhat + " " + std::string(key),
                 [&](Database& db) { insert(db, row); });
}

template <typename T>
Status update_row(Database* database, std::string_view transaction, std::string_view key, const T& row) {
  PLAND_TRY(const bool found,
            writing(database, transaction, std::string("saving ") + Table<T>::kWhat + " " + std::string(key),
                    [&](Database& db) { return update(db, row); }));
  if (!found) return with_context(no_such<T>(key), transaction);
  return {};
}

/// How many rows went.
template <typename T, typename... Values>
Result<int> delete_rows(Database* database, std::string_view transaction, const std::string& where,
                        const Values&... values) {
  return writing(database, transaction, std::string("deleting ") + Table<T>::kWhat, [&](Database& db) {
    return Query(db, std::string("DELETE FROM ") + Table<T>::kName + " WHERE " + where).with(values...).run();
  });
}

}  // namespace pland::engine::rows
