// The store: every plan, and what happened to it, in one SQLite file. It is the truth: a state change is one
// transaction (rows and their event rows) first, memory second, listeners last.
//
// Reading is on Store, writing on Transaction: nothing can be written outside one. Reads made while a
// transaction is open see its writes. A value goes in and comes out whole; insert and update write the same
// columns.
//
// Owner: the loop thread, for all of it. A commit takes some 30 microseconds (Durability::normal).
// Errors: code `store` when SQLite refuses or the file is damaged (text: what was being done, the file,
// SQLite's message, the remedy); `not_found` when the row named does not exist; `internal` for misuse.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/checkpoint.h"
#include "engine/model/conflict.h"
#include "engine/model/decision.h"
#include "engine/model/error_pattern.h"
#include "engine/model/plan.h"
#include "engine/store/records.h"

namespace pland::engine {

class Database;
class Transaction;

/// The values in a plan's dump.
struct PlanRows {
  Plan plan;
  std::vector<SubplanStatus> subplans;
  std::vector<Conflict> conflicts;
};
/// Reads a dump (Store::dump_plan) without a store. Errors: internal when it is none.
Result<PlanRows> rows_of_dump(const nlohmann::json& dump);

/// What a commit survives. `normal`: the process being killed; a power cut may take the last commits, never
/// leave half of one. `full`: a power cut too (fsync, about 1 ms): checkpoint, apply.
enum class Durability { normal, full };

class Store {
 public:
  /// Opens `path` (its folder must exist), making it or bringing it to the present schema when needed.
  /// read_only: neither makes nor changes anything, and works while another process writes.
  /// A damaged file, one of a newer pland and one that is not pland's are errors; they are never touched.
  static Result<std::unique_ptr<Store>> open(const std::filesystem::path& path, bool read_only = false);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Runs `change` in one transaction and commits. An error it returns (or exception it throws) undoes all of
  /// it and is passed on. `purpose` completes "while ..." in messages: "spawning local/x".
  /// Returns the events that were appended, with their sequence numbers: for the listeners.
  Result<std::vector<Event>> transaction(std::string_view purpose,
                                         const std::function<Status(Transaction&)>& change,
                                         Durability durability = Durability::normal);
  /// The same by hand: dropping the Transaction without commit() undoes it. One at a time: `internal` when
  /// another is open.
  Result<Transaction> begin(std::string_view purpose, Durability durability = Durability::normal);

  Result<Plan> plan(std::string_view plan_id) const;
  /// Oldest first.
  Result<std::vector<Plan>> plans() const;
  /// Child plans of `plan_id`, oldest first.
  Result<std::vector<Plan>> child_plans_of(std::string_view plan_id) const;
  /// Plans made from one plan file, newest first.
  Result<std::vector<Plan>> plans_of_uri(std::string_view uri) const;
  /// What a start must look at: plans queued or processing, or with a subplan that is. Oldest first.
  Result<std::vector<Plan>> plans_in_flight() const;

  Result<SubplanStatus> subplan(std::string_view subplan_id) const;
  /// In spawn order.
  Result<std::vector<SubplanStatus>> subplans_of(std::string_view plan_id) const;
  /// By number.
  Result<std::vector<Attempt>> attempts_of(std::string_view subplan_id) const;

  Result<Decision> decision(std::string_view decision_id) const;
  /// By sequence, superseded ones included.
  Result<std::vector<Decision>> decisions_of(std::string_view plan_id) const;

  Result<Checkpoint> checkpoint(std::string_view checkpoint_id) const;
  /// Oldest first.
  Result<std::vector<Checkpoint>> checkpoints_of(std::string_view plan_id) const;
  /// The same, each with an empty `place`: what a list shows, at a fraction of the cost.
  Result<std::vector<Checkpoint>> checkpoints_without_place(std::string_view plan_id) const;
  Result<std::size_t> checkpoint_count(std::string_view plan_id) const;

  Result<Conflict> conflict(std::string_view conflict_id) const;
  /// In the order they arose; resolved ones included.
  Result<std::vector<Conflict>> conflicts_of(std::string_view plan_id) const;

  Result<Operation> operation(std::string_view operation_id) const;
  /// Oldest first.
  Result<std::vector<Operation>> operations_of(std::string_view plan_id) const;
  /// In state "running": an earlier process ended in the middle of them. Oldest first.
  Result<std::vector<Operation>> running_operations() const;
  /// The newest in state "done" (of one plan, or of all); verbs "undo" and "redo" are not looked at.
  Result<std::optional<Operation>> latest_undoable(std::optional<std::string_view> plan_id = {}) const;
  /// The one undone last in a row of undos: the oldest "undone" newer than every "done" one.
  Result<std::optional<Operation>> latest_redoable(std::optional<std::string_view> plan_id = {}) const;

  /// At most `limit` events whose sequence is greater than `cursor`, in order; of one plan when named.
  Result<std::vector<Event>> events_after(std::int64_t cursor, std::size_t limit,
                                          std::optional<std::string_view> plan_id = {}) const;
  /// Sequence of the newest event ever appended; 0 when there was none.
  Result<std::int64_t> last_event() const;

  /// The one seen last first.
  Result<std::vector<ErrorPattern>> error_patterns() const;

  Result<std::vector<ProcessRecord>> processes() const;
  Result<std::vector<SandboxRecord>> sandboxes() const;
  Result<SandboxRecord> sandbox(std::string_view sandbox_id) const;

  Result<std::optional<std::string>> meta(std::string_view key) const;

  /// All that can change of one plan, as JSON: its row, subplans, conflicts, and which decisions are
  /// superseded. Not its history (events, operations, checkpoints, attempts). For Transaction::load_plan.
  Result<nlohmann::json> dump_plan(std::string_view plan_id) const;

  /// Bytes of the database and its write-ahead log.
  Result<std::int64_t> bytes() const;
  /// Reads everything: each problem SQLite finds, one line each; empty when the file is sound.
  Result<std::vector<std::string>> verify() const;
  const std::filesystem::path& path() const;

 private:
  friend class Transaction;
  explicit Store(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

/// One state change. Movable; must not outlive its Store.
class Transaction {
 public:
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();  ///< undoes everything unless commit() was called

  /// On error nothing was written. Returns the events appended, with their sequence numbers.
  Result<std::vector<Event>> commit();

  Status insert_plan(const Plan& plan);
  /// Saves every field and sets `plan.revision` to one more than both the stored and the given one.
  Status update_plan(Plan& plan);
  /// For a change that is not in the plan's own row: raises the revision, and returns it.
  Result<std::int64_t> raise_revision(std::string_view plan_id);
  /// With its child plans, subplans, attempts, decisions, checkpoints, conflicts and operations. Its events
  /// stay, and so do process and sandbox records: they end when the real thing is gone.
  Status delete_plan(std::string_view plan_id);
  /// Puts a plan back to what dump_plan gave (making the row again when it is gone), with a new revision.
  /// Decisions made since keep their place and mark. Returns the plan as it is now.
  Result<Plan> load_plan(const nlohmann::json& dump);

  Status insert_subplan(const SubplanStatus& subplan);
  Status update_subplan(const SubplanStatus& subplan);
  Status insert_attempt(const Attempt& attempt);  ///< its subplan must be stored
  Status update_attempt(const Attempt& attempt);

  Status insert_decision(const Decision& decision);
  /// `decision.sequence` is not looked at: it comes behind the plan's others.
  Status append_decision(Decision decision);
  Status update_decision(const Decision& decision);

  /// Inserts it, or replaces the one of the same pattern.
  Status save_error_pattern(const ErrorPattern& pattern);
  Status insert_checkpoint(const Checkpoint& checkpoint);
  Status delete_checkpoint(std::string_view checkpoint_id);

  Status insert_conflict(const Conflict& conflict);
  Status update_conflict(const Conflict& conflict);
  Status delete_conflict(std::string_view conflict_id);
  /// Those of one subplan's merge; of the apply step when `subplan_id` is empty. None is no error.
  Status delete_conflicts_of(std::string_view plan_id, std::string_view subplan_id);

  Status insert_operation(const Operation& operation);
  Status update_operation(const Operation& operation);

  /// `event.sequence` is not looked at; returns the one it got.
  Result<std::int64_t> append_event(Event event);
  /// Retention: forgets events up to and including `cursor`.
  Status prune_events(std::int64_t cursor);

  Status insert_process(const ProcessRecord& process);
  Status update_process(const ProcessRecord& process);
  Status delete_process(std::string_view token);  ///< none is no error
  Status insert_sandbox(const SandboxRecord& sandbox);
  Status update_sandbox(const SandboxRecord& sandbox);
  Status delete_sandbox(std::string_view sandbox_id);  ///< none is no error

  Status set_meta(std::string_view key, std::string_view value);

 private:
  friend class Store;
  Transaction(Database& database, std::string_view purpose, Durability durability);
  Status end();
  Database* database_;  ///< null once ended
  std::string purpose_;
  Durability durability_;
  std::vector<Event> events_;
};

}  // namespace pland::engine
