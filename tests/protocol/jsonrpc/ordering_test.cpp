#include "protocol/jsonrpc/ordering.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

using namespace pland::jsonrpc;
using K = OrderKind;

namespace {

constexpr K kinds[] = {K::global_change, K::document_update,     K::document_request, K::plan_mutation,
                       K::plan_query,    K::repository_mutation, K::freestanding};

char letter(Wait wait) {
  return wait == Wait::no ? '.' : wait == Wait::until_started ? 's' : 'F';
}

/// One row of the table: what `later` waits for in each kind of earlier message.
std::string row(K later, const std::string& later_key, const std::string& earlier_key) {
  std::string out;
  for (const K earlier : kinds) out += letter(wait_for({later, later_key}, {earlier, earlier_key}));
  return out;
}

/// A queue whose work is finished by the test.
struct Bench {
  OrderedQueue queue;
  std::vector<std::string> started;
  std::map<std::string, Turn> turns;
  std::map<std::string, std::uint64_t> numbers;

  void submit(const std::string& name, Order order) {
    numbers[name] = queue.submit(std::move(order), [this, name](Turn turn) {
      started.push_back(name);
      turns[name] = std::move(turn);
    });
  }
  void finish(const std::string& name) { turns.at(name).end(); }
};

}  // namespace

TEST_CASE("ordering: the whole table") {
  // earlier: global, update, request, plan mutation, query, repository mutation, freestanding
  CHECK(row(K::global_change, "a", "a") == "Fss.s..");
  CHECK(row(K::document_update, "a", "a") == "FFs....");
  CHECK(row(K::document_request, "a", "a") == "FF.....");
  CHECK(row(K::plan_mutation, "a", "a") == "FF.FsF.");
  CHECK(row(K::plan_query, "a", "a") == "F......");
  CHECK(row(K::repository_mutation, "", "a") == "FF.FsF.");
  CHECK(row(K::freestanding, "a", "a") == ".......");
  // Another document, another plan.
  CHECK(row(K::global_change, "a", "b") == "Fss.s..");
  CHECK(row(K::document_update, "a", "b") == "F......");
  CHECK(row(K::document_request, "a", "b") == "F......");
  CHECK(row(K::plan_mutation, "a", "b") == "FF...F.");
  CHECK(row(K::plan_query, "a", "b") == "F......");
  CHECK(row(K::repository_mutation, "", "b") == "FF.FsF.");
  CHECK(row(K::freestanding, "a", "b") == ".......");
  // A query about all plans reads what there is, also while changes wait.
  CHECK(row(K::plan_query, "", "b") == "F......");
}

TEST_CASE("ordering: every method has a class") {
  const Json document = {{"textDocument", {{"uri", "file:///a"}}}};
  const Json plan = {{"planId", "p1"}};
  using H = HandlerKind;
  CHECK(order_of("initialize", H::quick, {}) == Order{K::global_change, ""});
  CHECK(order_of("workspace/didChangeConfiguration", H::notification, {}) == Order{K::global_change, ""});
  CHECK(order_of("textDocument/didChange", H::notification, document) ==
        Order{K::document_update, "file:///a"});
  CHECK(order_of("textDocument/codeAction", H::query, document) == Order{K::document_request, "file:///a"});
  CHECK(order_of("textDocument/hover", H::query, Json::array()) == Order{K::document_request, ""});
  CHECK(order_of("pland/status", H::query, plan) == Order{K::plan_query, "p1"});
  CHECK(order_of("pland/status", H::query, {}) == Order{K::plan_query, ""});
  CHECK(order_of("pland/rollback", H::mutation, plan) == Order{K::plan_mutation, "p1"});
  CHECK(order_of("pland/gc", H::mutation, {{"planId", 5}}) == Order{K::repository_mutation, ""});
  CHECK(order_of("pland/cancel", H::quick, plan) == Order{K::freestanding, ""});
  CHECK(order_of("shutdown", H::mutation, {}) == Order{K::freestanding, ""});
  CHECK(order_of("exit", H::notification, {}) == Order{K::freestanding, ""});
  CHECK(order_of("$/setTrace", H::notification, {}) == Order{K::freestanding, ""});
}

TEST_CASE("ordering: mutations of one plan run one after another, those of another plan beside them") {
  Bench bench;
  bench.submit("spawn a", {K::plan_mutation, "a"});
  bench.submit("rollback a", {K::plan_mutation, "a"});
  bench.submit("spawn b", {K::plan_mutation, "b"});
  bench.submit("status a", {K::plan_query, "a"});
  CHECK(bench.started == std::vector<std::string>{"spawn a", "spawn b", "status a"});
  bench.finish("spawn a");
  CHECK(bench.started.back() == "rollback a");
}

TEST_CASE("ordering: nothing but a mutation waits for a mutation that still stands in the queue") {
  Bench bench;
  bench.submit("apply a", {K::plan_mutation, "a"});
  bench.submit("undo", {K::repository_mutation, ""});
  bench.submit("hover", {K::document_request, "file:///x"});
  bench.submit("didChange", {K::document_update, "file:///x"});
  bench.finish("didChange");
  bench.submit("status a", {K::plan_query, "a"});
  bench.submit("folders", {K::global_change, ""});
  // Folders are changed at once too, so nothing later stands behind them.
  CHECK(bench.started == std::vector<std::string>{"apply a", "hover", "didChange", "status a", "folders"});
  bench.finish("folders");
  bench.finish("apply a");
  CHECK(bench.started.back() == "undo");
}

TEST_CASE("ordering: typing and queries do not wait for a mutation that asks the user") {
  Bench bench;
  bench.submit("rollback a", {K::plan_mutation, "a"});
  bench.submit("didChange", {K::document_update, "file:///x"});
  bench.submit("status a", {K::plan_query, "a"});
  bench.submit("codeLens", {K::document_request, "file:///x"});
  bench.submit("shutdown", {K::freestanding, ""});
  CHECK(bench.started == std::vector<std::string>{"rollback a", "didChange", "status a", "shutdown"});
  bench.finish("didChange");
  CHECK(bench.started.back() == "codeLens");
}

TEST_CASE("ordering: everything waits for initialize, in order") {
  Bench bench;
  bench.submit("initialize", {K::global_change, ""});
  bench.submit("didOpen", {K::document_update, "file:///x"});
  bench.submit("hover", {K::document_request, "file:///x"});
  bench.submit("configuration", {K::global_change, ""});
  bench.submit("status", {K::plan_query, ""});
  CHECK(bench.started == std::vector<std::string>{"initialize"});
  bench.finish("initialize");
  CHECK(bench.started == std::vector<std::string>{"initialize", "didOpen"});
  bench.finish("didOpen");
  CHECK(bench.started == std::vector<std::string>{"initialize", "didOpen", "hover", "configuration"});
  bench.finish("configuration");
  CHECK(bench.started.back() == "status");
  CHECK(bench.queue.size() == 2);
}

TEST_CASE("ordering: work that waits can be withdrawn, and what waited for it goes on") {
  Bench bench;
  bench.submit("one", {K::plan_mutation, "a"});
  bench.submit("two", {K::plan_mutation, "a"});
  bench.submit("three", {K::plan_mutation, "a"});
  CHECK_FALSE(bench.queue.withdraw(bench.numbers["one"]));
  CHECK(bench.queue.withdraw(bench.numbers["two"]));
  CHECK_FALSE(bench.queue.withdraw(bench.numbers["two"]));
  bench.finish("one");
  CHECK(bench.started == std::vector<std::string>{"one", "three"});
}

TEST_CASE("ordering: work may submit, and end at once, inside its own start") {
  OrderedQueue queue;
  std::vector<int> ran;
  queue.submit({K::plan_mutation, "a"}, [&](Turn) {
    ran.push_back(1);
    queue.submit({K::plan_mutation, "a"}, [&](Turn) { ran.push_back(2); });
    CHECK(ran == std::vector<int>{1});
  });
  CHECK(ran == std::vector<int>{1, 2});
  CHECK(queue.size() == 0);
}

TEST_CASE("ordering: a turn may outlive the queue") {
  Turn kept;
  {
    OrderedQueue queue;
    queue.submit({K::plan_mutation, "a"}, [&](Turn turn) { kept = std::move(turn); });
    queue.submit({K::plan_mutation, "a"}, [](Turn) { FAIL("must not start after the queue is gone"); });
  }
  kept.end();
}
