// The table of conflicts.
#include "engine/store/rows.h"
#include "engine/store/store.h"

namespace pland::engine {

Result<Conflict> Store::conflict(std::string_view conflict_id) const {
  return rows::one<Conflict>(*database_, conflict_id);
}

Result<std::vector<Conflict>> Store::conflicts_of(std::string_view plan_id) const {
  return rows::all<Conflict>(*database_, "listing conflicts", "WHERE plan_id = ?1 ORDER BY seq", plan_id);
}

Status Transaction::insert_conflict(const Conflict& conflict) {
  return rows::insert_row(database_, purpose_, conflict.conflict_id, conflict);
}

Status Transaction::update_conflict(const Conflict& conflict) {
  return rows::update_row(database_, purpose_, conflict.conflict_id, conflict);
}

Status Transaction::delete_conflict(std::string_view conflict_id) {
  PLAND_TRY(const int deleted,
            rows::delete_rows<Conflict>(database_, purpose_, "conflict_id = ?1", conflict_id));
  if (deleted == 0) return with_context(rows::no_such<Conflict>(conflict_id), purpose_);
  return {};
}

Status Transaction::delete_conflicts_of(std::string_view plan_id, std::string_view subplan_id) {
  PLAND_CHECK(rows::delete_rows<Conflict>(database_, purpose_, "plan_id = ?1 AND subplan_id = ?2", plan_id,
                                          subplan_id));
  return {};
}

}  // namespace pland::engine
