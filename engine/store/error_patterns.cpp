// The table of error patterns: one row a pattern, whatever plan taught it.
#include "engine/store/rows.h"
#include "engine/store/store.h"

namespace pland::engine {

Result<std::vector<ErrorPattern>> Store::error_patterns() const {
  return rows::all<ErrorPattern>(*database_, "listing error patterns", "ORDER BY last_seen DESC, seq DESC");
}

Status Transaction::save_error_pattern(const ErrorPattern& pattern) {
  return rows::writing(database_, purpose_, "storing an error pattern", [&](Database& database) {
    static const std::string sql = rows::upsert_sql<ErrorPattern>();
    rows::Query query(database, sql);
    rows::bind_row(query, pattern);
    query.run();
  });
}

}  // namespace pland::engine
