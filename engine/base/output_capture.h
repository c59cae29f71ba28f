// What is kept of a command's output: the first and the last part in a file, the end as text for a person.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"

namespace pland::engine {

/// The end of `bytes` for display: whole lines where possible, at most `max_bytes` and `max_lines`, valid
/// UTF-8 (other bytes as U+FFFD), without terminal escapes, and of a line that was overwritten with carriage
/// returns (a progress bar) the last version only.
std::string readable_tail(std::string_view bytes, std::size_t max_bytes, std::size_t max_lines);

/// Takes output as it comes. The first half of `cap` bytes is in the file at once; the last half is held in
/// memory until `finish`, with a line between them that says how many bytes were left out. Memory stays below
/// `cap` however much comes. Owned by one thread.
class OutputCapture {
 public:
  /// Keeps no file.
  OutputCapture(std::size_t tail_bytes, std::size_t tail_lines);
  /// Replaces the file at `path`, readable by the user alone. Errors: io.
  static Result<OutputCapture> into_file(const std::filesystem::path& path, std::size_t cap,
                                         std::size_t tail_bytes, std::size_t tail_lines);

  void append(std::string_view bytes);
  /// Completes and closes the file.
  void finish();

  std::uint64_t total_bytes() const { return total_; }
  bool truncated() const { return file_wanted_ && total_ > cap_; }
  std::string tail() const { return readable_tail(recent_, tail_bytes_, tail_lines_); }
  /// Why the file is not complete; empty when it is.
  const std::string& problem() const { return problem_; }

 private:
  void write(std::string_view bytes);

  std::size_t tail_bytes_;
  std::size_t tail_lines_;
  std::size_t cap_ = 0;
  bool file_wanted_ = false;
  std::filesystem::path path_;
  UniqueFd file_;
  std::uint64_t total_ = 0;
  std::string recent_;         ///< the last bytes, at least what the tail needs
  std::string ring_;           ///< the last half of the cap, once the first is full
  std::size_t ring_next_ = 0;  ///< where the next byte goes when the ring is full
  std::string problem_;
};

}  // namespace pland::engine
