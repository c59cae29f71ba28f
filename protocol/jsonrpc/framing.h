// Framing: bytes to message bodies and back, without I/O.
//
// A decoder is fed bytes as they arrive, cut anywhere, and hands out whole bodies and problems in order.
// After a problem it always goes on: it discards input up to the next thing that can only be a header, so one
// bad message costs one error and no good message after it. Bodies are JSON: a Content-Length line with its
// raw line end cannot be part of one, so where it stands inside a body that body was broken off. Memory is
// bounded by the limit on a body. Not thread safe; one decoder a direction of a connection.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pland::jsonrpc {

/// One message body, not yet parsed.
struct Frame {
  std::string body;
  bool operator==(const Frame&) const = default;
};

/// Something wrong in the byte stream. A `note` was survived without loss and belongs in the log only; an
/// error lost input, and the peer should hear of it.
struct FramingProblem {
  enum class Kind {
    note,            ///< a header twice (the last wins)
    garbage,         ///< bytes that are neither header nor body; reported once per run of them
    missing_length,  ///< a header block without Content-Length
    bad_length,      ///< Content-Length is no natural number
    too_long,        ///< a body, header block or line over the limit
    truncated,       ///< the stream or the next message's header came inside a message
  };
  Kind kind = Kind::note;
  std::string message;
};

using FramingEvent = std::variant<Frame, FramingProblem>;

struct FramingLimits {
  std::size_t max_body = std::size_t{256} << 20;
  std::size_t max_header_block = std::size_t{16} << 10;
};

/// One way of putting messages on a byte stream.
class Framing {
 public:
  virtual ~Framing() = default;
  /// Appends what became complete to `events`.
  virtual void feed(std::string_view bytes, std::vector<FramingEvent>& events) = 0;
  /// The stream has ended: appends `truncated` if a message was cut off. The decoder is as new afterwards.
  virtual void finish(std::vector<FramingEvent>& events) = 0;
  /// The bytes that carry `body`.
  virtual std::string encode(std::string_view body) const = 0;
};

/// LSP's base protocol: `Content-Length: N`, an empty line, N bytes. CRLF or LF; unknown headers are skipped.
std::unique_ptr<Framing> content_length_framing(FramingLimits limits = {});

/// One JSON object a line, for agents and scripts. Blank lines are skipped.
std::unique_ptr<Framing> line_framing(FramingLimits limits = {});

}  // namespace pland::jsonrpc
