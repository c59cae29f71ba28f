#include "engine/base/glob.h"

#include <algorithm>
#include <vector>

namespace pland::engine {

namespace {

/// Matches `c` against the set that `pattern` starts with ('['). Sets `length` to the set's; 0 when it is not
/// closed.
bool match_set(std::string_view pattern, char c, std::size_t& length) {
  std::size_t i = 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  for (bool first = true; i < pattern.size(); first = false) {
    if (pattern[i] == ']' && !first) {
      length = i + 1;
      return found != negated;
    }
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    const auto low = static_cast<unsigned char>(pattern[i++]);
    auto high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      high = static_cast<unsigned char>(pattern[i + 1]);
      i += 2;
    }
    const auto byte = static_cast<unsigned char>(c);
    found = found || (low <= byte && byte <= high);
  }
  length = 0;
  return false;
}

/// One component against one component: greedy, with a single point to come back to, so never exponential.
bool match_component(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0;
  std::size_t star = std::string_view::npos, retry = 0;
  while (t < text.size()) {
    bool matched = false;
    std::size_t length = 1;
    if (p < pattern.size()) {
      if (pattern[p] == '*') {
        star = p++;
        retry = t;
        continue;
      }
      if (pattern[p] == '?') {
        matched = true;
      } else if (pattern[p] == '[') {
        matched = match_set(pattern.substr(p), text[t], length);
        if (length == 0) {
          length = 1;
          matched = text[t] == '[';
        }
      } else if (pattern[p] == '\\' && p + 1 < pattern.size()) {
        length = 2;
        matched = pattern[p + 1] == text[t];
      } else {
        matched = pattern[p] == text[t];
      }
    }
    if (matched) {
      p += length;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::vector<std::string_view> components(std::string_view path) {
  std::vector<std::string_view> result;
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string_view part = path.substr(start, end - start);
    if (!part.empty() && part != ".") result.push_back(part);
    start = end + 1;
  }
  return result;
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view path) {
  std::vector<std::string_view> wanted = components(pattern);
  if (pattern.ends_with('/')) wanted.push_back("**");
  const std::vector<std::string_view> parts = components(path);
  // The same greedy walk as within a component, with `**` as the star.
  std::size_t w = 0, i = 0;
  std::size_t star = wanted.size(), retry = 0;
  bool seen_star = false;
  while (i < parts.size()) {
    if (w < wanted.size() && wanted[w] == "**") {
      star = w++;
      retry = i;
      seen_star = true;
      // At the end it stands for at least one component: "src/**" is what is below src, not src.
      if (w == wanted.size()) return true;
    } else if (w < wanted.size() && match_component(wanted[w], parts[i])) {
      ++w;
      ++i;
    } else if (seen_star) {
      w = star + 1;
      i = ++retry;
    } else {
      return false;
    }
  }
  return w == wanted.size();
}

}  // namespace pland::engine
