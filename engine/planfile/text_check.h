// What must be looked at before YAML text is given to yaml-cpp. The plan-file room's own. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pland::engine::planfile {

struct BadText {
  std::size_t offset;
  std::string message;
  std::string hint;
};

/// The first place that is not UTF-8 text as YAML allows it: malformed UTF-8, a control character, a carriage
/// return without line feed (yaml-cpp would drop it).
std::optional<BadText> find_bad_text(std::string_view text);

/// JSON writes characters beyond U+FFFF as two escapes ("\ud83d\ude00"), which YAML does not have. Each such
/// pair is replaced by a placeholder of the same 12 bytes, so that every offset stays true, and put back
/// afterwards.
class SurrogatePairs {
 public:
  explicit SurrogatePairs(std::string_view text);
  const std::string& replaced() const { return replaced_; }
  /// Mends the decoded scalar that starts at `begin`: with the character where escapes mean something (double
  /// quotes), otherwise with the twelve bytes as they were written.
  void restore(std::string& value, std::size_t begin, bool double_quoted) const;

 private:
  struct Pair {
    std::size_t offset;
    char32_t character;
    std::string written;
  };
  std::string replaced_;
  std::vector<Pair> pairs_;  ///< by offset
};

}  // namespace pland::engine::planfile
