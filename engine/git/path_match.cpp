// The shell patterns of gitignore(5), with '/' as a border.
#include <cctype>

#include "engine/git/ignore.h"

namespace pland::engine::git {
namespace {

enum class Match { no, yes, malformed };

bool in_class(std::string_view name, unsigned char c) {
  if (name == "alnum") return std::isalnum(c) != 0;
  if (name == "alpha") return std::isalpha(c) != 0;
  if (name == "blank") return c == ' ' || c == '\t';
  if (name == "cntrl") return std::iscntrl(c) != 0;
  if (name == "digit") return std::isdigit(c) != 0;
  if (name == "graph") return std::isgraph(c) != 0;
  if (name == "lower") return std::islower(c) != 0;
  if (name == "print") return std::isprint(c) != 0;
  if (name == "punct") return std::ispunct(c) != 0;
  if (name == "space") return std::isspace(c) != 0;
  if (name == "upper") return std::isupper(c) != 0;
  if (name == "xdigit") return std::isxdigit(c) != 0;
  return false;
}

bool known_class(std::string_view name) {
  for (const char* known : {"alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
                            "space", "upper", "xdigit"}) {
    if (name == known) return true;
  }
  return false;
}

/// `pattern[at]` is the '[': whether `c` is in the set; `at` moves behind the ']'.
Match match_bracket(std::string_view pattern, std::size_t& at, char raw) {
  const auto c = static_cast<unsigned char>(raw);
  ++at;
  bool negated = false;
  if (at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^')) {
    negated = true;
    ++at;
  }
  bool found = false;
  bool first = true;
  int previous = -1;  // the low end of a possible range
  while (true) {
    if (at >= pattern.size()) return Match::malformed;
    char item = pattern[at];
    if (item == ']' && !first) break;
    first = false;
    if (item == '-' && previous >= 0 && at + 1 < pattern.size() && pattern[at + 1] != ']') {
      ++at;
      char high = pattern[at];
      if (high == '\\') {
        if (++at >= pattern.size()) return Match::malformed;
        high = pattern[at];
      }
      if (previous <= c && c <= static_cast<unsigned char>(high)) found = true;
      previous = -1;
      ++at;
      continue;
    }
    if (item == '[' && at + 1 < pattern.size() && pattern[at + 1] == ':') {
      const std::size_t name = at + 2;
      const std::size_t close = pattern.find(']', name);
      if (close == std::string_view::npos) return Match::malformed;
      if (close > name && pattern[close - 1] == ':') {
        const std::string_view word = pattern.substr(name, close - 1 - name);
        if (!known_class(word)) return Match::malformed;
        if (in_class(word, c)) found = true;
        previous = -1;
        at = close + 1;
        continue;
      }
    }
    if (item == '\\') {
      if (++at >= pattern.size()) return Match::malformed;
      item = pattern[at];
    }
    previous = static_cast<unsigned char>(item);
    if (previous == c) found = true;
    ++at;
  }
  ++at;
  if (raw == '/') return Match::no;
  return found != negated ? Match::yes : Match::no;
}

/// One item of the pattern against one character; moves `at` behind the item on success.
bool match_one(std::string_view pattern, std::size_t& at, char c) {
  switch (pattern[at]) {
    case '?':
      if (c == '/') return false;
      ++at;
      return true;
    case '[':
      return match_bracket(pattern, at, c) == Match::yes;
    case '\\':
      if (at + 1 >= pattern.size() || pattern[at + 1] != c) return false;
      at += 2;
      return true;
    default:
      if (pattern[at] != c) return false;
      ++at;
      return true;
  }
}

}  // namespace

// Linear in the number of stars: to go back to the last star, and when that is stopped by a '/', to the last
// "**", is enough, since what was matched before them ends at the earliest place it can.
bool path_matches(std::string_view pattern, std::string_view text) {
  constexpr std::size_t none = std::string_view::npos;
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star_pattern = none;
  std::size_t star_text = 0;
  std::size_t deep_pattern = none;
  std::size_t deep_text = 0;
  while (true) {
    if (p < pattern.size() && pattern[p] == '*') {
      const std::size_t stars = p;
      while (p < pattern.size() && pattern[p] == '*') ++p;
      const bool begins = stars == 0 || pattern[stars - 1] == '/';
      const bool ends = p == pattern.size() || pattern[p] == '/';
      if (p - stars >= 2 && begins && ends) {
        if (p == pattern.size()) return true;
        deep_pattern = ++p;  // "**/" matches nothing at all, too
        deep_text = t;
        star_pattern = none;
      } else {
        star_pattern = p;
        star_text = t;
      }
      continue;
    }
    if (p == pattern.size() && t == text.size()) return true;
    std::size_t next = p;
    if (p < pattern.size() && t < text.size() && match_one(pattern, next, text[t])) {
      p = next;
      ++t;
    } else if (star_pattern != none && star_text < text.size() && text[star_text] != '/') {
      t = ++star_text;
      p = star_pattern;
    } else if (deep_pattern != none && text.find('/', deep_text) != none) {
      t = deep_text = text.find('/', deep_text) + 1;
      p = deep_pattern;
      star_pattern = none;
    } else {
      return false;
    }
  }
}

}  // namespace pland::engine::git
