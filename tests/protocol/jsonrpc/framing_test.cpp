#include "protocol/jsonrpc/framing.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

using namespace pland::jsonrpc;
using Kind = FramingProblem::Kind;

namespace {

struct Decoded {
  std::vector<std::string> bodies;
  std::vector<Kind> problems;
  std::vector<std::string> messages;
  bool operator==(const Decoded&) const = default;
};

void sort_out(const std::vector<FramingEvent>& events, Decoded& out) {
  for (const FramingEvent& event : events) {
    if (const auto* frame = std::get_if<Frame>(&event)) {
      out.bodies.push_back(frame->body);
    } else {
      out.problems.push_back(std::get<FramingProblem>(event).kind);
      out.messages.push_back(std::get<FramingProblem>(event).message);
    }
  }
}

Decoded decode(std::unique_ptr<Framing> framing, const std::vector<std::string>& pieces,
               bool finish = false) {
  Decoded out;
  for (const std::string& piece : pieces) {
    std::vector<FramingEvent> events;
    framing->feed(piece, events);
    sort_out(events, out);
  }
  if (finish) {
    std::vector<FramingEvent> events;
    framing->finish(events);
    sort_out(events, out);
  }
  return out;
}

std::string framed(const std::string& body) {
  return content_length_framing()->encode(body);
}

/// Whole, cut in two at every byte, and byte by byte: always the same bodies and problems.
void check_at_every_split(const std::string& stream, const std::vector<std::string>& bodies,
                          const std::vector<Kind>& problems, FramingLimits limits = {}) {
  const Decoded whole = decode(content_length_framing(limits), {stream});
  CAPTURE(stream);
  CHECK(whole.bodies == bodies);
  CHECK(whole.problems == problems);
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    CAPTURE(cut);
    CHECK(decode(content_length_framing(limits), {stream.substr(0, cut), stream.substr(cut)}) == whole);
  }
  std::vector<std::string> bytes;
  for (const char c : stream) bytes.emplace_back(1, c);
  CHECK(decode(content_length_framing(limits), bytes) == whole);
}

}  // namespace

TEST_CASE("framing: encodes as the base protocol says") {
  CHECK(framed("{}") == "Content-Length: 2\r\n\r\n{}");
}

TEST_CASE("framing: good streams, cut anywhere") {
  check_at_every_split(framed("{\"a\":1}"), {"{\"a\":1}"}, {});
  check_at_every_split(framed("{}") + framed("[1]") + framed("x"), {"{}", "[1]", "x"}, {});
  check_at_every_split("Content-Length: 2\n\n{}Content-Length: 1\r\n\n7", {"{}", "7"}, {});
  check_at_every_split("CONTENT-LENGTH:2\r\n\r\n{}", {"{}"}, {});
  check_at_every_split(
      "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nX-Y: z:1\r\nContent-Length:  2 \r\n\r\n{}",
      {"{}"}, {});
  check_at_every_split("\r\n\n" + framed("{}") + "\r\n" + framed("{}"), {"{}", "{}"}, {});
  check_at_every_split(framed("") + framed("{}"), {"", "{}"}, {});
  const std::string pretty = "{\n  \"text\": \"Content-Length: 3\\r\\n\\r\\n\",\r\n  \"n\": 3\n}\n";
  check_at_every_split(framed(pretty) + framed("{}"), {pretty, "{}"}, {});
}

TEST_CASE("framing: Content-Length twice, the last wins with a note") {
  check_at_every_split("Content-Length: 99\r\nContent-Length: 2\r\n\r\n{}" + framed("1"), {"{}", "1"},
                       {Kind::note});
  check_at_every_split("Content-Length: 2\r\nContent-Length: no\r\n\r\n{}" + framed("1"), {"1"},
                       {Kind::note, Kind::bad_length});
}

TEST_CASE("framing: one problem for a bad message, and the next good one is served") {
  const std::string good = framed("{\"good\":1}");
  const std::vector<std::string> served = {"{\"good\":1}"};
  check_at_every_split("X: y\r\n\r\n{}" + good, served, {Kind::missing_length});
  check_at_every_split("Content-Length:\r\n\r\n{}" + good, served, {Kind::bad_length});
  check_at_every_split("Content-Length: -5\r\n\r\nhello" + good, served, {Kind::bad_length});
  check_at_every_split("Content-Length: +5\r\n\r\nhello" + good, served, {Kind::bad_length});
  check_at_every_split("Content-Length: 5x\r\n\r\nhello" + good, served, {Kind::bad_length});
  check_at_every_split("Content-Length: 0x5\r\n\r\nhello" + good, served, {Kind::bad_length});
  check_at_every_split("Content-Length: 2147483648\r\n\r\n{\"big\":1}" + good, served, {Kind::too_long});
  check_at_every_split("Content-Length: 99999999999999999999999\r\n\r\n{}" + good, served, {Kind::too_long});
  check_at_every_split("complete garbage\r\nand more of it\n\n" + good, served, {Kind::garbage});
  check_at_every_split("{\"no\":\"header\"}\n" + good, served, {Kind::garbage});
  check_at_every_split(std::string("\0\xff\xfe\x80", 4) + "\n" + good, served, {Kind::garbage});
}

TEST_CASE("framing: resynchronises on a header that follows garbage on the same line") {
  const std::string good = framed("{\"good\":1}");
  check_at_every_split("}}" + good, {"{\"good\":1}"}, {Kind::garbage});
  check_at_every_split("xyz" + good, {"{\"good\":1}"}, {Kind::missing_length});
  // Content-Length one byte too short: its body is cut, and the message after it is whole again.
  check_at_every_split("Content-Length: 1\r\n\r\n{}" + good, {"{", "{\"good\":1}"}, {Kind::garbage});
  check_at_every_split("Content-LengthContent-Length: x" + good, {"{\"good\":1}"}, {Kind::missing_length});
}

TEST_CASE("framing: text in a body cannot pass for a header while resynchronising") {
  // In JSON the line end after the number is escaped, so this is no header.
  const std::string body = R"({"text":"Content-Length: 3\r\n\r\nabc Content-Length: 12 Content-Length:"})";
  check_at_every_split("Content-Length: 9999999999\r\n\r\n" + body + framed("1"), {"1"}, {Kind::too_long});
}

TEST_CASE("framing: a body that breaks off costs one error and none of the messages after it") {
  const std::string good = framed("{\"good\":1}");
  const std::vector<std::string> served = {"{\"good\":1}", "[2]"};
  const std::string rest = good + framed("[2]");
  check_at_every_split("Content-Length: 200\r\n\r\n{\"json" + rest, served, {Kind::truncated});
  check_at_every_split("Content-Length: 200\r\n\r\n" + rest, served, {Kind::truncated});
  check_at_every_split("Content-Length: 200\n\n{\"a\": \"c\nConte" + rest, served, {Kind::truncated});
  check_at_every_split("Content-Length: 200\r\n\r\n{\"a\"Content-Length: 300\r\n\r\n[" + rest, served,
                       {Kind::truncated, Kind::truncated});
  CHECK(decode(content_length_framing(), {"Content-Length: 200\r\n\r\n{\"json" + rest}).messages ==
        std::vector<std::string>{"a message ends after 6 of 200 bytes; going on at the header that follows"});
  // A length that cuts the next header anywhere: the body is what it says, and no message is lost.
  const std::size_t header = good.find("\r\n\r\n") + 4;
  for (std::size_t more = 1; more <= header; ++more) {
    CAPTURE(more);
    const std::string stream = "Content-Length: " + std::to_string(2 + more) + "\r\n\r\n{}" + rest;
    const Decoded decoded = decode(content_length_framing(), {stream});
    REQUIRE(decoded.bodies.size() >= 2);
    CHECK(std::vector<std::string>(decoded.bodies.end() - 2, decoded.bodies.end()) == served);
    CHECK(decoded.bodies.size() - 2 + decoded.problems.size() == 1);
    check_at_every_split(stream, decoded.bodies, decoded.problems);
  }
}

TEST_CASE("framing: limits") {
  check_at_every_split(framed("12345") + framed("123456") + framed("1"), {"12345", "1"}, {Kind::too_long},
                       {.max_body = 5, .max_header_block = 1024});
  const std::string endless(2000, 'h');
  CHECK(decode(content_length_framing({.max_body = 10, .max_header_block = 64}),
               {endless + "\r\n\r\n" + framed("1")}) ==
        Decoded{{"1"},
                {Kind::too_long},
                {"a message header is longer than 64 bytes; skipping to the next Content-Length header"}});
  std::string many;
  for (int i = 0; i < 50; ++i) many += "A: b\r\n";
  const Decoded headers =
      decode(content_length_framing({.max_body = 10, .max_header_block = 64}), {many + "\r\n" + framed("1")});
  CHECK(headers.bodies == std::vector<std::string>{"1"});
  CHECK(headers.problems == std::vector<Kind>{Kind::too_long});
}

TEST_CASE("framing: the messages name what was found and what to do") {
  const auto first = [](const std::string& stream) {
    return decode(content_length_framing(), {stream}).messages.at(0);
  };
  CHECK(first("Content-Length: 2147483648\r\n\r\n") ==
        "a message of 2147483648 bytes is over the limit of 268435456; skipping to the next message");
  CHECK(first("Content-Length: -1\r\n\r\n") ==
        "Content-Length is \"-1\", expected a number of bytes; skipping to the next message");
  CHECK(first("\x01hello\n") ==
        "expected a header such as \"Content-Length: 42\", found \".hello\"; skipping to the next "
        "Content-Length header");
}

TEST_CASE("framing: the end of the stream inside a message is reported") {
  CHECK(decode(content_length_framing(), {"Content-Length: 5\r\n\r\n12"}, true).messages ==
        std::vector<std::string>{"the stream ended after 2 of 5 bytes of a message"});
  CHECK(decode(content_length_framing(), {"Content-Le"}, true).problems ==
        std::vector<Kind>{Kind::truncated});
  CHECK(decode(content_length_framing(), {framed("{}")}, true).problems.empty());
}

TEST_CASE("framing: random bodies and random cuts come through unchanged") {
  const bool holds = rc::check([] {
    const auto bodies = *rc::gen::container<std::vector<std::string>>(rc::gen::string<std::string>());
    std::string stream;
    for (const std::string& body : bodies) stream += framed(body);
    std::vector<std::string> pieces;
    while (!stream.empty()) {
      const auto count = *rc::gen::inRange<std::size_t>(1, stream.size() + 1);
      pieces.push_back(stream.substr(0, count));
      stream.erase(0, count);
    }
    const Decoded decoded = decode(content_length_framing(), pieces);
    RC_ASSERT(decoded.bodies == bodies);
    RC_ASSERT(decoded.problems.empty());
  });
  CHECK(holds);
}

TEST_CASE("framing: after garbage made of parts of headers, a good message is served") {
  const bool holds = rc::check([] {
    const auto garbage =
        *rc::gen::container<std::string>(rc::gen::elementOf(std::string("Co-tent:Lgh 15\r\n{}\"x\0\xff")));
    // "Content-Length: N\n" cannot arise: the alphabet has no 'n'... except in "-tent", which never spells
    // it.
    const Decoded decoded = decode(content_length_framing(), {garbage + "\n" + framed("{\"good\":1}")});
    RC_ASSERT(!decoded.bodies.empty());
    RC_ASSERT(decoded.bodies.back() == "{\"good\":1}");
  });
  CHECK(holds);
}

TEST_CASE("framing: one object a line") {
  CHECK(line_framing()->encode("{\n \"a\": 1}") == "{  \"a\": 1}\n");
  const Decoded lines = decode(line_framing(), {"{\"a\"", ":1}\r\n\n  \n[2]\n{}"}, true);
  CHECK(lines.bodies == std::vector<std::string>{"{\"a\":1}", "[2]", "{}"});
  CHECK(lines.problems.empty());
  const Decoded longer =
      decode(line_framing({.max_body = 4, .max_header_block = 0}), {"123", "45", "678\nok\n"});
  CHECK(longer.bodies == std::vector<std::string>{"ok"});
  CHECK(longer.problems == std::vector<Kind>{Kind::too_long});
}
