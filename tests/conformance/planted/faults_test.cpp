// The validator against a session that is clean, and against that session with each fault planted once.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <set>

#include "tests/conformance/planted/script.h"

using namespace pland::conformance;
using namespace pland::conformance::planted;

namespace {

std::vector<Fault> all_faults() {
  std::vector<Fault> all = message_faults();
  for (const auto& more : {lifecycle_faults(), document_faults()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::string names(const std::vector<Check>& checks) {
  std::string text;
  for (const Check check : checks) text += (text.empty() ? "" : ", ") + std::string(name_of(check));
  return text;
}

std::string names(const std::vector<Violation>& violations) {
  std::vector<Check> checks;
  for (const Violation& violation : violations) checks.push_back(violation.check);
  return names(checks);
}

}  // namespace

TEST_CASE("a clean session has no violations, in any encoding") {
  for (const Encoding encoding : {Encoding::utf8, Encoding::utf16, Encoding::utf32}) {
    INFO(std::string(name_of(encoding)));
    const Run run = play(clean_session(encoding));
    CHECK(to_string(run.server) == "");
    CHECK(to_string(run.client) == "");
  }
}

// One violation and no other: without its check, the fault would go unseen.
TEST_CASE("each planted fault is found, once, and nothing else") {
  for (const Fault& fault : all_faults()) {
    INFO(std::string(fault.name));
    Script script = clean_session(fault.encoding);
    fault.plant(script);
    const Run run = play(script);
    const auto& guilty = fault.clients_fault ? run.client : run.server;
    const auto& other = fault.clients_fault ? run.server : run.client;
    const std::string lines = to_string(guilty);
    INFO(lines);
    CHECK(names(guilty) == name_of(fault.check));
    CHECK(lines.find(fault.text) != std::string::npos);
    CHECK_MESSAGE(names(other) == names(fault.clients_part), to_string(other));
  }
}

TEST_CASE("no check of the validator is without a planted fault") {
  std::set<Check> planted;
  for (const Fault& fault : all_faults()) planted.insert(fault.check);
  for (const Check check : all_checks()) CHECK_MESSAGE(planted.contains(check), name_of(check));
  CHECK(static_cast<std::size_t>(all_checks().back()) + 1 == all_checks().size());
}

// Whatever a broken server sends, the validator reports it and goes on.
TEST_CASE("no message makes the validator throw") {
  CHECK(rc::check("any part of any message replaced by anything", [] {
    static const Json junk[] = {nullptr,
                                true,
                                -1,
                                0.5,
                                "",
                                "x",
                                Json::array(),
                                Json::object(),
                                list(1, "a"),
                                Json{{"uri", 1}, {"kind", "begin"}}};
    Script script = clean_session();
    for (int i = 0; i < 2; ++i) {
      Json& message = script.entries_[*rc::gen::inRange<std::size_t>(0, script.entries_.size())].message;
      const Json flat = message.flatten();
      auto chosen = flat.begin();
      std::advance(chosen, *rc::gen::inRange<std::size_t>(0, flat.size()));
      Json::json_pointer at(chosen.key());
      // Climb, so that whole structures are replaced too.
      for (int up = *rc::gen::inRange(0, 4); up > 0 && !at.empty(); --up) at = at.parent_pointer();
      message[at] = junk[*rc::gen::inRange<std::size_t>(0, std::size(junk))];
      RC_LOG() << message.dump() << std::endl;
    }
    play(script);
  }));
}

TEST_CASE("a lost connection owes nothing") {
  Script script = clean_session();
  while (script.entries_.back().label != "report") script.entries_.pop_back();
  CHECK(to_string(play(script, Ending::connection_lost).server) == "");
  CHECK(to_string(play(script, Ending::connection_lost).client) == "");
  CHECK(names(play(script).server) == name_of(Check::progress_not_ended));
}
