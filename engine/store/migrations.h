// The schema as a row of numbered steps. A step that was released is never changed: a new one follows it.
// Loop thread.
#pragma once

#include <span>
#include <string_view>

#include "engine/base/result.h"

namespace pland::engine {

class Database;

struct Migration {
  int number = 0;  ///< from 1, without gaps; also the file's `PRAGMA user_version` after it
  std::string_view name;
  std::string_view sql;
};

std::span<const Migration> migrations();

/// Brings the file to the last of `steps`, each step it lacks in a transaction of its own, recorded in table
/// schema_version. On error the file is as the last whole step left it. A read-only file must already be
/// there. Error `store`: the file is of a newer pland (named with the remedy), or SQLite refused.
Status migrate(Database& database, std::span<const Migration> steps = migrations());

}  // namespace pland::engine
