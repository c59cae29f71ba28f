#include "engine/merge/sqlite_merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "engine/merge/sqlite_connection.h"
#include "engine/merge/sqlite_tables.h"

namespace pland::engine::merge {
namespace {

constexpr std::string_view magic{"SQLite format 3\0", 16};
constexpr std::size_t longest_value = 60;

Error refusal(std::string message) {
  return {ErrorCode::refused, std::move(message)};
}

// --- values as text ---

std::string cut(std::string text) {
  if (text.size() <= longest_value) return text;
  std::size_t end = longest_value;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

std::string literal(sqlite3_value* value) {
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
      return std::to_string(sqlite3_value_int64(value));
    case SQLITE_FLOAT:
      return fmt::format("{}", sqlite3_value_double(value));
    case SQLITE_TEXT: {
      std::string out = "'";
      for (const char c : std::string(reinterpret_cast<const char*>(sqlite3_value_text(value)))) {
        if (c == '\'') out += '\'';
        out += c;
      }
      return cut(std::move(out)) + "'";
    }
    case SQLITE_BLOB:
      return fmt::format("({} bytes)", sqlite3_value_bytes(value));
    default:
      return "NULL";
  }
}

bool is_same(sqlite3_value* a, sqlite3_value* b) {
  const int type = sqlite3_value_type(a);
  if (type != sqlite3_value_type(b)) return false;
  switch (type) {
    case SQLITE_INTEGER:
      return sqlite3_value_int64(a) == sqlite3_value_int64(b);
    case SQLITE_FLOAT:
      return sqlite3_value_double(a) == sqlite3_value_double(b);
    case SQLITE_NULL:
      return true;
    default: {
      const int size = sqlite3_value_bytes(a);
      return size == sqlite3_value_bytes(b) &&
             (size == 0 ||
              std::memcmp(sqlite3_value_blob(a), sqlite3_value_blob(b), static_cast<std::size_t>(size)) == 0);
    }
  }
}

using Value = std::unique_ptr<sqlite3_value, void (*)(sqlite3_value*)>;
Value copy_of(sqlite3_value* value) {
  return {sqlite3_value_dup(value), sqlite3_value_free};
}

// --- the merge ---

/// What has to be decided, or set after the replay, in one row.
struct Dispute {
  const Table* table = nullptr;
  std::vector<Value> key;
  std::string column;  ///< empty: the row
  std::string base, theirs_of_target, theirs_of_source;
  bool by_both = false;  ///< both inserted the row
};

/// A cell that only the source changed, in a row in which another one is disputed.
struct Undisputed {
  const Table* table = nullptr;
  std::vector<Value> key;
  std::string column;
};

struct Replay {
  std::map<std::string, const Table*> tables;
  std::vector<Dispute> disputes;
  std::vector<Undisputed> undisputed;
  std::string refused;  ///< why the replay was given up
};

sqlite3_value* value_at(int (*get)(sqlite3_changeset_iter*, int, sqlite3_value**),
                        sqlite3_changeset_iter* change, std::size_t column) {
  sqlite3_value* value = nullptr;
  get(change, static_cast<int>(column), &value);
  return value;
}

std::string key_text(const Table& table, const std::vector<Value>& key) {
  std::string names, values;
  for (std::size_t i = 0; i < key.size(); ++i) {
    names += (i == 0 ? "" : ", ") + table.columns[table.key[i]];
    values += (i == 0 ? "" : ", ") + literal(key[i].get());
  }
  return key.size() == 1 ? names + " = " + values : "(" + names + ") = (" + values + ")";
}

int on_conflict(void* context, int reason, sqlite3_changeset_iter* change) {
  auto& replay = *static_cast<Replay*>(context);
  if (reason == SQLITE_CHANGESET_FOREIGN_KEY) return SQLITE_CHANGESET_OMIT;  // they are looked at afterwards
  const char* name = nullptr;
  int columns = 0, operation = 0;
  sqlite3changeset_op(change, &name, &columns, &operation, nullptr);
  const Table& table = *replay.tables.at(name);
  if (reason == SQLITE_CHANGESET_CONSTRAINT) {
    replay.refused = "table " + table.name +
                     ": a UNIQUE, CHECK or NOT NULL constraint does not let the rows of both sides "
                     "stand together";
    return SQLITE_CHANGESET_ABORT;
  }
  const auto key = [&] {
    std::vector<Value> values;
    for (const std::size_t column : table.key) {
      sqlite3_value* value = operation == SQLITE_INSERT ? value_at(sqlite3changeset_new, change, column)
                                                        : value_at(sqlite3changeset_old, change, column);
      values.push_back(copy_of(value));
    }
    return values;
  };
  if (reason == SQLITE_CHANGESET_NOTFOUND) {
    if (operation == SQLITE_UPDATE)
      replay.disputes.push_back({&table, key(), {}, {}, "deleted", "changed", false});
    return SQLITE_CHANGESET_OMIT;  // deleted by both
  }
  if (operation == SQLITE_DELETE) {
    replay.disputes.push_back({&table, key(), {}, {}, "changed", "deleted", false});
    return SQLITE_CHANGESET_OMIT;
  }
  std::vector<std::string> fine;
  for (std::size_t column = 0; column < static_cast<std::size_t>(columns); ++column) {
    sqlite3_value* const wanted = value_at(sqlite3changeset_new, change, column);
    if (wanted == nullptr) continue;  // not changed
    sqlite3_value* const now = value_at(sqlite3changeset_conflict, change, column);
    if (is_same(now, wanted)) continue;
    sqlite3_value* const old =
        operation == SQLITE_UPDATE ? value_at(sqlite3changeset_old, change, column) : nullptr;
    if (old != nullptr && is_same(now, old)) {
      fine.push_back(table.columns[column]);
      continue;
    }
    replay.disputes.push_back({&table, key(), table.columns[column], old == nullptr ? "" : literal(old),
                               literal(now), literal(wanted), old == nullptr});
  }
  for (const std::string& column : fine) replay.undisputed.push_back({&table, key(), column});
  return SQLITE_CHANGESET_OMIT;
}

class DatabaseMerger {
 public:
  /// `changed` is replayed on `kept`; the names of the sides are told apart by `kept_is_ours`.
  DatabaseMerger(SqliteConnection db, bool kept_is_ours, std::string header)
      : db_(std::move(db)), kept_is_ours_(kept_is_ours), header_(std::move(header)) {}

  Result<DatabaseMerge> run(const Schema& shared) {
    for (const auto& [name, sql] : shared) {
      if (sql.size() > 14 && sqlite3_strnicmp(sql.c_str(), "CREATE VIRTUAL", 14) == 0) {
        return refusal(name.substr(name.find(' ') + 1) +
                       " is a virtual table: its rows mean nothing to others");
      }
    }
    PLAND_TRY(broken_before_, broken_references(target));
    PLAND_CHECK(merge_versions());
    PLAND_TRY(tables_, tables_of(db_, shared));
    for (const Table& table : tables_) PLAND_CHECK(merge_table(table));
    PLAND_CHECK(settle_undisputed());
    PLAND_CHECK(keep_sequences());
    PLAND_CHECK(look_for_adopted_rows());
    PLAND_CHECK(look_for_broken_references());
    return finish();
  }

 private:
  /// PRAGMA user_version and application_id: one value each.
  Status merge_versions() {
    for (const char* pragma : {"user_version", "application_id"}) {
      const auto read = [&](const char* schema) {
        return db_.text(fmt::format("PRAGMA {}.{}", schema, pragma));
      };
      PLAND_TRY(const std::string base, read(before));
      PLAND_TRY(const std::string kept, read(target));
      PLAND_TRY(const std::string changed, read(source));
      if (changed == base || changed == kept) continue;
      if (kept != base)
        return refusal(fmt::format("both sides changed {}: to {} and {}", pragma, kept, changed));
      PLAND_CHECK(db_.run(fmt::format("PRAGMA {}.{} = {}", target, pragma, changed)));
    }
    return {};
  }

  Status merge_table(const Table& table) {
    if (!table.whole.empty()) return merge_whole_table(table);
    replay_.tables[table.name] = &table;
    sqlite3_session* raw = nullptr;
    if (sqlite3session_create(db_.get(), source, &raw) != SQLITE_OK) return db_.error("comparing databases");
    const SqliteSession session(raw);
    if (sqlite3session_attach(raw, table.name.c_str()) != SQLITE_OK) return db_.error("comparing databases");
    char* message = nullptr;
    const int found = sqlite3session_diff(raw, before, table.name.c_str(), &message);
    const SqliteMemory owned(message);
    if (found != SQLITE_OK) {
      return refusal(fmt::format("table {}: {}", table.name,
                                 message == nullptr ? "its rows cannot be compared" : message));
    }
    int size = 0;
    void* bytes = nullptr;
    if (sqlite3session_changeset(raw, &size, &bytes) != SQLITE_OK) return db_.error("comparing databases");
    const SqliteMemory changes(bytes);
    if (size == 0) return {};
    const int applied = sqlite3changeset_apply_v2(db_.get(), size, bytes, nullptr, on_conflict, &replay_,
                                                  nullptr, nullptr, 0);
    if (!replay_.refused.empty()) return refusal(replay_.refused);
    return applied == SQLITE_OK ? Status() : Status(db_.error("merging table " + table.name));
  }

  Status merge_whole_table(const Table& table) {
    PLAND_TRY(const bool changed, differs(db_, before, source, table));
    if (!changed) return {};
    PLAND_TRY(const bool kept_changed, differs(db_, before, target, table));
    if (kept_changed) {
      PLAND_TRY(const bool other, differs(db_, target, source, table));
      if (!other) return {};  // the same change
      return refusal(
          fmt::format("both sides changed table {}, which has {}, so its rows cannot be merged one by one",
                      table.name, table.whole));
    }
    const std::string row_id = row_id_of(db_, table);
    const std::string columns = (row_id.empty() ? "" : row_id + ", ") + list(table, "{}");
    PLAND_CHECK(db_.run(fmt::format("DELETE FROM {}.{}", target, sql_name(table.name))));
    PLAND_CHECK(db_.run(fmt::format("INSERT INTO {0}.{2} ({3}) SELECT {3} FROM {1}.{2}", target, source,
                                    sql_name(table.name), columns)));
    PLAND_TRY(const bool incomplete, differs(db_, target, source, table));
    if (incomplete) return refusal("the rows of table " + table.name + " do not let themselves be copied");
    return {};
  }

  Status bind(sqlite3_stmt* statement, const std::vector<Value>& key) const {
    for (std::size_t i = 0; i < key.size(); ++i) {
      if (sqlite3_bind_value(statement, static_cast<int>(i) + 1, key[i].get()) != SQLITE_OK) {
        return db_.error("naming a row");
      }
    }
    return {};
  }
  static std::string where(const Table& table) {
    std::string text = " WHERE ";
    for (std::size_t i = 0; i < table.key.size(); ++i) {
      text += fmt::format("{}{} = ?{}", i == 0 ? "" : " AND ", sql_name(table.columns[table.key[i]]), i + 1);
    }
    return text;
  }
  Status with_key(const std::string& sql, const std::vector<Value>& key) const {
    PLAND_TRY(const SqliteStatement statement, db_.prepare(sql));
    PLAND_CHECK(bind(statement.get(), key));
    return db_.finish(statement.get());
  }
  /// A cell, or with an empty column the row, of the target becomes that of another database.
  Status take(const Table& table, const std::vector<Value>& key, const std::string& column,
              const char* from) const {
    const std::string name = sql_name(table.name), row = where(table);
    if (!column.empty()) {
      return with_key(fmt::format("UPDATE {0}.{2} SET {3} = (SELECT {3} FROM {1}.{2}{4}){4}", target, from,
                                  name, sql_name(column), row),
                      key);
    }
    PLAND_CHECK(with_key(fmt::format("DELETE FROM {}.{}{}", target, name, row), key));
    return with_key(fmt::format("INSERT INTO {0}.{2} SELECT * FROM {1}.{2}{3}", target, from, name, row),
                    key);
  }

  Status settle_undisputed() {
    for (const Undisputed& cell : replay_.undisputed)
      PLAND_CHECK(take(*cell.table, cell.key, cell.column, source));
    return {};
  }

  /// AUTOINCREMENT: no number may be given out again.
  Status keep_sequences() {
    for (const char* schema : {target, source}) {
      PLAND_TRY(const auto found, db_.column(fmt::format("SELECT name FROM {}.sqlite_schema WHERE name = "
                                                         "'sqlite_sequence'",
                                                         schema)));
      if (found.empty()) return {};
    }
    PLAND_CHECK(
        db_.run(fmt::format("UPDATE {0}.sqlite_sequence SET seq = max(seq, ifnull((SELECT other.seq FROM "
                            "{1}.sqlite_sequence AS other WHERE other.name = {0}.sqlite_sequence.name), 0))",
                            target, source)));
    return db_.run(
        fmt::format("INSERT INTO {0}.sqlite_sequence (name, seq) SELECT name, seq FROM "
                    "{1}.sqlite_sequence WHERE name NOT IN (SELECT name FROM {0}.sqlite_sequence)",
                    target, source));
  }

  /// A row that both inserted is one row to the merge, and may be two things to those who refer to it: theirs
  /// would be given to ours.
  Status look_for_adopted_rows() const {
    std::set<std::string> inserted;
    for (const Dispute& each : replay_.disputes) {
      if (each.by_both) inserted.insert(each.table->name);
    }
    for (const Table& table : tables_) {
      if (inserted.empty()) return {};
      PLAND_TRY(const auto parents,
                db_.column(fmt::format("SELECT \"table\" FROM pragma_foreign_key_list({}, '{}')",
                                       sql_text(table.name), before)));
      for (const std::string& parent : parents) {
        for (const std::string& name : inserted) {
          if (sqlite3_stricmp(parent.c_str(), name.c_str()) != 0) continue;
          return refusal(
              fmt::format("both sides inserted different rows of {} with the same key, and rows of {} "
                          "refer to such rows: whose they are cannot be told",
                          name, table.name));
        }
      }
    }
    return {};
  }

  /// What is broken, by row; the text says it to people.
  Result<std::map<std::string, std::string>> broken_references(const char* schema) const {
    PLAND_TRY(const SqliteStatement check, db_.prepare(fmt::format("PRAGMA {}.foreign_key_check", schema)));
    std::map<std::string, std::string> broken;
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(check.get())) == SQLITE_ROW) {
      const auto column = [&](int i) {
        const unsigned char* const value = sqlite3_column_text(check.get(), i);
        return std::string(value == nullptr ? "?" : reinterpret_cast<const char*>(value));
      };
      broken.emplace(fmt::format("{} {} {}", column(0), column(1), column(3)),
                     fmt::format("a row of {} refers to one of {} that is not there", column(0), column(2)));
    }
    if (code != SQLITE_DONE) return db_.error("checking what rows refer to");
    return broken;
  }

  /// The merge may break none that both sides kept.
  Status look_for_broken_references() {
    PLAND_TRY(const auto merged, broken_references(target));
    if (merged.empty()) return {};
    PLAND_TRY(const auto of_source, broken_references(source));
    for (const auto& [row, text] : merged) {
      if (!of_source.contains(row) && !broken_before_.contains(row))
        return refusal("with the changes of both sides " + text);
    }
    return {};
  }

  Result<DatabaseMerge> finish() {
    DatabaseMerge merge;
    PLAND_TRY(std::string kept, db_.bytes(header_));
    std::string changed = kept, old = kept;
    if (!replay_.disputes.empty()) {
      // One after the other on the same database: each takes every disputed cell.
      for (auto [from, to] : {std::pair{source, &changed}, std::pair{before, &old}}) {
        for (const Dispute& each : replay_.disputes)
          PLAND_CHECK(take(*each.table, each.key, each.column, from));
        PLAND_TRY(*to, db_.bytes(header_));
      }
    }
    for (const Dispute& each : replay_.disputes) {
      CellConflict conflict{each.table->name, key_text(*each.table, each.key), each.column,
                            each.base,        each.theirs_of_target,           each.theirs_of_source};
      if (!kept_is_ours_) std::swap(conflict.ours, conflict.theirs);
      merge.conflicts.push_back(std::move(conflict));
    }
    merge.ours = kept_is_ours_ ? std::move(kept) : changed;
    merge.theirs = kept_is_ours_ ? std::move(changed) : std::move(kept);
    merge.base = std::move(old);
    return merge;
  }

  SqliteConnection db_;
  bool kept_is_ours_;
  std::string header_;
  std::vector<Table> tables_;
  Replay replay_;
  std::map<std::string, std::string> broken_before_;
};

}  // namespace

bool is_database(std::string_view bytes) {
  return bytes.size() >= 100 && bytes.starts_with(magic);
}

Result<DatabaseMerge> merge_databases(std::string_view base, std::string_view ours, std::string_view theirs) {
  for (const std::string_view version : {base, ours, theirs}) {
    if (!is_database(version))
      return Error{ErrorCode::invalid_argument, "one of the versions is no SQLite database"};
  }
  Schema base_schema, our_schema, their_schema;
  {
    PLAND_TRY(SqliteConnection db, SqliteConnection::open());
    PLAND_CHECK(db.load(target, ours));
    PLAND_CHECK(db.load(source, theirs));
    PLAND_CHECK(db.load(before, base));
    PLAND_TRY(base_schema, schema_of(db, before));
    PLAND_TRY(our_schema, schema_of(db, target));
    PLAND_TRY(their_schema, schema_of(db, source));
    if (our_schema == base_schema && their_schema == base_schema) {
      return DatabaseMerger(std::move(db), true, std::string(ours.substr(0, 100))).run(base_schema);
    }
  }
  if (our_schema != base_schema && their_schema != base_schema) {
    std::string name = first_difference(our_schema, their_schema);
    if (name.empty()) name = first_difference(base_schema, our_schema);
    return refusal("both sides changed the schema (" + name +
                   "): take one side, and repeat the other's change there");
  }
  // The side with the new schema is kept, and the other's rows are replayed there.
  const bool ours_is_new = our_schema != base_schema;
  const Schema& changed = ours_is_new ? our_schema : their_schema;
  for (const auto& [name, sql] : base_schema) {
    const auto now = changed.find(name);
    if (now == changed.end() || now->second != sql) {
      return refusal(
          fmt::format("one side changed the schema ({}), the other changed rows: take the side with the new "
                      "schema, and repeat the other's change there",
                      name));
    }
  }
  PLAND_TRY(SqliteConnection db, SqliteConnection::open());
  PLAND_CHECK(db.load(target, ours_is_new ? ours : theirs));
  PLAND_CHECK(db.load(source, ours_is_new ? theirs : ours));
  PLAND_CHECK(db.load(before, base));
  const std::string_view kept = ours_is_new ? ours : theirs;
  return DatabaseMerger(std::move(db), ours_is_new, std::string(kept.substr(0, 100))).run(changed);
}

std::string to_string(const CellConflict& conflict, std::string_view ours, std::string_view theirs) {
  if (conflict.column.empty()) {
    return fmt::format("{}, {}: {} {} the row, {} {} it", conflict.table, conflict.key, ours, conflict.ours,
                       theirs, conflict.theirs);
  }
  const std::string was = conflict.base.empty() ? "both inserted the row" : "it was " + conflict.base;
  return fmt::format("{}, {}, column {}: {} has {}, {} has {} ({})", conflict.table, conflict.key,
                     conflict.column, ours, conflict.ours, theirs, conflict.theirs, was);
}

}  // namespace pland::engine::merge
