// The table of plans.
#include "engine/store/rows.h"
#include "engine/store/store.h"

namespace pland::engine {

Result<Plan> Store::plan(std::string_view plan_id) const {
  return rows::one<Plan>(*database_, plan_id);
}

Result<std::vector<Plan>> Store::plans() const {
  return rows::all<Plan>(*database_, "listing plans", "ORDER BY seq");
}

Result<std::vector<Plan>> Store::child_plans_of(std::string_view plan_id) const {
  return rows::all<Plan>(*database_, "listing child plans", "WHERE parent_plan_id = ?1 ORDER BY seq",
                         plan_id);
}

Result<std::vector<Plan>> Store::plans_of_uri(std::string_view uri) const {
  return rows::all<Plan>(*database_, "listing plans of a file", "WHERE uri = ?1 ORDER BY seq DESC", uri);
}

Result<std::vector<Plan>> Store::plans_in_flight() const {
  return rows::all<Plan>(
      *database_, "listing plans in flight",
      "WHERE state IN ('queued', 'processing') OR plan_id IN (SELECT plan_id FROM subplans "
      "WHERE state IN ('queued', 'processing')) ORDER BY seq");
}

Status Transaction::insert_plan(const Plan& plan) {
  return rows::insert_row(database_, purpose_, plan.plan_id, plan);
}

Status Transaction::update_plan(Plan& plan) {
  PLAND_CHECK(rows::update_row(database_, purpose_, plan.plan_id, plan));
  PLAND_TRY(plan.revision, rows::writing(database_, purpose_, "reading a revision", [&](Database& db) {
              rows::Query query(db, "SELECT revision FROM plans WHERE plan_id = ?1");
              return query.with(plan.plan_id).step() ? query.column(0).getInt64() : plan.revision;
            }));
  return {};
}

Result<std::int64_t> Transaction::raise_revision(std::string_view plan_id) {
  PLAND_TRY(const std::int64_t revision,
            rows::writing(database_, purpose_, "raising a revision", [&](Database& db) {
              rows::Query query(
                  db, "UPDATE plans SET revision = revision + 1 WHERE plan_id = ?1 RETURNING revision");
              return query.with(plan_id).step() ? query.column(0).getInt64() : std::int64_t{-1};
            }));
  if (revision < 0) return with_context(rows::no_such<Plan>(plan_id), purpose_);
  return revision;
}

Status Transaction::delete_plan(std::string_view plan_id) {
  PLAND_TRY(const int deleted, rows::delete_rows<Plan>(database_, purpose_, "plan_id = ?1", plan_id));
  if (deleted == 0) return with_context(rows::no_such<Plan>(plan_id), purpose_);
  return {};
}

}  // namespace pland::engine
