// The tables of subplans and of attempts at their work.
#include "engine/store/rows.h"
#include "engine/store/store.h"

namespace pland::engine {

Result<SubplanStatus> Store::subplan(std::string_view subplan_id) const {
  return rows::one<SubplanStatus>(*database_, subplan_id);
}

Result<std::vector<SubplanStatus>> Store::subplans_of(std::string_view plan_id) const {
  return rows::all<SubplanStatus>(*database_, "listing subplans", "WHERE plan_id = ?1 ORDER BY ordinal, seq",
                                  plan_id);
}

Result<std::vector<Attempt>> Store::attempts_of(std::string_view subplan_id) const {
  return rows::all<Attempt>(*database_, "listing attempts", "WHERE subplan_id = ?1 ORDER BY number",
                            subplan_id);
}

Status Transaction::insert_subplan(const SubplanStatus& subplan) {
  return rows::insert_row(database_, purpose_, subplan.subplan_id, subplan);
}

Status Transaction::update_subplan(const SubplanStatus& subplan) {
  return rows::update_row(database_, purpose_, subplan.subplan_id, subplan);
}

Status Transaction::insert_attempt(const Attempt& attempt) {
  // The value knows its subplan, the row also its plan, with which it is deleted.
  static const std::string sql = "INSERT INTO attempts (" + rows::column_list<Attempt>() +
                                 ", plan_id) SELECT " + rows::place_holders<Attempt>() +
                                 ", plan_id FROM subplans WHERE subplan_id = ?1";
  PLAND_TRY(const int inserted,
            rows::writing(database_, purpose_, "storing an attempt of subplan " + attempt.subplan_id,
                          [&](Database& db) {
                            rows::Query query(db, sql);
                            rows::bind_row(query, attempt);
                            return query.run();
                          }));
  if (inserted == 0) return with_context(rows::no_such<SubplanStatus>(attempt.subplan_id), purpose_);
  return {};
}

Status Transaction::update_attempt(const Attempt& attempt) {
  return rows::update_row(database_, purpose_, attempt.subplan_id, attempt);
}

}  // namespace pland::engine
