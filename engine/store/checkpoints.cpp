// The table of checkpoints. They are immutable: there is no update.
#include "engine/store/rows.h"
#include "engine/store/store.h"

namespace pland::engine {

void to_json(nlohmann::json& json, const LeftOut& left_out) {
  json = {{"path", left_out.path}, {"why", left_out.why}};
}

void from_json(const nlohmann::json& json, LeftOut& left_out) {
  json.at("path").get_to(left_out.path);
  json.at("why").get_to(left_out.why);
}

Result<Checkpoint> Store::checkpoint(std::string_view checkpoint_id) const {
  return rows::one<Checkpoint>(*database_, checkpoint_id);
}

Result<std::vector<Checkpoint>> Store::checkpoints_of(std::string_view plan_id) const {
  return rows::all<Checkpoint>(*database_, "listing checkpoints", "WHERE plan_id = ?1 ORDER BY seq", plan_id);
}

Result<std::size_t> Store::checkpoint_count(std::string_view plan_id) const {
  return rows::reading(*database_, "counting checkpoints", [&](Database& database) {
    rows::Query query(database, "SELECT count (*) FROM checkpoints WHERE plan_id = ?1");
    return query.with(plan_id).step() ? static_cast<std::size_t>(query.column(0).getInt64()) : std::size_t{0};
  });
}

Result<std::vector<Checkpoint>> Store::checkpoints_without_place(std::string_view plan_id) const {
  return rows::reading(*database_, "listing checkpoints", [&](Database& database) {
    // The place is the plan's rows of then: with many subplans, nearly all there is to read.
    std::string columns;
    for (const std::string& name : rows::column_names<Checkpoint>()) {
      columns += (columns.empty() ? "" : ", ") + (name == "place" ? std::string("'{}'") : name);
    }
    rows::Query query(database, "SELECT " + columns + " FROM checkpoints WHERE plan_id = ?1 ORDER BY seq");
    query.with(plan_id);
    std::vector<Checkpoint> found;
    while (query.step()) found.push_back(rows::read_row<Checkpoint>(query));
    return found;
  });
}

Status Transaction::insert_checkpoint(const Checkpoint& checkpoint) {
  return rows::insert_row(database_, purpose_, checkpoint.checkpoint_id, checkpoint);
}

Status Transaction::delete_checkpoint(std::string_view checkpoint_id) {
  PLAND_TRY(const int deleted,
            rows::delete_rows<Checkpoint>(database_, purpose_, "checkpoint_id = ?1", checkpoint_id));
  if (deleted == 0) return with_context(rows::no_such<Checkpoint>(checkpoint_id), purpose_);
  return {};
}

}  // namespace pland::engine
