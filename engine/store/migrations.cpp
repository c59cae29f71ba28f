#include "engine/store/migrations.h"

#include <array>
#include <string>

#include "engine/store/database.h"

namespace pland::engine {
namespace {

// ANY columns hold a JSON document (text), or its CBOR form (blob) when a string in it is not UTF-8.
// `seq` is the order in which rows were made, whatever the clock did.
constexpr std::string_view kPlans = R"sql(
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE plans (
  seq INTEGER PRIMARY KEY,
  plan_id TEXT NOT NULL UNIQUE,
  parent_plan_id TEXT REFERENCES plans (plan_id) ON DELETE CASCADE,
  root_plan_id TEXT NOT NULL,
  name TEXT NOT NULL,
  goal TEXT NOT NULL,
  uri TEXT NOT NULL,
  source_text TEXT NOT NULL,
  spec ANY NOT NULL,
  phase TEXT NOT NULL,
  state TEXT NOT NULL,
  revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  applied_at INTEGER,
  error TEXT NOT NULL,
  error_details ANY NOT NULL,
  base_commit TEXT NOT NULL,
  merged_commit TEXT NOT NULL,
  sandbox_id TEXT NOT NULL,
  base_ref_commit TEXT NOT NULL
) STRICT;
CREATE INDEX plans_by_uri ON plans (uri);
CREATE INDEX plans_by_parent ON plans (parent_plan_id);
CREATE INDEX plans_by_state ON plans (state);

CREATE TABLE subplans (
  seq INTEGER PRIMARY KEY,
  subplan_id TEXT NOT NULL UNIQUE,
  plan_id TEXT NOT NULL REFERENCES plans (plan_id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  spec ANY NOT NULL,
  state TEXT NOT NULL,
  attempt_number INTEGER NOT NULL,
  failure TEXT NOT NULL,
  exit_code INTEGER,
  error TEXT NOT NULL,
  started_at INTEGER,
  completed_at INTEGER,
  base_commit TEXT NOT NULL,
  result_commit TEXT NOT NULL,
  files_changed ANY NOT NULL,
  sandbox_id TEXT NOT NULL
) STRICT;
CREATE INDEX subplans_by_plan ON subplans (plan_id, ordinal);
CREATE INDEX subplans_by_state ON subplans (state);

-- Attempts are history: they stay when an undo takes their subplan away, and go with the plan.
CREATE TABLE attempts (
  seq INTEGER PRIMARY KEY,
  plan_id TEXT NOT NULL REFERENCES plans (plan_id) ON DELETE CASCADE,
  subplan_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  completed_at INTEGER,
  state TEXT NOT NULL,
  failure TEXT NOT NULL,
  exit_code INTEGER,
  signal INTEGER,
  error TEXT NOT NULL,
  output_tail TEXT NOT NULL,
  output_path TEXT NOT NULL,
  was_retried INTEGER NOT NULL,
  UNIQUE (subplan_id, number)
) STRICT;
CREATE INDEX attempts_by_plan ON attempts (plan_id);

CREATE TABLE decisions (
  seq INTEGER PRIMARY KEY,
  decision_id TEXT NOT NULL UNIQUE,
  plan_id TEXT NOT NULL REFERENCES plans (plan_id) ON DELETE CASCADE,
  parent_decision_id TEXT REFERENCES decisions (decision_id) ON DELETE SET NULL,
  decision_type TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  question TEXT NOT NULL,
  chosen_option TEXT NOT NULL,
  alternatives ANY NOT NULL,
  confidence REAL,
  rationale TEXT NOT NULL,
  context_snapshot ANY NOT NULL,
  created_at INTEGER NOT NULL,
  superseded_by TEXT,
  superseded_at INTEGER
) STRICT;
CREATE INDEX decisions_by_plan ON decisions (plan_id, sequence);
CREATE INDEX decisions_by_parent ON decisions (parent_decision_id);

CREATE TABLE checkpoints (
  seq INTEGER PRIMARY KEY,
  checkpoint_id TEXT NOT NULL UNIQUE,
  plan_id TEXT NOT NULL REFERENCES plans (plan_id) ON DELETE CASCADE,
  subplan_id TEXT NOT NULL,
  label TEXT NOT NULL,
  trigger_name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  snapshot_commit TEXT NOT NULL,
  files INTEGER NOT NULL,
  left_out ANY NOT NULL,
  place ANY NOT NULL
) STRICT;
CREATE INDEX checkpoints_by_plan ON checkpoints (plan_id);

CREATE TABLE conflicts (
  seq INTEGER PRIMARY KEY,
  conflict_id TEXT NOT NULL UNIQUE,
  plan_id TEXT NOT NULL REFERENCES plans (plan_id) ON DELETE CASCADE,
  subplan_id TEXT NOT NULL,
  path TEXT NOT NULL,
  kind TEXT NOT NULL,
  base ANY NOT NULL,
  ours ANY NOT NULL,
  theirs ANY NOT NULL,
  ours_authors ANY NOT NULL,
  hunks ANY NOT NULL,
  resolution TEXT,
  manual_oid TEXT,
  detail TEXT NOT NULL,
  resolved_by TEXT NOT NULL,
  resolved_at INTEGER
) STRICT;
CREATE INDEX conflicts_by_plan ON conflicts (plan_id, subplan_id);

-- An operation need not belong to a plan, hence a trigger where the others have a foreign key.
CREATE TABLE operations (
  seq INTEGER PRIMARY KEY,
  operation_id TEXT NOT NULL UNIQUE,
  plan_id TEXT NOT NULL,
  verb TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  before_json ANY NOT NULL,
  after_json ANY NOT NULL,
  description TEXT NOT NULL
) STRICT;
CREATE INDEX operations_by_plan ON operations (plan_id);
CREATE INDEX operations_by_state ON operations (state);
CREATE TRIGGER operations_go_with_their_plan AFTER DELETE ON plans BEGIN
  DELETE FROM operations WHERE plan_id = OLD.plan_id;
END;

-- AUTOINCREMENT: a sequence is never used twice, so a cursor stays valid when old events are pruned.
CREATE TABLE events (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  created_at INTEGER NOT NULL,
  type TEXT NOT NULL,
  plan_id TEXT NOT NULL,
  subplan_id TEXT NOT NULL,
  payload ANY NOT NULL
) STRICT;
CREATE INDEX events_by_plan ON events (plan_id, sequence);
CREATE TRIGGER events_are_append_only BEFORE UPDATE ON events BEGIN
  SELECT RAISE (ABORT, 'events are append-only');
END;
)sql";

// No foreign keys: a process or a folder outlives the plan it was made for until it is really gone.
constexpr std::string_view kOutside = R"sql(
CREATE TABLE processes (
  seq INTEGER PRIMARY KEY,
  token TEXT NOT NULL UNIQUE,
  plan_id TEXT NOT NULL,
  subplan_id TEXT NOT NULL,
  pid INTEGER NOT NULL,
  started_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sandboxes (
  seq INTEGER PRIMARY KEY,
  sandbox_id TEXT NOT NULL UNIQUE,
  plan_id TEXT NOT NULL,
  subplan_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  path TEXT NOT NULL,
  base_commit TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
)sql";

constexpr std::string_view kWholePlans = R"sql(
ALTER TABLE plans ADD COLUMN depth INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;
ALTER TABLE plans ADD COLUMN action_name TEXT NOT NULL DEFAULT '';
ALTER TABLE plans ADD COLUMN arguments ANY NOT NULL DEFAULT '{}';
ALTER TABLE plans ADD COLUMN arguments_order ANY NOT NULL DEFAULT '[]';
ALTER TABLE plans ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE plans ADD COLUMN definition_of_done TEXT NOT NULL DEFAULT '';
ALTER TABLE plans ADD COLUMN actors ANY NOT NULL DEFAULT '{}';
ALTER TABLE plans ADD COLUMN invariants ANY NOT NULL DEFAULT '[]';
ALTER TABLE plans ADD COLUMN profile ANY NOT NULL DEFAULT '{"profile":"supervised","source":"fallback"}';
ALTER TABLE plans ADD COLUMN effective_profile ANY NOT NULL DEFAULT '{}';
ALTER TABLE plans ADD COLUMN execution_environment TEXT NOT NULL DEFAULT 'host';
ALTER TABLE plans ADD COLUMN execution_env_priority TEXT NOT NULL DEFAULT 'fallback';
ALTER TABLE plans ADD COLUMN project_links ANY NOT NULL DEFAULT '[]';
ALTER TABLE plans ADD COLUMN decision_root_id TEXT NOT NULL DEFAULT '';
ALTER TABLE plans ADD COLUMN changeset_id TEXT NOT NULL DEFAULT '';
ALTER TABLE plans ADD COLUMN validation_summary ANY NOT NULL DEFAULT '{}';
ALTER TABLE plans ADD COLUMN tool_calls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN reversion_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN last_completed_step INTEGER NOT NULL DEFAULT -1;
ALTER TABLE plans ADD COLUMN last_checkpoint_id TEXT NOT NULL DEFAULT '';
ALTER TABLE plans ADD COLUMN phase_times ANY NOT NULL DEFAULT '{}';
ALTER TABLE plans ADD COLUMN created_by TEXT NOT NULL DEFAULT 'user';
ALTER TABLE plans ADD COLUMN reusable INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN read_only INTEGER NOT NULL DEFAULT 0;

-- What failed before, and what to look at before the same is tried again (requirements 2.14).
CREATE TABLE error_patterns (
  seq INTEGER PRIMARY KEY,
  pattern TEXT NOT NULL UNIQUE,
  historical_failures ANY NOT NULL,
  preventive_checks ANY NOT NULL,
  created_at INTEGER NOT NULL,
  frequency INTEGER NOT NULL,
  last_seen INTEGER NOT NULL
) STRICT;
)sql";

constexpr std::array<Migration, 3> kMigrations{{{1, "plans and their history", kPlans},
                                                {2, "processes and sandboxes", kOutside},
                                                {3, "whole plans, and patterns of errors", kWholePlans}}};

constexpr const char* kVersionTable =
    "CREATE TABLE IF NOT EXISTS schema_version ("
    "version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT";

Status take_step(Database& database, const Migration& step, const std::string& purpose) {
  PLAND_TRY(const std::int64_t version, database.integer("PRAGMA user_version", purpose));
  if (version >= step.number) return {};  // another process took it while this one waited
  PLAND_CHECK(database.execute(kVersionTable, purpose));
  PLAND_CHECK(database.execute(std::string(step.sql), purpose));
  const std::string number = std::to_string(step.number);
  PLAND_CHECK(database.execute("INSERT INTO schema_version VALUES (" + number + ", '" +
                                   std::string(step.name) +
                                   "', CAST (strftime ('%s', 'now') AS INTEGER) * 1000)",
                               purpose));
  PLAND_CHECK(database.execute("PRAGMA user_version = " + number, purpose));
  return database.execute("COMMIT", purpose);
}

}  // namespace

std::span<const Migration> migrations() {
  return kMigrations;
}

Status migrate(Database& database, std::span<const Migration> steps) {
  const std::string opening = "opening " + database.path().string();
  PLAND_TRY(const std::int64_t version, database.integer("PRAGMA user_version", opening));
  const int newest = steps.empty() ? 0 : steps.back().number;
  if (version > newest) {
    return Error{ErrorCode::store,
                 opening + ": it was written by a newer pland (schema " + std::to_string(version) +
                     "; this one knows " + std::to_string(newest) +
                     "). Use that pland, or move the file away to start with an empty one; it was "
                     "left as it is"};
  }
  if (version < newest && database.read_only()) {
    return Error{ErrorCode::store,
                 opening + ": it was written by an older pland (schema " + std::to_string(version) +
                     "; this one needs " + std::to_string(newest) +
                     ") and cannot be upgraded while only reading. Start pland on its repository "
                     "once, then try again"};
  }
  for (const Migration& step : steps) {
    if (step.number <= version) continue;
    const std::string purpose = "upgrading " + database.path().string() + " to schema " +
                                std::to_string(step.number) + " (" + std::string(step.name) + ")";
    PLAND_CHECK(database.execute("BEGIN IMMEDIATE", purpose));
    Status taken = take_step(database, step, purpose);
    if (database.in_transaction()) {
      const Status undone = database.execute("ROLLBACK", purpose);
      if (taken.ok() && !undone.ok()) return undone;
    }
    if (!taken.ok()) return taken;
  }
  return {};
}

}  // namespace pland::engine
