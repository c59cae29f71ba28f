// The table of operations: what undo and redo walk along.
#include "engine/store/rows.h"
#include "engine/store/store.h"

namespace pland::engine {
namespace {

Result<std::optional<Operation>> first(Result<std::vector<Operation>> found) {
  if (!found.ok()) return std::move(found.error());
  if (found->empty()) return std::optional<Operation>();
  return std::optional<Operation>(std::move(found->front()));
}

}  // namespace

Result<Operation> Store::operation(std::string_view operation_id) const {
  return rows::one<Operation>(*database_, operation_id);
}

Result<std::vector<Operation>> Store::operations_of(std::string_view plan_id) const {
  return rows::all<Operation>(*database_, "listing operations", "WHERE plan_id = ?1 ORDER BY seq", plan_id);
}

Result<std::vector<Operation>> Store::running_operations() const {
  return rows::all<Operation>(*database_, "listing running operations",
                              "WHERE state = 'running' ORDER BY seq");
}

Result<std::optional<Operation>> Store::latest_undoable(std::optional<std::string_view> plan_id) const {
  return first(
      rows::all<Operation>(*database_, "looking for what to undo",
                           "WHERE state = 'done' AND verb NOT IN ('undo', 'redo') AND (?1 OR plan_id = ?2) "
                           "ORDER BY seq DESC LIMIT 1",
                           !plan_id, plan_id.value_or("")));
}

Result<std::optional<Operation>> Store::latest_redoable(std::optional<std::string_view> plan_id) const {
  return first(rows::all<Operation>(
      *database_, "looking for what to redo",
      "WHERE state = 'undone' AND verb NOT IN ('undo', 'redo') AND (?1 OR plan_id = ?2) AND seq > coalesce ("
      "(SELECT max (seq) FROM operations WHERE state = 'done' AND verb NOT IN ('undo', 'redo') AND "
      "(?1 OR plan_id = ?2)), 0) ORDER BY seq LIMIT 1",
      !plan_id, plan_id.value_or("")));
}

Status Transaction::insert_operation(const Operation& operation) {
  return rows::insert_row(database_, purpose_, operation.operation_id, operation);
}

Status Transaction::update_operation(const Operation& operation) {
  return rows::update_row(database_, purpose_, operation.operation_id, operation);
}

}  // namespace pland::engine
