// Collects problems while a plan file is read. The plan-file room's own. Not thread-safe: one per `parse`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/planfile/document.h"

namespace pland::engine::planfile {

class Report {
 public:
  Report(std::string_view text, std::size_t max_problems);

  const LineIndex& lines() const { return lines_; }
  /// An empty place is widened to the nearest thing written, so that there is something to underline.
  /// The reference is good until the next `add` (a replacement may be given without quotes); beyond the limit
  /// it is to a problem that is dropped.
  Problem& add(std::string_view code, Extent place, std::string message, std::string hint = {},
               Severity severity = Severity::error);
  /// Nothing more will be kept: costly wording may be skipped.
  bool is_full() const { return problems_.size() >= max_problems_; }
  bool has_errors() const { return errors_ > 0; }
  /// By position, without repetitions; a last one says how many were left out.
  std::vector<Problem> take();

 private:
  Extent visible(Extent place) const;
  void fit_replacement(Problem& problem) const;

  std::string_view text_;
  LineIndex lines_;
  std::size_t max_problems_;
  std::vector<Problem> problems_;
  std::size_t errors_ = 0;
  std::size_t left_out_ = 0;
  Problem dropped_;
};

}  // namespace pland::engine::planfile
