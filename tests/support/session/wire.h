// The protocol's framing, written apart from the product's: Content-Length headers around UTF-8 JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pland::session {

std::string frame(std::string_view body);

// Cuts a stream of bytes, arriving in any pieces, into bodies. Strict: it reads what a server of ours writes.
class FrameReader {
 public:
  void add(std::string_view bytes) { buffer_ += bytes; }

  // The next whole body; nothing when more bytes are needed. Throws std::runtime_error that shows the bytes
  // when they are no frame (something else was written to stdout).
  std::optional<std::string> next();

 private:
  std::string buffer_;
};

}  // namespace pland::session
