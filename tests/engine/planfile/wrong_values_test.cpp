// Every key of action and profile files with every wrong value: one problem each, at that value, naming the
// key. Generated from the key table, so that a new key is tested as soon as it is there.
#include <doctest/doctest.h>

#include "engine/planfile/action_document.h"
#include "engine/planfile/key_table.h"
#include "engine/planfile/profile_document.h"
#include "tests/engine/planfile/problem_cases.h"

using namespace pland::engine;
using namespace pland::engine::planfile;

namespace {

struct Wrong {
  std::string value;
  std::string code = "bad-value";
};

std::vector<Wrong> wrong_values(const KeyInfo& key) {
  const std::vector<Wrong> bad_names{{"1x", "bad-name"},
                                     {"'a b'", "bad-name"},
                                     {"local/2", "bad-name"},
                                     {"a/b/c", "bad-name"},
                                     {"''", "bad-name"},
                                     {"[a]"},
                                     {"{a: b}"},
                                     {""}};
  switch (key.type) {
    case ValueType::text:
      return {{"[a]"}, {"{a: b}"}, {""}, {"\"a\\0b\""}};
    case ValueType::namespaced_name:
    case ValueType::reference:
    case ValueType::full_name:
    case ValueType::plain_name:
      return bad_names;
    case ValueType::choice:
      return {{"zzzzzz"}, {"[a]"}, {"{a: b}"}, {""}, {"1"}};
    case ValueType::boolean:
      return {{"maybe"}, {"yes"}, {"1"}, {"'true'"}, {"[true]"}, {"{a: b}"}, {""}};
    case ValueType::integer:
      return {{"x"}, {"1.5"}, {"'3'"}, {"-1"}, {"99999999999"}, {"[1]"}, {"{a: b}"}, {""}};
    case ValueType::fraction:
      return {{"x"}, {"-0.1"}, {"1.1"}, {"'0.5'"}, {".inf"}, {"nan"}, {"[1]"}, {"{a: b}"}, {""}};
    case ValueType::amount:
      return {{"x"}, {"0"}, {"-1"}, {"'1'"}, {"inf"}, {"[1]"}, {"{a: b}"}, {""}};
    case ValueType::text_list:
    case ValueType::argument_list:
    case ValueType::invariant_list:
      return {{"x"}, {"{a: b}"}, {"3"}};
    case ValueType::mapping:
      return {{"x"}, {"[a]"}};
    case ValueType::schema:
      return {{"x"}, {"[a]"}, {"3"}, {""}};
    case ValueType::profile_name:
      return {{"zzzzzz"}, {"trustd"}, {"team/1", "bad-name"}, {"system/x", "bad-name"}, {"[ci]"},
              {"{a: b}"}, {""}};
    default:
      return {};
  }
}

/// A file that is right but for its last line, which is yet to come: a key of `section`, indented.
std::string beginning(FileKind kind, Section section, std::string_view without) {
  const auto line = [&](std::string_view key, std::string_view value) {
    return key == without ? std::string() : std::string(key) + ": " + std::string(value) + "\n";
  };
  const bool top = section == sections(kind).front();
  if (kind == FileKind::profile) {
    std::string text = top ? line("name", "team/a") : "name: team/a\n";
    return top ? text : text + std::string(to_string(section)) + ":\n";
  }
  std::string text;
  for (const std::string_view key : {"name", "strategy_actor", "execution_actor", "definition_of_done"}) {
    if (!top || key != without) text += std::string(key) + ": local/a\n";
  }
  if (section == Section::argument) {
    const std::string type = without == "values" ? "choice" : "string";
    text += "arguments:\n  - description: first\n";
    if (without != "name") text += "    name: a\n";
    if (without != "type") text += "    type: " + type + "\n";
  } else if (section == Section::invariant) {
    text += "invariants:\n  - non_overridable: true\n";
    if (without == "non_overridable") text = text.replace(text.find("non_overridable"), 21, "check: make");
    if (without != "text") text += "    text: x\n";
  } else if (section == Section::safety) {
    text += "safety_profile:\n";
  }
  return text;
}

Document read(FileKind kind, const std::string& text, bool& good) {
  if (kind == FileKind::action) {
    ActionDocument document = parse_action(text);
    good = document.action.has_value();
    return document;
  }
  ProfileDocument document = parse_profile(text);
  good = document.profile.has_value();
  return document;
}

}  // namespace

TEST_CASE("planfile: every key of actions and profiles with every wrong value") {
  int tried = 0;
  for (const FileKind kind : {FileKind::action, FileKind::profile}) {
    for (const Section section : sections(kind)) {
      for (const std::string_view name : key_names(section)) {
        if (section == Section::argument && name == "description") continue;  // holds the entry open
        const KeyInfo& key = *find_key(section, name);
        for (const Wrong& wrong : wrong_values(key)) {
          ++tried;
          const bool top = section == sections(kind).front();
          const std::string indent = top                                                             ? ""
                                     : section == Section::argument || section == Section::invariant ? "    "
                                                                                                     : "  ";
          std::string text = beginning(kind, section, name) + indent;
          const std::size_t key_at = text.size();
          text += std::string(name) + ":";
          const Extent key_place{key_at, text.size() - 1};
          text += wrong.value.empty() ? "" : " " + wrong.value;
          const Extent place =
              wrong.value.empty() ? key_place : Extent{text.size() - wrong.value.size(), text.size()};
          text += "\n";
          CAPTURE(text);
          bool good = true;
          const Document document = read(kind, text, good);
          const std::string got = told(document, text);
          CAPTURE(got);
          CHECK_FALSE(good);
          REQUIRE(document.problems.size() == 1);
          const Problem& problem = document.problems.front();
          const bool is_name = wrong.code == "bad-name" || key.type == ValueType::full_name;
          CHECK((problem.code == wrong.code || (is_name && problem.code == "bad-name")));
          CHECK(problem.range == LineIndex(text).range(place));
          if (problem.code == "bad-value" && key.type != ValueType::schema) {
            CHECK(problem.message.find("'" + std::string(name) + "'") != std::string::npos);
          }
          CHECK(problem.message.find('\n') == std::string::npos);
        }
      }
    }
  }
  CHECK(tried > 300);
}

TEST_CASE("planfile: every key of actions and profiles, mistyped and given twice") {
  for (const FileKind kind : {FileKind::action, FileKind::profile}) {
    for (const Section section : sections(kind)) {
      for (const std::string_view name : key_names(section)) {
        const bool top = section == sections(kind).front();
        const std::string indent = top                                                             ? ""
                                   : section == Section::argument || section == Section::invariant ? "    "
                                                                                                   : "  ";
        std::string typo(name);
        std::swap(typo[1], typo[2]);
        if (typo == name) typo = std::string(name) + "x";
        std::string text = beginning(kind, section, "") + indent;
        const std::size_t at = text.size();
        text += typo + ": x\n";
        CAPTURE(text);
        bool good = true;
        const Document document = read(kind, text, good);
        const std::string got = told(document, text);
        CAPTURE(got);
        REQUIRE(document.problems.size() == 1);
        const Problem& problem = document.problems.front();
        CHECK(problem.code == "unknown-key");
        CHECK(problem.range.begin == at);
        CHECK(problem.range.end == at + typo.size());
        CHECK(problem.hint == "did you mean '" + std::string(name) + "'?");
        CHECK(problem.replacement == std::string(name));
      }
    }
  }
}
