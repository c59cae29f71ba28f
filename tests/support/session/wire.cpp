#include "tests/support/session/wire.h"

#include <charconv>
#include <stdexcept>

namespace pland::session {

namespace {
constexpr std::string_view header = "Content-Length: ", blank_line = "\r\n\r\n";
}

std::string frame(std::string_view body) {
  return std::string(header) + std::to_string(body.size()) + std::string(blank_line) + std::string(body);
}

std::optional<std::string> FrameReader::next() {
  auto refuse = [&] { throw std::runtime_error("no frame: " + buffer_.substr(0, 200)); };
  if (buffer_.empty()) return std::nullopt;
  const std::size_t shown = std::min(buffer_.size(), header.size());
  if (std::string_view(buffer_).substr(0, shown) != header.substr(0, shown)) refuse();
  const std::size_t end = buffer_.find(blank_line);
  if (end == std::string::npos) return std::nullopt;
  std::size_t length = 0;
  const char* const digits = buffer_.data() + header.size();
  const auto [stopped, failure] = std::from_chars(digits, buffer_.data() + end, length);
  // Only this one header: there is no reason for a server to send another.
  if (failure != std::errc() || stopped != buffer_.data() + end) refuse();
  const std::size_t start = end + blank_line.size();
  if (buffer_.size() - start < length) return std::nullopt;
  std::string body = buffer_.substr(start, length);
  buffer_.erase(0, start + length);
  return body;
}

}  // namespace pland::session
