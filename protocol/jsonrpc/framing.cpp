#include "protocol/jsonrpc/framing.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace pland::jsonrpc {
namespace {

constexpr std::string_view length_header = "content-length:";
constexpr std::size_t max_number_digits = 20;
constexpr std::size_t max_blanks = 16;
constexpr std::size_t first_reservation = std::size_t{1} << 20;  // never trust a length with memory

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

/// The characters RFC 9110 allows in a header name.
bool is_token_char(char c) {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, 40)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte >= 0x20 && byte < 0x7f ? c : '.';
  }
  return out + (text.size() > 40 ? "...\"" : "\"");
}

struct Match {
  enum class Kind { none, partial, full } kind;
  std::size_t position;  ///< where the header (or its possible beginning) is
};

/// Does `text` start with a Content-Length line that can be nothing else: digits and then a raw line end?
/// Inside a JSON body a line end in a string is always escaped, so a body cannot forge it.
Match::Kind match_length_line(std::string_view text) {
  std::size_t i = 0;
  for (; i < length_header.size(); ++i) {
    if (i == text.size()) return Match::Kind::partial;
    if (lower(text[i]) != length_header[i]) return Match::Kind::none;
  }
  const auto skip = [&](auto accepts, std::size_t limit) {
    const std::size_t begin = i;
    while (i < text.size() && i - begin < limit && accepts(text[i])) ++i;
    return i - begin;
  };
  skip(is_blank, max_blanks);
  if (i == text.size()) return Match::Kind::partial;
  if (skip(is_digit, max_number_digits) == 0) return Match::Kind::none;
  skip(is_blank, max_blanks);
  if (i == text.size()) return Match::Kind::partial;
  return text[i] == '\r' || text[i] == '\n' ? Match::Kind::full : Match::Kind::none;
}

Match find_length_line(std::string_view text) {
  for (std::size_t at = 0; (at = text.find_first_of("cC", at)) != std::string_view::npos; ++at) {
    const Match::Kind kind = match_length_line(text.substr(at));
    if (kind != Match::Kind::none) return {kind, at};
  }
  return {Match::Kind::none, text.size()};
}

/// Longer than any Content-Length line that is looked for.
constexpr std::size_t max_length_line = length_header.size() + 2 * max_blanks + max_number_digits + 2;

/// Where the Content-Length line begins that ends `text`, which ends in a line feed; npos when there is none.
std::size_t length_line_at_end(std::string_view text) {
  const std::size_t skipped = text.size() - std::min(text.size(), max_length_line);
  std::string_view line = text.substr(skipped);
  line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
  const std::size_t digits_end = line.size();
  while (!line.empty() && is_digit(line.back())) line.remove_suffix(1);
  if (line.size() == digits_end) return std::string_view::npos;
  while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
  if (line.size() < length_header.size()) return std::string_view::npos;
  const std::size_t begin = line.size() - length_header.size();
  return equal_ignoring_case(line.substr(begin), length_header) ? skipped + begin : std::string_view::npos;
}

class ContentLengthFraming final : public Framing {
 public:
  explicit ContentLengthFraming(FramingLimits limits) : limits_(limits) {}

  void feed(std::string_view bytes, std::vector<FramingEvent>& events) override {
    while (!bytes.empty()) {
      if (state_ == State::body && pending().empty()) {
        bytes.remove_prefix(collect_body(bytes));
        end_body(0, events);
        continue;
      }
      // In pieces, so that a flood of garbage cannot grow the buffer.
      const std::string_view piece = bytes.substr(0, limits_.max_header_block);
      pending_ += piece;
      bytes.remove_prefix(piece.size());
      while (step(events)) {
      }
      pending_.erase(0, head_);
      scan_ -= std::min(scan_, head_);
      head_ = 0;
    }
  }

  void finish(std::vector<FramingEvent>& events) override {
    if (state_ == State::body) {
      report(events, FramingProblem::Kind::truncated,
             "the stream ended after " + std::to_string(body_.size()) + " of " +
                 std::to_string(body_length_) + " bytes of a message");
    } else if (state_ == State::header && !pending().empty()) {
      report(events, FramingProblem::Kind::truncated, "the stream ended inside a message header");
    }
    pending_.clear();
    body_.clear();
    head_ = 0;
    enter(State::header);
  }

  std::string encode(std::string_view body) const override {
    std::string out = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    out += body;
    return out;
  }

 private:
  enum class State { header, body, resync };

  static void report(std::vector<FramingEvent>& events, FramingProblem::Kind kind, std::string message) {
    events.push_back(FramingProblem{kind, std::move(message)});
  }

  std::string_view pending() const { return std::string_view(pending_).substr(head_); }

  void enter(State state) {
    state_ = state;
    scan_ = head_;
    headers_seen_ = false;
    length_text_.reset();
  }

  /// Advances as far as one state goes; false when more bytes are needed.
  bool step(std::vector<FramingEvent>& events) {
    switch (state_) {
      case State::header:
        return step_header(events);
      case State::body: {
        if (pending().empty()) return false;
        const std::size_t count = collect_body(pending());
        head_ += count;
        end_body(count, events);
        return true;
      }
      case State::resync:
        return step_resync();
    }
    return false;
  }

  bool step_header(std::vector<FramingEvent>& events);
  void end_header_block(std::size_t after_block, std::vector<FramingEvent>& events);

  bool step_resync() {
    const Match match = find_length_line(pending());
    head_ += match.position;
    if (match.kind != Match::Kind::full) return false;
    enter(State::header);
    return true;
  }

  /// Takes bytes of the body up to its end or up to the end of a header inside it; how many.
  std::size_t collect_body(std::string_view bytes) {
    bytes = bytes.substr(0, body_length_ - body_.size());
    std::size_t taken = 0;
    for (std::size_t end = 0; (end = bytes.find('\n', taken)) != std::string_view::npos; taken = end) {
      body_ += bytes.substr(taken, ++end - taken);
      next_header_ = length_line_at_end(body_);
      if (next_header_ != std::string::npos) return end;
    }
    body_ += bytes.substr(taken);
    return bytes.size();
  }

  void end_body(std::size_t from_pending, std::vector<FramingEvent>& events);
  void give_back(std::string_view bytes, std::size_t from_pending);

  const FramingLimits limits_;
  State state_ = State::header;
  std::string pending_;   ///< bytes not yet decided on, from head_
  std::size_t head_ = 0;  ///< in state header: where the header block begins
  std::size_t scan_ = 0;  ///< start of the header line being read
  bool headers_seen_ = false;
  std::optional<std::string> length_text_;
  std::size_t body_length_ = 0;
  std::string body_;
  std::size_t next_header_ = std::string::npos;  ///< where in body_ the next message's header begins
};

bool ContentLengthFraming::step_header(std::vector<FramingEvent>& events) {
  while (true) {
    const std::size_t end = pending_.find('\n', scan_);
    if (end == std::string::npos || end - head_ > limits_.max_header_block) {
      if (pending_.size() - head_ <= limits_.max_header_block) return false;
      report(events, FramingProblem::Kind::too_long,
             "a message header is longer than " + std::to_string(limits_.max_header_block) +
                 " bytes; skipping to the next Content-Length header");
      head_ = std::max(scan_, head_ + 1);  // from here on nothing that was already read as a header
      enter(State::resync);
      return true;
    }
    std::string_view line = std::string_view(pending_).substr(scan_, end - scan_);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) {
      if (headers_seen_) {
        end_header_block(end + 1, events);
        return true;
      }
      head_ = end + 1;  // an empty line between messages harms nobody
      enter(State::header);
      continue;
    }
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    if (colon == std::string_view::npos || name.empty() ||
        !std::all_of(name.begin(), name.end(), is_token_char)) {
      report(events, FramingProblem::Kind::garbage,
             "expected a header such as \"Content-Length: 42\", found " + quoted(line) +
                 "; skipping to the next Content-Length header");
      head_ = scan_;
      enter(State::resync);
      return true;
    }
    if (equal_ignoring_case(name, length_header.substr(0, length_header.size() - 1))) {
      if (length_text_) {
        report(events, FramingProblem::Kind::note,
               "Content-Length is given twice in one header; the last wins");
      }
      length_text_ = std::string(trim(line.substr(colon + 1)));
    }
    headers_seen_ = true;
    scan_ = end + 1;
  }
}

void ContentLengthFraming::end_header_block(std::size_t after_block, std::vector<FramingEvent>& events) {
  if (!length_text_) {
    report(events, FramingProblem::Kind::missing_length,
           "a message header has no Content-Length; skipping to the next one that has");
    // Searched from the block's own beginning: garbage in front of a good header may have looked like the
    // name of another.
    enter(State::resync);
    return;
  }
  const std::string text = *length_text_;
  head_ = after_block;
  const bool natural = !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
  if (!natural) {
    report(
        events, FramingProblem::Kind::bad_length,
        "Content-Length is " + quoted(text) + ", expected a number of bytes; skipping to the next message");
    enter(State::resync);
    return;
  }
  std::size_t length = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), length);
  if (parsed.ec != std::errc() || length > limits_.max_body) {
    report(events, FramingProblem::Kind::too_long,
           "a message of " + text + " bytes is over the limit of " + std::to_string(limits_.max_body) +
               "; skipping to the next message");
    enter(State::resync);
    return;
  }
  enter(State::body);
  body_length_ = length;
  body_.reserve(std::min(length, first_reservation));
  end_body(0, events);
}

/// Hands out the body when it is whole. A Content-Length line inside it begins the next message: JSON cannot
/// hold a raw line end in a string, nor these words outside of one, so the sender broke off what it
/// announced.
void ContentLengthFraming::end_body(std::size_t from_pending, std::vector<FramingEvent>& events) {
  if (next_header_ != std::string::npos) {
    report(events, FramingProblem::Kind::truncated,
           "a message ends after " + std::to_string(next_header_) + " of " + std::to_string(body_length_) +
               " bytes; going on at the header that follows");
    give_back(std::string_view(body_).substr(std::exchange(next_header_, std::string::npos)), from_pending);
    body_.clear();
    return enter(State::header);
  }
  if (body_.size() < body_length_) return;
  // No JSON object ends with the beginning of a header. If the announced length cuts one in two, the whole of
  // it is looked for; the body itself will be refused by whoever parses it.
  const std::size_t end_size = std::min(body_.size(), max_length_line);
  const std::string_view end = std::string_view(body_).substr(body_.size() - end_size);
  const Match cut = find_length_line(end);
  const bool is_cut = cut.kind != Match::Kind::none;
  if (is_cut) give_back(end.substr(cut.position), from_pending);
  events.push_back(Frame{std::exchange(body_, {})});
  enter(is_cut ? State::resync : State::header);
}

/// Puts the last bytes of the body, of which `from_pending` came from pending_, in front of what is pending.
void ContentLengthFraming::give_back(std::string_view bytes, std::size_t from_pending) {
  if (bytes.size() <= from_pending) {
    head_ -= bytes.size();
    return;
  }
  pending_.replace(0, head_, bytes);
  head_ = 0;
}

class LineFraming final : public Framing {
 public:
  explicit LineFraming(FramingLimits limits) : limits_(limits) {}

  void feed(std::string_view bytes, std::vector<FramingEvent>& events) override {
    while (!bytes.empty()) {
      const std::size_t end = bytes.find('\n');
      const std::string_view piece = bytes.substr(0, end);
      if (!discarding_ && line_.size() + piece.size() > limits_.max_body) {
        events.push_back(FramingProblem{FramingProblem::Kind::too_long,
                                        "a line is longer than " + std::to_string(limits_.max_body) +
                                            " bytes; skipping to the next line"});
        line_ = {};
        discarding_ = true;
      }
      if (!discarding_) line_ += piece;
      if (end == std::string_view::npos) return;
      bytes.remove_prefix(end + 1);
      if (!discarding_) hand_out(events);
      discarding_ = false;
    }
  }

  void finish(std::vector<FramingEvent>& events) override {
    // A last line without its line end is whole: scripts often end so.
    if (!discarding_) hand_out(events);
    discarding_ = false;
  }

  std::string encode(std::string_view body) const override {
    std::string out(body);
    // Line ends are only white space between JSON tokens; inside strings they are always escaped.
    std::replace_if(
        out.begin(), out.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return out + '\n';
  }

 private:
  void hand_out(std::vector<FramingEvent>& events) {
    const bool blank =
        std::all_of(line_.begin(), line_.end(), [](char c) { return is_blank(c) || c == '\r'; });
    if (!blank) {
      if (line_.ends_with('\r')) line_.pop_back();
      events.push_back(Frame{std::move(line_)});
    }
    line_ = {};
  }

  const FramingLimits limits_;
  std::string line_;
  bool discarding_ = false;
};

}  // namespace

std::unique_ptr<Framing> content_length_framing(FramingLimits limits) {
  return std::make_unique<ContentLengthFraming>(limits);
}

std::unique_ptr<Framing> line_framing(FramingLimits limits) {
  return std::make_unique<LineFraming>(limits);
}

}  // namespace pland::jsonrpc
