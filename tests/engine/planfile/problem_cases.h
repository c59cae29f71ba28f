// A text with the places of its expected problems drawn into it, and what is to be said there.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "engine/planfile/document.h"
#include "tests/engine/planfile/marked_text.h"

namespace pland::engine::planfile {

struct ExpectedProblem {
  std::string code;
  std::string message;  ///< a part of it
  std::string hint;     ///< a part of it
};

struct ProblemCase {
  std::string_view about;
  std::string_view marked;  ///< marks in document order, one for each expected problem
  std::vector<ExpectedProblem> expected;
};

/// Each problem with its text, for the log.
inline std::string told(const Document& document, std::string_view text) {
  std::string got;
  for (const Problem& problem : document.problems) {
    got += problem.code + " at '" +
           std::string(text.substr(problem.range.begin, problem.range.end - problem.range.begin)) +
           "': " + problem.message + " / " + problem.hint + "\n";
  }
  return got;
}

inline void check_problems(const ProblemCase& example, const Document& document) {
  CAPTURE(example.about);
  const MarkedText marked = unmark(example.marked);
  CAPTURE(marked.text);
  const std::string got = told(document, marked.text);
  CAPTURE(got);
  REQUIRE(document.problems.size() == example.expected.size());
  REQUIRE(marked.extents.size() == example.expected.size());
  for (std::size_t i = 0; i < example.expected.size(); ++i) {
    const Problem& problem = document.problems[i];
    CHECK(problem.code == example.expected[i].code);
    CHECK(problem.range.begin == marked.extents[i].begin);
    CHECK(problem.range.end == marked.extents[i].end);
    CHECK(problem.message.find(example.expected[i].message) != std::string::npos);
    CHECK(problem.hint.find(example.expected[i].hint) != std::string::npos);
    const LineIndex lines(marked.text);
    CHECK(problem.range == lines.range(marked.extents[i]));
  }
}

}  // namespace pland::engine::planfile
