// Bad states cannot be reached from the wire: random verbs with random ids and members against a live
// session, each message judged by the conformance validator, and after each step every plan in a place that a
// plan can be in.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <array>

#include "engine/model/transitions.h"
#include "server/verbs.h"
#include "tests/server/support/project.h"
#include "tests/server/support/session_rig.h"

using namespace pland;
using pland::test::Json;
using pland::test::SessionRig;

namespace {

constexpr const char* kPlan = R"(
plan: local/random
goal: g
subplan_defaults: {retry_failed: false}
subplans:
  - {name: good, goal: g, run: "echo good > good.txt"}
  - {name: clash, goal: g, run: "echo one > list.txt"}
  - {name: clash2, goal: g, run: "echo two > list.txt"}
  - {name: bad, goal: g, run: "exit 3"}
  - name: outer
    goal: g
    subplans:
      - {name: inner, goal: g, tools: [{builtin/write_file: {path: inner.txt, content: i}}]}
)";

/// Every id that an answer or notification has shown so far.
class Ids {
 public:
  void learn(const Json& json) {
    if (json.is_array()) {
      for (const Json& item : json) learn(item);
    } else if (json.is_object()) {
      for (const auto& [key, value] : json.items()) {
        if (key.ends_with("Id") && value.is_string()) known_[key].push_back(value.get<std::string>());
        learn(value);
      }
    }
  }
  /// Mostly one of the right kind, sometimes of another, sometimes none that ever was.
  Json any(const std::string& member) const {
    const int luck = *rc::gen::inRange(0, 12);
    if (luck == 0) return "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    if (luck == 1) return *rc::gen::element(Json(""), Json("x"), Json(7), Json(nullptr), Json::array());
    const std::string kind = luck == 2 ? "checkpointId" : member;
    const auto found = known_.find(kind);
    if (found == known_.end()) return "none-yet";
    return *rc::gen::elementOf(found->second);
  }

 private:
  std::map<std::string, std::vector<std::string>> known_;
};

Json random_value(const std::string& member, const Ids& ids, const std::string& uri) {
  if (member.ends_with("Id")) return ids.any(member);
  if (member == "uri") return uri;
  if (member == "confirmed") return true;
  if (member == "resolution")
    return *rc::gen::element(Json("ours"), Json("theirs"), Json("both"), Json("maybe"));
  if (member == "paths")
    return *rc::gen::element(Json::array(), Json::array({"list.txt"}), Json::array({"none"}));
  if (member == "toPhase") return *rc::gen::element(Json("strategize"), Json("apply"));
  if (member == "hunk" || member == "attempt" || member == "after" || member == "limit")
    return *rc::gen::element(Json(0), Json(1), Json(-1), Json(99));
  if (member == "label" || member == "reason" || member == "content") return "some text";
  return *rc::gen::element(Json(true), Json(false));
}

Json random_params(const server::Verb& verb, const Ids& ids, const std::string& uri) {
  Json params = Json::object();
  for (const std::string_view member : verb.members()) {
    if (*rc::gen::inRange(0, 5) < 2) continue;
    params[std::string(member)] = random_value(std::string(member), ids, uri);
  }
  params.erase("show");  // an editor's windows are another test's
  return params;
}

std::string check_places(const Json& status) {
  for (const Json& plan : status["plans"]) {
    const auto phase = engine::parse_phase(plan["phase"].get<std::string>());
    const auto state = engine::parse_processing_state(plan["state"].get<std::string>());
    if (!phase.ok() || !state.ok()) return "no such phase or state";
    if (!engine::is_consistent({*phase, *state}))
      return "a plan is " + plan["phase"].get<std::string>() + "/" + plan["state"].get<std::string>();
  }
  return "";
}

}  // namespace

TEST_CASE("random verbs: no sequence of them reaches a bad state, ends the session or breaks the protocol") {
  const bool held = rc::check("random verbs", [] {
    test::Project project(kPlan);
    SessionRig& rig = *project.rig;
    const std::string uri = rig.editor().uri("x.plan.yaml");
    Ids ids;
    ids.learn(rig.editor().ask("pland/spawn", {{"uri", uri}}));
    const int steps = *rc::gen::inRange(1, 25);
    for (int i = 0; i < steps; ++i) {
      const server::Verb& verb = server::verbs()[static_cast<std::size_t>(
          *rc::gen::inRange(0, static_cast<int>(server::verbs().size())))];
      const std::string method = "pland/" + std::string(verb.name);
      const Json params = random_params(verb, ids, uri);
      const auto reply = rig.editor().await(rig.editor().request(method, params));
      if (reply.error.is_null()) {
        ids.learn(reply.result);
      } else {
        const int code = reply.error["code"].get<int>();
        const bool polite = code == -32803 || code == -32602 || code == -32800;
        if (!polite) RC_FAIL(method + " " + params.dump() + ": " + reply.error.dump());
      }
      if (*rc::gen::inRange(0, 3) == 0) rig.sync();
      const Json status = rig.editor().ask("pland/status");
      ids.learn(status);
      ids.learn(rig.editor().ask("pland/checkpoints"));
      ids.learn(rig.editor().ask("pland/conflicts"));
      const std::string bad = check_places(status);
      if (!bad.empty()) RC_FAIL("after " + method + " " + params.dump() + ": " + bad);
    }
    rig.sync();
    rig.editor().finish();
  });
  CHECK(held);
}
