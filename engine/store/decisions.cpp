// The table of decisions.
#include "engine/store/rows.h"
#include "engine/store/store.h"

namespace pland::engine {

Result<Decision> Store::decision(std::string_view decision_id) const {
  return rows::one<Decision>(*database_, decision_id);
}

Result<std::vector<Decision>> Store::decisions_of(std::string_view plan_id) const {
  return rows::all<Decision>(*database_, "listing decisions", "WHERE plan_id = ?1 ORDER BY sequence, seq",
                             plan_id);
}

Status Transaction::insert_decision(const Decision& decision) {
  return rows::insert_row(database_, purpose_, decision.decision_id, decision);
}

Status Transaction::append_decision(Decision decision) {
  PLAND_TRY(decision.sequence,
            rows::writing(database_, purpose_, "counting decisions", [&](Database& database) {
              rows::Query query(database,
                                "SELECT coalesce (max (sequence) + 1, 0) FROM decisions WHERE plan_id = ?1");
              return query.with(decision.plan_id).step() ? query.column(0).getInt64() : std::int64_t{0};
            }));
  return insert_decision(decision);
}

Status Transaction::update_decision(const Decision& decision) {
  return rows::update_row(database_, purpose_, decision.decision_id, decision);
}

}  // namespace pland::engine
