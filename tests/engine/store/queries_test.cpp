// What the queries select, in which order; what a deleted plan takes with it; transactions.
#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>

#include "engine/store/store.h"
#include "tests/engine/store/samples.h"
#include "tests/support/temp_folder.h"

using namespace pland::engine;
using namespace pland::test;

namespace {

struct Fixture {
  TempFolder folder;
  std::unique_ptr<Store> store = Store::open(folder / "pland.db").value();

  void write(const std::function<Status(Transaction&)>& change) {
    const auto written = store->transaction("testing", change);
    REQUIRE_MESSAGE(written.ok(), written.error().message);
  }
  Plan add_plan(const std::string& id, ProcessingState state = ProcessingState::complete,
                const std::string& uri = "file:///x") {
    Plan plan;
    plan.plan_id = id;
    plan.state = state;
    plan.uri = uri;
    write([&](Transaction& tx) { return tx.insert_plan(plan); });
    return plan;
  }
  void add_operation(const std::string& id, const std::string& plan_id, const std::string& verb,
                     const std::string& state) {
    Operation operation;
    operation.operation_id = id;
    operation.plan_id = plan_id;
    operation.verb = verb;
    operation.state = state;
    write([&](Transaction& tx) { return tx.insert_operation(operation); });
  }
};

std::string ids(const std::vector<Plan>& plans) {
  std::string all;
  for (const Plan& plan : plans) all += plan.plan_id;
  return all;
}

}  // namespace

TEST_CASE("store: plans by file, by parent, and in flight") {
  Fixture fixture;
  fixture.add_plan("b", ProcessingState::processing, "file:///one");
  fixture.add_plan("a", ProcessingState::complete, "file:///two");
  fixture.add_plan("c", ProcessingState::queued, "file:///one");
  fixture.add_plan("d", ProcessingState::errored, "file:///two");
  fixture.add_plan("e", ProcessingState::cancelled, "file:///two");
  Plan child;
  child.plan_id = "f";
  child.parent_plan_id = "a";
  child.state = ProcessingState::applied;
  SubplanStatus running;
  running.subplan_id = "s";
  running.plan_id = "d";
  running.state = ProcessingState::processing;
  fixture.write([&](Transaction& tx) -> Status {
    PLAND_CHECK(tx.insert_plan(child));
    return tx.insert_subplan(running);
  });

  CHECK(ids(*fixture.store->plans()) == "bacdef");
  CHECK(ids(*fixture.store->plans_of_uri("file:///one")) == "cb");
  CHECK(ids(*fixture.store->child_plans_of("a")) == "f");
  CHECK(ids(*fixture.store->plans_in_flight()) == "bcd");
}

TEST_CASE("store: subplans in spawn order") {
  Fixture fixture;
  fixture.add_plan("p");
  for (const int ordinal : {2, 0, 1}) {
    SubplanStatus subplan;
    subplan.subplan_id = "s" + std::to_string(ordinal);
    subplan.plan_id = "p";
    subplan.ordinal = ordinal;
    fixture.write([&](Transaction& tx) { return tx.insert_subplan(subplan); });
  }
  const auto found = fixture.store->subplans_of("p").value();
  REQUIRE(found.size() == 3);
  for (int i = 0; i < 3; ++i) CHECK(found[static_cast<std::size_t>(i)].ordinal == i);
}

TEST_CASE("store: events after a cursor; a pruned sequence is never given again") {
  Fixture fixture;
  CHECK(fixture.store->last_event().value() == 0);
  const auto appended = fixture.store->transaction("telling", [](Transaction& tx) -> Status {
    for (int i = 0; i < 5; ++i) {
      Event event;
      event.type = "t" + std::to_string(i);
      event.plan_id = i % 2 == 0 ? "even" : "odd";
      PLAND_CHECK(tx.append_event(event));
    }
    return {};
  });
  REQUIRE(appended.ok());
  REQUIRE(appended->size() == 5);
  CHECK(appended->back().sequence == 5);
  CHECK(appended->back().type == "t4");

  const auto page = fixture.store->events_after(1, 2).value();
  REQUIRE(page.size() == 2);
  CHECK(page[0].type == "t1");
  CHECK(page[1].type == "t2");
  const auto odd = fixture.store->events_after(0, 10, "odd").value();
  REQUIRE(odd.size() == 2);
  CHECK(odd[1].sequence == 4);

  fixture.write([](Transaction& tx) { return tx.prune_events(5); });
  CHECK(fixture.store->events_after(0, 10)->empty());
  CHECK(fixture.store->last_event().value() == 5);
  fixture.write([](Transaction& tx) -> Status {
    PLAND_TRY(const std::int64_t sequence, tx.append_event({}));
    CHECK(sequence == 6);
    return {};
  });
}

TEST_CASE("store: undo walks back, redo forward, and a new deed forgets what was undone") {
  Fixture fixture;
  fixture.add_operation("1", "p", "apply", "done");
  fixture.add_operation("2", "q", "resolve", "done");
  fixture.add_operation("3", "p", "rollback", "failed");
  fixture.add_operation("4", "p", "resolve", "done");
  fixture.add_operation("5", "p", "undo", "done");
  fixture.add_operation("6", "p", "apply", "running");
  const auto set = [&](const std::string& id, const std::string& state) {
    Operation operation = fixture.store->operation(id).value();
    operation.state = state;
    fixture.write([&](Transaction& tx) { return tx.update_operation(operation); });
  };
  const auto undoable = [&](std::optional<std::string_view> plan = {}) {
    const auto found = fixture.store->latest_undoable(plan).value();
    return found ? found->operation_id : "-";
  };
  const auto redoable = [&](std::optional<std::string_view> plan = {}) {
    const auto found = fixture.store->latest_redoable(plan).value();
    return found ? found->operation_id : "-";
  };
  CHECK(fixture.store->running_operations()->size() == 1);
  CHECK(fixture.store->operations_of("p")->size() == 5);
  CHECK(undoable() == "4");
  CHECK(undoable("q") == "2");
  CHECK(undoable("r") == "-");
  CHECK(redoable() == "-");
  set("4", "undone");
  CHECK(undoable() == "2");
  CHECK(undoable("p") == "1");
  CHECK(redoable() == "4");
  set("1", "undone");
  CHECK(redoable("p") == "1");
  CHECK(undoable("p") == "-");
  set("1", "done");
  CHECK(redoable("p") == "4");
  fixture.add_operation("7", "p", "apply", "done");
  CHECK(redoable("p") == "-");
}

TEST_CASE("store: a deleted plan takes its own with it and nothing else") {
  Fixture fixture;
  fixture.add_plan("parent");
  for (const std::string id : {"x", "y"}) {
    fixture.write([&](Transaction& tx) -> Status {
      PLAND_CHECK(tx.insert_plan(sample_plan(id)));
      PLAND_CHECK(tx.insert_subplan(sample_subplan("s" + id, id)));
      PLAND_CHECK(tx.insert_attempt(sample_attempt("s" + id, 1)));
      Decision root;
      root.decision_id = "r" + id;
      root.plan_id = id;
      PLAND_CHECK(tx.insert_decision(root));
      PLAND_CHECK(tx.insert_decision(sample_decision("d" + id, id, "r" + id)));
      PLAND_CHECK(tx.insert_checkpoint(sample_checkpoint("c" + id, id)));
      PLAND_CHECK(tx.insert_conflict(sample_conflict("k" + id, id)));
      PLAND_CHECK(tx.insert_operation(sample_operation("o" + id, id)));
      PLAND_CHECK(tx.append_event(sample_event(id)));
      PLAND_CHECK(tx.insert_process(sample_process("t" + id)));
      return tx.insert_sandbox(sample_sandbox("b" + id));
    });
  }
  Plan grandchild;
  grandchild.plan_id = "xx";
  grandchild.parent_plan_id = "x";
  fixture.write([&](Transaction& tx) -> Status {
    PLAND_CHECK(tx.insert_plan(grandchild));
    return tx.insert_operation(sample_operation("oxx", "xx"));
  });

  fixture.write([](Transaction& tx) { return tx.delete_plan("x"); });
  const auto counts = [&](const std::string& id) {
    return std::vector<std::size_t>{
        fixture.store->subplans_of(id)->size(),  fixture.store->attempts_of("s" + id)->size(),
        fixture.store->decisions_of(id)->size(), fixture.store->checkpoints_of(id)->size(),
        fixture.store->conflicts_of(id)->size(), fixture.store->operations_of(id)->size()};
  };
  CHECK(fixture.store->plan("x").error().code == ErrorCode::not_found);
  CHECK(fixture.store->plan("xx").error().code == ErrorCode::not_found);
  CHECK(counts("x") == std::vector<std::size_t>(6, 0));
  CHECK(fixture.store->operations_of("xx")->empty());
  CHECK(counts("y") == std::vector<std::size_t>{1, 1, 2, 1, 1, 1});
  CHECK(fixture.store->events_after(0, 10)->size() == 2);
  CHECK(fixture.store->processes()->size() == 2);
  CHECK(fixture.store->sandboxes()->size() == 2);
  CHECK(fixture.store->verify()->empty());

  fixture.write([](Transaction& tx) -> Status {
    PLAND_CHECK(tx.delete_checkpoint("cy"));
    PLAND_CHECK(tx.delete_conflicts_of("y", "sub"));
    PLAND_CHECK(tx.delete_process("ty"));
    return tx.delete_sandbox("by");
  });
  CHECK(counts("y") == std::vector<std::size_t>{1, 1, 2, 0, 0, 1});
  CHECK(fixture.store->processes()->size() == 1);
  CHECK(fixture.store->sandbox("by").error().code == ErrorCode::not_found);
}

TEST_CASE("store: what does not exist is named") {
  Fixture fixture;
  fixture.add_plan("p");
  CHECK(fixture.store->plan("nope").error().message == "no plan 'nope'");
  CHECK(fixture.store->dump_plan("nope").error().code == ErrorCode::not_found);
  const auto refused = [&](const std::function<Status(Transaction&)>& change) {
    const auto result = fixture.store->transaction("trying", change);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == ErrorCode::not_found);
    CHECK(result.error().message.starts_with("trying: no "));
  };
  Plan plan = sample_plan("nope");
  refused([&](Transaction& tx) { return tx.update_plan(plan); });
  refused([&](Transaction& tx) { return tx.delete_plan("nope"); });
  refused([&](Transaction& tx) -> Status {
    PLAND_CHECK(tx.raise_revision("nope"));
    return {};
  });
  refused([&](Transaction& tx) { return tx.update_subplan(sample_subplan("nope", "p")); });
  refused([&](Transaction& tx) { return tx.insert_attempt(sample_attempt("nope", 1)); });
  refused([&](Transaction& tx) { return tx.update_attempt(sample_attempt("nope", 1)); });
  refused([&](Transaction& tx) { return tx.update_conflict(sample_conflict("nope", "p")); });
  refused([&](Transaction& tx) { return tx.delete_conflict("nope"); });
  refused([&](Transaction& tx) { return tx.delete_checkpoint("nope"); });
  refused([&](Transaction& tx) { return tx.update_operation(sample_operation("nope", "p")); });
}

TEST_CASE("store: SQLite's refusal says what was being done") {
  Fixture fixture;
  fixture.add_plan("p");
  const auto twice = fixture.store->transaction("spawning local/x", [](Transaction& tx) {
    Plan plan;
    plan.plan_id = "p";
    return tx.insert_plan(plan);
  });
  REQUIRE_FALSE(twice.ok());
  CHECK(twice.error().code == ErrorCode::store);
  CHECK(twice.error().message.starts_with("spawning local/x: storing plan p: UNIQUE constraint failed"));
  const auto orphan = fixture.store->transaction(
      "adding", [](Transaction& tx) { return tx.insert_subplan(sample_subplan("s", "nobody")); });
  REQUIRE_FALSE(orphan.ok());
  CHECK(orphan.error().message.find("FOREIGN KEY") != std::string::npos);
}

TEST_CASE("store: a transaction is all or nothing") {
  Fixture fixture;
  fixture.add_plan("p");
  const auto add_two = [](Transaction& tx) -> Status {
    PLAND_CHECK(tx.insert_subplan(sample_subplan("s1", "p")));
    PLAND_CHECK(tx.append_event(sample_event("p")));
    return tx.insert_subplan(sample_subplan("s2", "p"));
  };
  SUBCASE("an error undoes it") {
    const auto result = fixture.store->transaction("failing", [&](Transaction& tx) -> Status {
      PLAND_CHECK(add_two(tx));
      return Error{ErrorCode::refused, "no"};
    });
    CHECK(result.error().message == "no");
  }
  SUBCASE("an exception undoes it") {
    CHECK_THROWS_AS(static_cast<void>(fixture.store->transaction("throwing",
                                                                 [&](Transaction& tx) -> Status {
                                                                   REQUIRE(add_two(tx).ok());
                                                                   throw std::logic_error("no");
                                                                 })),
                    std::logic_error);
  }
  SUBCASE("leaving without commit undoes it, durable or not") {
    auto transaction = fixture.store->begin("leaving", Durability::full);
    REQUIRE(transaction.ok());
    REQUIRE(add_two(*transaction).ok());
    CHECK(fixture.store->subplans_of("p")->size() == 2);  // its own writes are seen inside
  }
  CHECK(fixture.store->subplans_of("p")->empty());
  CHECK(fixture.store->events_after(0, 10)->empty());
  // And the store goes on.
  const auto written = fixture.store->transaction("committing", add_two, Durability::full);
  REQUIRE(written.ok());
  CHECK(written->size() == 1);
  CHECK(fixture.store->subplans_of("p")->size() == 2);
}

TEST_CASE("store: transactions do not nest, and an ended one writes nothing") {
  Fixture fixture;
  auto first = fixture.store->begin("first");
  REQUIRE(first.ok());
  const auto second = fixture.store->begin("second");
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == ErrorCode::internal);
  CHECK(second.error().message.find("do not nest") != std::string::npos);
  Transaction moved = std::move(*first);
  CHECK(moved.set_meta("a", "1").ok());
  CHECK(moved.commit().ok());
  CHECK_FALSE(moved.set_meta("b", "2").ok());
  CHECK_FALSE(moved.commit().ok());
  CHECK(fixture.store->meta("a").value() == "1");
  CHECK_FALSE(fixture.store->meta("b").value().has_value());
  CHECK(fixture.store->begin("third").ok());
}
