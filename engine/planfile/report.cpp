#include "engine/planfile/report.h"

#include <algorithm>

namespace pland::engine::planfile {

Report::Report(std::string_view text, std::size_t max_problems)
    : text_(text), lines_(text), max_problems_(max_problems) {}

/// `place` in whole characters, and not empty unless the whole text is blank.
Extent Report::visible(Extent place) const {
  constexpr std::string_view kWhite = " \t\r\n";
  const auto continues = [&](std::size_t at) {
    return at < text_.size() && (static_cast<unsigned char>(text_[at]) & 0xC0) == 0x80;
  };
  place.begin = std::min(place.begin, text_.size());
  place.end = std::clamp(place.end, place.begin, text_.size());
  if (place.begin == place.end) {
    std::size_t at = place.begin;
    const bool on_something = at < text_.size() && kWhite.find(text_[at]) == std::string_view::npos;
    if (!on_something) at = text_.substr(0, at).find_last_not_of(kWhite);
    if (at == std::string_view::npos) at = text_.find_first_not_of(kWhite);
    if (at == std::string_view::npos) return place;
    place = {at, at + 1};
  }
  while (place.begin > 0 && continues(place.begin)) --place.begin;
  while (continues(place.end)) ++place.end;
  return place;
}

Problem& Report::add(std::string_view code, Extent place, std::string message, std::string hint,
                     Severity severity) {
  if (severity == Severity::error) ++errors_;
  const SourceRange range = lines_.range(visible(place));
  // An aliased value can be reached several times; saying the same twice helps nobody.
  for (Problem& known : problems_) {
    if (known.range == range && known.code == code && known.message == message) return known;
  }
  if (problems_.size() >= max_problems_) {
    ++left_out_;
    return dropped_;
  }
  return problems_.emplace_back(Problem{.code = std::string(code),
                                        .severity = severity,
                                        .range = range,
                                        .message = std::move(message),
                                        .hint = std::move(hint),
                                        .replacement = std::nullopt,
                                        .related = {}});
}

/// Keeps the quotes of what is replaced (JSON needs them); what an alias stands for cannot be mended at the
/// alias.
void Report::fit_replacement(Problem& problem) const {
  if (!problem.replacement || problem.range.begin >= text_.size()) return;
  const char first = text_[problem.range.begin];
  if (first == '*') problem.replacement.reset();
  if (first == '"' || first == '\'') problem.replacement = first + *problem.replacement + first;
}

std::vector<Problem> Report::take() {
  for (Problem& problem : problems_) fit_replacement(problem);
  std::stable_sort(problems_.begin(), problems_.end(),
                   [](const Problem& a, const Problem& b) { return a.range.begin < b.range.begin; });
  if (left_out_ > 0 && !problems_.empty()) {
    Problem last;
    last.code = problems_.back().code;
    last.range = problems_.back().range;
    last.message = "and " + std::to_string(left_out_) + " more problems";
    last.hint = "they are shown when these are mended";
    problems_.push_back(std::move(last));
  }
  return std::move(problems_);
}

}  // namespace pland::engine::planfile
