// Every field of every value survives insert and update.
#include <doctest/doctest.h>

#include <functional>

#include "engine/store/store.h"
#include "tests/engine/store/samples.h"
#include "tests/support/temp_folder.h"

using namespace pland::engine;
using namespace pland::test;

namespace {

struct Fixture {
  TempFolder folder;
  std::unique_ptr<Store> store;

  Fixture() { reopen(); }
  /// What is read afterwards was on disk.
  void reopen() {
    store.reset();
    auto opened = Store::open(folder / "pland.db");
    REQUIRE_MESSAGE(opened.ok(), opened.error().message);
    store = std::move(*opened);
  }
  void write(const std::function<Status(Transaction&)>& change) {
    const auto written = store->transaction("testing", change);
    REQUIRE_MESSAGE(written.ok(), written.error().message);
  }
  /// The plans that samples refer to.
  void write_parents() {
    write([](Transaction& tx) -> Status {
      Plan parent;
      parent.plan_id = "parent";
      PLAND_CHECK(tx.insert_plan(parent));
      parent.plan_id = "p";
      return tx.insert_plan(parent);
    });
  }
};

/// Inserts `full`, empties it by update, fills it again by update: what is read is what was written each
/// time.
template <typename T>
void check_round_trip(Fixture& fixture, T full, T empty,
                      const std::function<Status(Transaction&, const T&)>& insert,
                      const std::function<Status(Transaction&, const T&)>& update,
                      const std::function<Result<T>()>& read) {
  fixture.write([&](Transaction& tx) { return insert(tx, full); });
  fixture.reopen();
  auto found = read();
  REQUIRE_MESSAGE(found.ok(), found.error().message);
  CHECK(*found == full);
  if (!update) return;

  for (const T& next : {empty, full}) {
    fixture.write([&](Transaction& tx) { return update(tx, next); });
    fixture.reopen();
    found = read();
    REQUIRE_MESSAGE(found.ok(), found.error().message);
    CHECK(*found == next);
  }
}

template <typename T>
Result<T> only(Result<std::vector<T>> rows) {
  if (!rows.ok()) return rows.error();
  if (rows->size() != 1) return Error{ErrorCode::internal, std::to_string(rows->size()) + " rows"};
  return rows->front();
}

}  // namespace

TEST_CASE("store: samples leave no field at its default") {
  CHECK(all_fields_differ(sample_plan("x"), Plan{}));
  CHECK(all_fields_differ(sample_plan("x").spec, PlanSpec{}));
  CHECK(all_fields_differ(sample_plan("x").spec.subplan_defaults, SubplanConfig{}));
  CHECK(all_fields_differ(sample_subplan_spec("x"), SubplanSpec{}));
  CHECK(all_fields_differ(sample_subplan("x", "p"), SubplanStatus{}));
  CHECK(all_fields_differ(sample_attempt("x", 2), Attempt{}));
  CHECK(all_fields_differ(sample_decision("x", "p", "y"), Decision{}));
  CHECK(all_fields_differ(sample_checkpoint("x", "p"), Checkpoint{}));
  CHECK(all_fields_differ(sample_conflict("x", "p"), Conflict{}));
  CHECK(all_fields_differ(sample_conflict("x", "p").hunks.front(), ConflictHunk{}));
  CHECK(all_fields_differ(sample_operation("x", "p"), Operation{}));
  CHECK(all_fields_differ(sample_event("p"), Event{}));
  CHECK(all_fields_differ(sample_process("x"), ProcessRecord{}));
  CHECK(all_fields_differ(sample_sandbox("x"), SandboxRecord{}));
}

TEST_CASE("store: a plan comes back whole, and its revision only grows") {
  Fixture fixture;
  fixture.write_parents();
  Plan plan = sample_plan("x");
  fixture.write([&](Transaction& tx) { return tx.insert_plan(plan); });
  fixture.reopen();
  CHECK(fixture.store->plan("x").value() == plan);

  Plan empty;
  empty.plan_id = "x";
  std::int64_t last = plan.revision;
  for (Plan next : {empty, plan, empty}) {
    fixture.write([&](Transaction& tx) { return tx.update_plan(next); });
    CHECK(next.revision > last);
    last = next.revision;
    fixture.reopen();
    CHECK(fixture.store->plan("x").value() == next);
  }
  Plan ahead = plan;
  ahead.revision = 1000;
  fixture.write([&](Transaction& tx) { return tx.update_plan(ahead); });
  CHECK(ahead.revision == 1001);
  fixture.write([&](Transaction& tx) -> Status {
    PLAND_TRY(const std::int64_t raised, tx.raise_revision("x"));
    CHECK(raised == 1002);
    return {};
  });
  CHECK(fixture.store->plan("x")->revision == 1002);
}

TEST_CASE("store: subplans and attempts come back whole") {
  Fixture fixture;
  fixture.write_parents();
  SubplanStatus empty;
  empty.subplan_id = "s";
  empty.plan_id = "p";
  check_round_trip<SubplanStatus>(
      fixture, sample_subplan("s", "p"), empty,
      [](Transaction& tx, const auto& v) { return tx.insert_subplan(v); },
      [](Transaction& tx, const auto& v) { return tx.update_subplan(v); },
      [&] { return fixture.store->subplan("s"); });

  Attempt blank;
  blank.subplan_id = "s";
  blank.number = 2;
  check_round_trip<Attempt>(
      fixture, sample_attempt("s", 2), blank,
      [](Transaction& tx, const auto& v) { return tx.insert_attempt(v); },
      [](Transaction& tx, const auto& v) { return tx.update_attempt(v); },
      [&] { return only(fixture.store->attempts_of("s")); });
}

TEST_CASE("store: decisions, checkpoints, conflicts and operations come back whole") {
  Fixture fixture;
  fixture.write_parents();
  Decision root;
  root.decision_id = "root";
  root.plan_id = "p";
  fixture.write([&](Transaction& tx) { return tx.insert_decision(root); });
  Decision no_decision;
  no_decision.decision_id = "d";
  no_decision.plan_id = "p";
  check_round_trip<Decision>(
      fixture, sample_decision("d", "p", "root"), no_decision,
      [](Transaction& tx, const auto& v) { return tx.insert_decision(v); },
      [](Transaction& tx, const auto& v) { return tx.update_decision(v); },
      [&] { return fixture.store->decision("d"); });

  check_round_trip<Checkpoint>(
      fixture, sample_checkpoint("c", "p"), {},
      [](Transaction& tx, const auto& v) { return tx.insert_checkpoint(v); }, nullptr,
      [&] { return fixture.store->checkpoint("c"); });

  Conflict no_conflict;
  no_conflict.conflict_id = "k";
  no_conflict.plan_id = "p";
  check_round_trip<Conflict>(
      fixture, sample_conflict("k", "p"), no_conflict,
      [](Transaction& tx, const auto& v) { return tx.insert_conflict(v); },
      [](Transaction& tx, const auto& v) { return tx.update_conflict(v); },
      [&] { return fixture.store->conflict("k"); });

  Operation no_operation;
  no_operation.operation_id = "o";
  check_round_trip<Operation>(
      fixture, sample_operation("o", "p"), no_operation,
      [](Transaction& tx, const auto& v) { return tx.insert_operation(v); },
      [](Transaction& tx, const auto& v) { return tx.update_operation(v); },
      [&] { return fixture.store->operation("o"); });
}

TEST_CASE("store: events, processes, sandboxes and settings come back whole") {
  Fixture fixture;
  check_round_trip<Event>(
      fixture, sample_event("p"), {},
      [](Transaction& tx, const auto& v) -> Status {
        PLAND_CHECK(tx.append_event(v));
        return {};
      },
      nullptr, [&] { return only(fixture.store->events_after(0, 10)); });

  ProcessRecord no_process;
  no_process.token = "t";
  check_round_trip<ProcessRecord>(
      fixture, sample_process("t"), no_process,
      [](Transaction& tx, const auto& v) { return tx.insert_process(v); },
      [](Transaction& tx, const auto& v) { return tx.update_process(v); },
      [&] { return only(fixture.store->processes()); });

  SandboxRecord no_sandbox;
  no_sandbox.sandbox_id = "b";
  check_round_trip<SandboxRecord>(
      fixture, sample_sandbox("b"), no_sandbox,
      [](Transaction& tx, const auto& v) { return tx.insert_sandbox(v); },
      [](Transaction& tx, const auto& v) { return tx.update_sandbox(v); },
      [&] { return fixture.store->sandbox("b"); });

  CHECK_FALSE(fixture.store->meta("key").value().has_value());
  for (const std::string& value : {std::string("one"), kBytes}) {
    fixture.write([&](Transaction& tx) { return tx.set_meta("key", value); });
    fixture.reopen();
    CHECK(fixture.store->meta("key").value() == value);
  }
}

TEST_CASE("store: a dump put back is exactly what was dumped, with a new revision") {
  Fixture fixture;
  fixture.write_parents();
  Decision root;
  root.decision_id = "root";
  root.plan_id = "x";
  fixture.write([&](Transaction& tx) -> Status {
    PLAND_CHECK(tx.insert_plan(sample_plan("x")));
    SubplanStatus second = sample_subplan("s2", "x");
    second.ordinal = 4;
    PLAND_CHECK(tx.insert_subplan(sample_subplan("s1", "x")));
    PLAND_CHECK(tx.insert_subplan(second));
    PLAND_CHECK(tx.insert_attempt(sample_attempt("s1", 1)));
    PLAND_CHECK(tx.insert_conflict(sample_conflict("k2", "x")));
    PLAND_CHECK(tx.insert_conflict(sample_conflict("k1", "x")));
    PLAND_CHECK(tx.insert_decision(root));
    return tx.insert_decision(sample_decision("d", "x", "root"));
  });
  const nlohmann::json dump = fixture.store->dump_plan("x").value();

  // Through an operation's row and back, as undo has it.
  Operation operation = sample_operation("o", "x");
  operation.before = dump;
  fixture.write([&](Transaction& tx) { return tx.insert_operation(operation); });

  Plan changed = fixture.store->plan("x").value();
  changed.state = ProcessingState::complete;
  changed.goal = "another";
  changed.parent_plan_id.reset();
  fixture.write([&](Transaction& tx) -> Status {
    PLAND_CHECK(tx.update_plan(changed));
    SubplanStatus other;
    other.subplan_id = "s1";
    other.plan_id = "x";
    PLAND_CHECK(tx.update_subplan(other));
    PLAND_CHECK(tx.insert_subplan(sample_subplan("s3", "x")));
    PLAND_CHECK(tx.insert_attempt(sample_attempt("s3", 1)));
    PLAND_CHECK(tx.delete_conflict("k2"));
    PLAND_CHECK(tx.insert_conflict(sample_conflict("k3", "x")));
    Decision superseded = root;
    superseded.superseded_by = "d";
    superseded.superseded_at = 5;
    PLAND_CHECK(tx.update_decision(superseded));
    return tx.insert_decision(sample_decision("later", "x", "root"));
  });
  REQUIRE(fixture.store->dump_plan("x").value() != dump);

  const nlohmann::json stored = fixture.store->operation("o")->before;
  CHECK(stored == dump);
  Plan back;
  fixture.write([&](Transaction& tx) -> Status {
    PLAND_TRY(back, tx.load_plan(stored));
    return {};
  });
  CHECK(back.revision > changed.revision);
  CHECK(fixture.store->plan("x").value() == back);

  nlohmann::json again = fixture.store->dump_plan("x").value();
  CHECK(again["plan"]["revision"] == back.revision);
  again["plan"]["revision"] = dump["plan"]["revision"];
  CHECK(again["superseded"].back()[0] == "later");  // made since: stays, and so does its mark
  CHECK(again["superseded"].back()[1] == "other");
  again["superseded"].erase(again["superseded"].size() - 1);
  CHECK(again == dump);
  CHECK(fixture.store->attempts_of("s1")->size() == 1);  // history is not touched
  CHECK(fixture.store->attempts_of("s3")->size() == 1);

  SUBCASE("also when the plan is gone") {
    fixture.write([&](Transaction& tx) { return tx.delete_plan("x"); });
    fixture.write([&](Transaction& tx) -> Status {
      PLAND_TRY(back, tx.load_plan(stored));
      return {};
    });
    CHECK(back.revision > 41);
    CHECK(fixture.store->subplans_of("x")->size() == 2);
    CHECK(fixture.store->conflicts_of("x")->size() == 2);
  }
  SUBCASE("and what is not a dump changes nothing") {
    nlohmann::json foreign = dump;
    foreign["subplans"][0]["plan_id"] = "p";
    nlohmann::json bad_state = dump;
    bad_state["plan"]["state"] = "asleep";
    for (const nlohmann::json& wrong :
         {nlohmann::json(), nlohmann::json::object(), nlohmann::json{{"format", 2}}, foreign, bad_state}) {
      const auto refused = fixture.store->transaction("undoing", [&](Transaction& tx) -> Status {
        PLAND_CHECK(tx.load_plan(wrong));
        return {};
      });
      REQUIRE_FALSE(refused.ok());
      CHECK(refused.error().code == ErrorCode::internal);
      CHECK(refused.error().message.starts_with("undoing: not the dump of a plan"));
    }
    CHECK(fixture.store->plan("x").value() == back);
  }
}

TEST_CASE("store: an error pattern is stored, found and replaced by its next sight") {
  Fixture fixture;
  const ErrorPattern full = sample_error_pattern("transient: curl: could not resolve *");
  REQUIRE(all_fields_differ(full, ErrorPattern{}));
  fixture.write([&](Transaction& tx) { return tx.save_error_pattern(full); });
  fixture.reopen();
  auto found = fixture.store->error_patterns();
  REQUIRE_MESSAGE(found.ok(), found.error().message);
  CHECK(*found == std::vector<ErrorPattern>{full});
  ErrorPattern again = full;
  ++again.frequency;
  again.last_seen = 99;
  fixture.write([&](Transaction& tx) { return tx.save_error_pattern(again); });
  found = fixture.store->error_patterns();
  REQUIRE(found.ok());
  CHECK(*found == std::vector<ErrorPattern>{again});
}
