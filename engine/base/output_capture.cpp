#include "engine/base/output_capture.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/base/utf8.h"

namespace pland::engine {

namespace {

/// Length of the terminal escape (ECMA-48) at the start of `text`, which begins with ESC.
std::size_t escape_sequence(std::string_view text) {
  if (text.size() < 2) return text.size();
  if (text[1] == '[') {  // control sequence: parameters, then one final byte
    std::size_t i = 2;
    while (i < text.size() && text[i] >= 0x20 && text[i] < 0x40) ++i;
    return std::min(i + 1, text.size());
  }
  if (text[1] == ']') {  // operating system command: up to BEL or ESC backslash
    for (std::size_t i = 2; i < text.size() && text[i] != '\n'; ++i) {
      if (text[i] == '\a') return i + 1;
      if (text[i] == '\x1b') return std::min(i + 2, text.size());
    }
  }
  return 2;
}

std::string plain_text(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < bytes.size();) {
    const char byte = bytes[i];
    if (byte == '\x1b') {
      i += escape_sequence(bytes.substr(i));
    } else if (byte == '\r') {
      const bool overwritten = i + 1 < bytes.size() && bytes[i + 1] != '\n' && bytes[i + 1] != '\r';
      if (overwritten) text.resize(line_start);
      ++i;
    } else if (byte == '\n') {
      text += '\n';
      line_start = text.size();
      ++i;
    } else if (static_cast<unsigned char>(byte) < 0x20 && byte != '\t') {
      text += "\uFFFD";
      ++i;
    } else if (const std::size_t length = utf8_length(bytes.substr(i)); length > 0) {
      text += bytes.substr(i, length);
      i += length;
    } else {
      text += "\uFFFD";
      ++i;
    }
  }
  return text;
}

}  // namespace

std::string readable_tail(std::string_view bytes, std::size_t max_bytes, std::size_t max_lines) {
  const std::string text = plain_text(bytes);
  std::string_view rest = text;
  while (!rest.empty() && rest.back() == '\n') rest.remove_suffix(1);
  std::size_t start = rest.size();
  for (std::size_t lines = 0; lines < max_lines && start > 0; ++lines) {
    const std::size_t line_end = rest.rfind('\n', start - 1);
    const std::size_t line_start = line_end == std::string_view::npos ? 0 : line_end + 1;
    if (rest.size() - line_start > max_bytes) {
      if (lines == 0) {  // one line that is too long: its end, from the start of a character
        start = rest.size() - max_bytes;
        while (start < rest.size() && (static_cast<unsigned char>(rest[start]) & 0xC0) == 0x80) ++start;
      }
      break;
    }
    start = line_start;
    if (line_start == 0) break;
    start = line_end;
  }
  rest.remove_prefix(std::min(start, rest.size()));
  if (rest.starts_with('\n')) rest.remove_prefix(1);
  return std::string(rest);
}

OutputCapture::OutputCapture(std::size_t tail_bytes, std::size_t tail_lines)
    : tail_bytes_(tail_bytes), tail_lines_(tail_lines) {}

Result<OutputCapture> OutputCapture::into_file(const std::filesystem::path& path, std::size_t cap,
                                               std::size_t tail_bytes, std::size_t tail_lines) {
  OutputCapture capture(tail_bytes, tail_lines);
  capture.cap_ = cap;
  capture.path_ = path;
  capture.file_wanted_ = true;
  capture.file_ = UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!capture.file_) return io_error("opening the output file", path.string(), errno);
  return capture;
}

void OutputCapture::write(std::string_view bytes) {
  while (file_ && !bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      problem_ = "the output in '" + path_.string() + "' is incomplete: " + std::strerror(errno);
      file_.reset();
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void OutputCapture::append(std::string_view bytes) {
  const std::uint64_t before = total_;
  total_ += bytes.size();
  // Escapes and overwritten lines take room of their own: look a few times further back than the tail is
  // long.
  const std::size_t reach = 4 * tail_bytes_;
  recent_ += bytes.substr(bytes.size() - std::min(bytes.size(), reach));
  if (recent_.size() > 2 * reach) recent_.erase(0, recent_.size() - reach);
  if (!file_) return;

  const std::size_t head = cap_ / 2;
  if (before < head) {
    const std::size_t part = std::min<std::size_t>(bytes.size(), head - static_cast<std::size_t>(before));
    write(bytes.substr(0, part));
    bytes.remove_prefix(part);
  }
  const std::size_t room = cap_ - head;
  if (bytes.size() > room) bytes.remove_prefix(bytes.size() - room);
  while (!bytes.empty()) {
    if (ring_.size() < room) {
      const std::size_t part = std::min(bytes.size(), room - ring_.size());
      ring_ += bytes.substr(0, part);
      bytes.remove_prefix(part);
    } else {
      const std::size_t part = std::min(bytes.size(), room - ring_next_);
      ring_.replace(ring_next_, part, bytes.substr(0, part));
      ring_next_ = (ring_next_ + part) % room;
      bytes.remove_prefix(part);
    }
  }
}

void OutputCapture::finish() {
  if (!file_) return;
  if (truncated()) write("\n[... " + std::to_string(total_ - cap_) + " bytes left out ...]\n");
  write(std::string_view(ring_).substr(ring_next_));
  write(std::string_view(ring_).substr(0, ring_next_));
  file_.reset();
}

}  // namespace pland::engine
