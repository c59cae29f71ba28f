// A plan as one JSON value and back: what undo and redo put back.
//
//   {"format": 1, "plan": {column: value ...}, "subplans": [{...}], "conflicts": [{...}],
//    "superseded": [[decision_id, superseded_by or null, superseded_at or null] ...]}
//
// A column that a dump of an older pland lacks keeps its default.
#include "engine/store/rows.h"
#include "engine/store/store.h"

namespace pland::engine {
namespace {

constexpr int kFormat = 1;

template <typename T>
nlohmann::json dump_row(const T& row) {
  nlohmann::json json = nlohmann::json::object();
  Table<T>::columns(row, [&](const char* name, const auto& value) { json[name] = cells::dump(value); });
  return json;
}

template <typename T>
T load_row(const nlohmann::json& json) {
  T row;
  Table<T>::columns(row, [&](const char* name, auto& value) {
    if (json.contains(name)) cells::load(json.at(name), value);
  });
  return row;
}

template <typename T>
nlohmann::json dump_rows(const std::vector<T>& rows) {
  nlohmann::json json = nlohmann::json::array();
  for (const T& row : rows) json.push_back(dump_row(row));
  return json;
}

/// Everything of a dump, read before the first row is touched.
struct Dumped {
  Plan plan;
  std::vector<SubplanStatus> subplans;
  std::vector<Conflict> conflicts;
  std::vector<Decision> superseded;  ///< only the id and the marks are set
};

Result<Dumped> read_dump(const nlohmann::json& dump) {
  const auto malformed = [](const std::string& why) {
    return Error{ErrorCode::internal, "not the dump of a plan: " + why};
  };
  try {
    if (dump.at("format") != kFormat) return malformed("format " + dump.at("format").dump());
    Dumped dumped;
    dumped.plan = load_row<Plan>(dump.at("plan"));
    ++dumped.plan.revision;  // grows also when the row is gone and made again
    const std::string& plan_id = dumped.plan.plan_id;
    if (plan_id.empty()) return malformed("no plan_id");
    for (const auto& row : dump.at("subplans")) dumped.subplans.push_back(load_row<SubplanStatus>(row));
    for (const auto& row : dump.at("conflicts")) dumped.conflicts.push_back(load_row<Conflict>(row));
    for (const auto& row : dumped.subplans) {
      if (row.plan_id != plan_id) return malformed("subplan " + row.subplan_id + " of another plan");
    }
    for (const auto& row : dumped.conflicts) {
      if (row.plan_id != plan_id) return malformed("conflict " + row.conflict_id + " of another plan");
    }
    for (const auto& mark : dump.at("superseded")) {
      Decision& decision = dumped.superseded.emplace_back();
      cells::load(mark.at(0), decision.decision_id);
      cells::load(mark.at(1), decision.superseded_by);
      cells::load(mark.at(2), decision.superseded_at);
    }
    return dumped;
  } catch (const nlohmann::json::exception& failure) {
    return malformed(failure.what());
  } catch (const std::runtime_error& failure) {
    return malformed(failure.what());
  }
}

template <typename T>
void upsert(Database& database, const T& row) {
  static const std::string sql = rows::upsert_sql<T>();
  rows::Query query(database, sql);
  rows::bind_row(query, row);
  query.run();
}

void write_dump(Database& database, const Dumped& dumped) {
  const std::string& plan_id = dumped.plan.plan_id;
  upsert(database, dumped.plan);
  nlohmann::json kept = nlohmann::json::array();
  for (const auto& subplan : dumped.subplans) kept.push_back(subplan.subplan_id);
  rows::Query(
      database,
      "DELETE FROM subplans WHERE plan_id = ?1 AND subplan_id NOT IN (SELECT value FROM json_each (?2))")
      .with(plan_id, kept)
      .run();
  for (const auto& subplan : dumped.subplans) upsert(database, subplan);
  rows::Query(database, "DELETE FROM conflicts WHERE plan_id = ?1").with(plan_id).run();
  for (const auto& conflict : dumped.conflicts) rows::insert(database, conflict);
  for (const auto& decision : dumped.superseded) {
    rows::Query(database,
                "UPDATE decisions SET superseded_by = ?2, superseded_at = ?3 WHERE decision_id = ?1")
        .with(decision.decision_id, decision.superseded_by, decision.superseded_at)
        .run();
  }
}

}  // namespace

Result<PlanRows> rows_of_dump(const nlohmann::json& dump) {
  PLAND_TRY(Dumped dumped, read_dump(dump));
  return PlanRows{std::move(dumped.plan), std::move(dumped.subplans), std::move(dumped.conflicts)};
}

Result<nlohmann::json> Store::dump_plan(std::string_view plan_id) const {
  PLAND_TRY(const Plan row, plan(plan_id));
  PLAND_TRY(const std::vector<SubplanStatus> subplans, subplans_of(plan_id));
  PLAND_TRY(const std::vector<Conflict> conflicts, conflicts_of(plan_id));
  PLAND_TRY(const std::vector<Decision> decisions, decisions_of(plan_id));
  nlohmann::json superseded = nlohmann::json::array();
  for (const Decision& decision : decisions) {
    superseded.push_back(
        {decision.decision_id, cells::dump(decision.superseded_by), cells::dump(decision.superseded_at)});
  }
  return nlohmann::json{{"format", kFormat},
                        {"plan", dump_row(row)},
                        {"subplans", dump_rows(subplans)},
                        {"conflicts", dump_rows(conflicts)},
                        {"superseded", std::move(superseded)}};
}

Result<Plan> Transaction::load_plan(const nlohmann::json& dump) {
  auto dumped = read_dump(dump);
  if (!dumped.ok()) return with_context(std::move(dumped.error()), purpose_);
  return rows::writing(database_, purpose_, "putting plan " + dumped->plan.plan_id + " back",
                       [&](Database& db) {
                         write_dump(db, *dumped);
                         return rows::select<Plan>(db, "WHERE plan_id = ?1", dumped->plan.plan_id).at(0);
                       });
}

}  // namespace pland::engine
