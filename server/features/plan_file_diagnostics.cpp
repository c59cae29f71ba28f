#include "server/features/plan_file_diagnostics.h"

#include <nlohmann/json.hpp>

namespace pland::server {

using engine::planfile::Problem;
using engine::planfile::RelatedPlace;
using engine::planfile::Severity;

lsp::Range range_in(const PlanFile& file, const engine::planfile::SourceRange& range,
                    lsp::PositionEncoding encoding) {
  return file.text.range_of({range.begin, range.end}, encoding);
}

lsp::Range name_range(const PlanFile& file, std::string_view subplan, lsp::PositionEncoding encoding) {
  const auto index = engine::planfile::find_subplan(file.document, subplan);
  if (index && file.document.ranges.entries[*index].name) {
    return range_in(file, *file.document.ranges.entries[*index].name, encoding);
  }
  // Below another subplan: its name is a key of the file, though no entry.
  for (const engine::planfile::KeyRange& key : file.document.ranges.keys) {
    if (key.section == "subplan" && key.key == "name" && key.text == subplan) {
      return range_in(file, key.value_range, encoding);
    }
  }
  return file.text.range_of(lsp::line_content(*file.text.text, *file.text.lines, 0), encoding);
}

std::vector<lsp::Diagnostic> plan_file_diagnostics(const PlanFile& file, const DiagnosticStyle& style) {
  std::vector<lsp::Diagnostic> found;
  for (const Problem& problem : file.document.problems) {
    lsp::Diagnostic diagnostic = style.diagnostic(
        range_in(file, problem.range, style.encoding),
        problem.severity == Severity::error ? lsp::DiagnosticSeverity::error
                                            : lsp::DiagnosticSeverity::warning,
        problem.code, problem.hint.empty() ? problem.message : problem.message + "\n" + problem.hint);
    if (!problem.related.empty()) {
      auto& related = diagnostic.related_information.emplace();
      for (const RelatedPlace& place : problem.related) {
        related.push_back({{file.text.uri, range_in(file, place.range, style.encoding)}, place.message});
      }
    }
    found.push_back(std::move(diagnostic));
  }
  return found;
}

}  // namespace pland::server
