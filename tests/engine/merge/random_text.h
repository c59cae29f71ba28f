// Random texts for the properties of the merge room: three versions of one text, repetitive enough that diffs
// are ambiguous, with and without a final line end.
#pragma once

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <string>
#include <tuple>
#include <vector>

namespace pland::tests {

/// Runs a RapidCheck property as part of a doctest case; a counterexample is in the failure's output.
template <typename Property>
void property(const std::string& name, Property&& body) {
  const bool holds = rc::check(name, std::forward<Property>(body));
  CHECK_MESSAGE(holds, name);
}

using Lines = std::vector<std::string>;

inline rc::Gen<std::string> any_line() {
  return rc::gen::weightedOneOf<std::string>(
      {{3, rc::gen::element<std::string>("a\n", "b\n", "{\n", "}\n", "\n", "c\r\n")},
       {2, rc::gen::map(rc::gen::inRange(0, 50), [](int n) { return "line " + std::to_string(n) + "\n"; })}});
}

/// `lines` after a few insertions, deletions and replacements.
inline Lines edited(Lines lines) {
  const int edits = *rc::gen::inRange(0, 5);
  for (int i = 0; i < edits; ++i) {
    const auto size = static_cast<std::ptrdiff_t>(lines.size());
    const auto at = *rc::gen::inRange<std::ptrdiff_t>(0, size + 1);
    const auto removed = std::min(size - at, *rc::gen::inRange<std::ptrdiff_t>(0, 4));
    const auto added = *rc::gen::resize(4, rc::gen::container<Lines>(any_line()));
    lines.erase(lines.begin() + at, lines.begin() + at + removed);
    lines.insert(lines.begin() + at, added.begin(), added.end());
  }
  return lines;
}

inline std::string joined(const Lines& lines) {
  std::string text;
  for (const auto& line : lines) text += line;
  if (!text.empty() && *rc::gen::weightedElement<bool>({{5, false}, {1, true}})) text.pop_back();
  return text;
}

/// A base and two edited versions of it.
inline rc::Gen<std::tuple<std::string, std::string, std::string>> three_texts() {
  return rc::gen::exec([] {
    const auto base = *rc::gen::container<Lines>(any_line());
    return std::make_tuple(joined(base), joined(edited(base)), joined(edited(base)));
  });
}

}  // namespace pland::tests
