// Three-way merge of SQLite databases, row by row and cell by cell. Pure functions of values: any thread.
//
// What a side changed is found and replayed by SQLite's session extension
// (https://sqlite.org/sessionintro.html): rows are known by their primary keys; changes of different columns
// of one row go together. Nobody's triggers run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace pland::engine::merge {

/// A cell that both sides set to different values, or a row that one side deleted and the other changed, or
/// that both inserted with one key.
struct CellConflict {
  std::string table;
  std::string key;     ///< "id = 7", "(a, b) = (1, 'x')"
  std::string column;  ///< empty: the whole row
  /// As SQL literals, long ones cut short. Of a whole row: "deleted", "changed" or "inserted"; base: empty.
  std::string base, ours, theirs;
  bool operator==(const CellConflict&) const = default;
};

/// Whole databases. All three hold everything that is not disputed.
struct DatabaseMerge {
  std::string ours;                     ///< the merged database, with ours in the disputed cells
  std::string theirs;                   ///< the same with theirs there; equal to `ours` without conflicts
  std::string base;                     ///< the same with what was there before
  std::vector<CellConflict> conflicts;  ///< by table, in the order of its changes
};

/// Whether the bytes begin as a database file does.
bool is_database(std::string_view bytes);

/// Errors: refused, with the reason and the table it is about, where rows cannot be told apart or combined
/// (both sides changed the schema, or one did and the other the same table's rows; virtual tables; a
/// constraint that the result would break; rows that refer to one that both inserted; a table that both
/// changed and that has no primary key, or something that SQLite's session extension would pass over in
/// silence: generated columns, NULL in a key, a clause ON CONFLICT, a change that its collation does not
/// see). invalid_argument when one of the three is no sound database.
Result<DatabaseMerge> merge_databases(std::string_view base, std::string_view ours, std::string_view theirs);

/// "orders, id = 7, column price: net has 10, docs has 12 (it was 9)"
std::string to_string(const CellConflict& conflict, std::string_view ours, std::string_view theirs);

}  // namespace pland::engine::merge
