#include "protocol/lsp/text_document.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "tests/protocol/lsp/random_text.h"

using namespace pland::lsp;
using pland::jsonrpc::ErrorCode;
using E = PositionEncoding;

namespace {

constexpr const char* uri = "file:///w/a%20b.txt";

TextDocument open(std::string text, E encoding = E::utf16, std::int32_t version = 1) {
  return TextDocument({uri, "plaintext", version, std::move(text)}, encoding);
}

DidChangeTextDocumentParams change(std::int32_t version, std::vector<TextDocumentContentChangeEvent> events) {
  return {{uri, version}, std::move(events)};
}

TextDocumentContentChangeEvent replace(Position start, Position end, std::string text) {
  return {Range{start, end}, std::move(text)};
}

std::string text_of(const TextDocument& document) {
  return *document.snapshot().value().text;
}

}  // namespace

TEST_CASE("text_document: changes apply one after another, each to the outcome of the one before") {
  TextDocument document = open("one\ntwo\nthree");
  CHECK_FALSE(document.apply(change(
      2, {replace({0, 0}, {1, 0}, ""), replace({0, 3}, {0, 3}, "!\n"), replace({2, 0}, {2, 5}, "3")})));
  CHECK(text_of(document) == "two!\n\n3");
  CHECK(document.version() == 2);
  CHECK(*document.snapshot().value().lines == LineIndex("two!\n\n3"));
  CHECK(document.uri() == uri);
}

TEST_CASE("text_document: positions count in the negotiated encoding") {
  for (const auto& [encoding, column] : {std::pair{E::utf8, 4U}, {E::utf16, 2U}, {E::utf32, 1U}}) {
    TextDocument document = open("\U0001F600x", encoding);
    CHECK_FALSE(document.apply(change(2, {replace({0, column}, {0, column + 1}, "y")})));
    CHECK(text_of(document) == "\U0001F600y");
  }
}

TEST_CASE("text_document: what stood before the last whole text does not matter") {
  TextDocument document = open("old");
  CHECK_FALSE(document.apply(
      change(2, {replace({90, 0}, {91, 0}, "x"), {std::nullopt, "new"}, replace({0, 3}, {0, 3}, "er")})));
  CHECK(text_of(document) == "newer");
}

TEST_CASE("text_document: a snapshot does not change under its reader") {
  TextDocument document = open("one");
  const TextSnapshot before = document.snapshot().value();
  CHECK_FALSE(document.apply(change(2, {{std::nullopt, "two"}})));
  CHECK(*before.text == "one");
  CHECK(before.version == 1);
  CHECK(before.offset_at({0, 3}, E::utf16) == 3);
}

TEST_CASE("text_document: an edit that cannot be right drops the text until the whole of it comes again") {
  const auto drops = [](const DidChangeTextDocumentParams& bad, const std::string& why) {
    TextDocument document = open("one\ntwo\n", E::utf16, 5);
    const auto error = document.apply(bad);
    REQUIRE(error);
    CHECK(error->is(ErrorCode::content_modified));
    CHECK(error->message ==
          std::string(uri) + ": the text was dropped because " + why + "; close and reopen the document");
    CHECK(document.dropped());
    const auto later = document.snapshot();
    REQUIRE_FALSE(later.ok());
    CHECK(later.error() == *error);
    // An edit of what is gone changes nothing ...
    CHECK(document.apply(change(8, {replace({0, 0}, {0, 0}, "x")})));
    CHECK(document.dropped());
    // ... and the whole text heals.
    CHECK_FALSE(document.apply(change(9, {{std::nullopt, "all of it"}})));
    CHECK(text_of(document) == "all of it");
  };
  drops(change(6, {replace({4, 0}, {4, 0}, "x")}),
        "an edit of version 6 does not fit it: the range 4:0-4:0 begins past the end of a text of 3 lines");
  drops(change(6, {replace({1, 2}, {1, 1}, "x")}),
        "an edit of version 6 does not fit it: the range 1:2-1:1 ends before it begins");
  drops(change(4, {replace({0, 0}, {0, 0}, "x")}), "its version went back from 5 to 4");
}

TEST_CASE(
    "text_document: Neovim's line past a last line without line end, and ends past the end, are clamped") {
  TextDocument document = open("one\ntwo");
  CHECK_FALSE(document.apply(change(2, {replace({2, 0}, {2, 0}, "\nthree")})));
  CHECK(text_of(document) == "one\ntwo\nthree");
  CHECK_FALSE(document.apply(change(3, {replace({1, 0}, {999, 0}, "end")})));
  CHECK(text_of(document) == "one\nend");
  CHECK_FALSE(document.apply(change(4, {replace({0, 2}, {0, 999}, "!")})));
  CHECK(text_of(document) == "on!\nend");
}

TEST_CASE("text_document: a failed change is all or nothing") {
  TextDocument document = open("one");
  CHECK(document.apply(change(2, {replace({0, 0}, {0, 3}, "two"), replace({7, 0}, {7, 0}, "x")})));
  CHECK(document.dropped());
  CHECK(document.version() == 1);
}

TEST_CASE("text_document: random edits equal replacing in a plain string") {
  const bool holds = rc::check([] {
    const E encoding = *rc::gen::element(E::utf8, E::utf16, E::utf32);
    std::string expected = *random_text(true);
    TextDocument document = open(expected, encoding);
    for (std::int32_t version = 2; version < 6; ++version) {
      std::vector<TextDocumentContentChangeEvent> events;
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
        const std::string inserted = *random_text(true);
        if (*rc::gen::inRange(0, 10) == 0) {
          expected = inserted;
          events.push_back({std::nullopt, inserted});
          continue;
        }
        // Random bytes, rounded to where an editor could put its cursor.
        const LineIndex lines(expected);
        const auto cursor = [&] {
          const auto byte = *rc::gen::inRange<std::size_t>(0, expected.size() + 1);
          return position_at(expected, lines, byte, encoding);
        };
        Position start = cursor();
        Position end = cursor();
        if (end < start) std::swap(start, end);
        const std::size_t from = offset_at(expected, lines, start, encoding);
        const std::size_t to = offset_at(expected, lines, end, encoding);
        expected = expected.substr(0, from) + inserted + expected.substr(to);
        events.push_back({Range{start, end}, inserted});
      }
      RC_ASSERT(!document.apply(change(version, events)));
      const TextSnapshot snapshot = document.snapshot().value();
      RC_ASSERT(*snapshot.text == expected);
      RC_ASSERT(*snapshot.lines == LineIndex(expected));
      RC_ASSERT(snapshot.version == version);
    }
  });
  CHECK(holds);
}
