// The problems of a plan file as diagnostics, each at the exact range of what is wrong. Pure.
#pragma once

#include <vector>

#include "server/style.h"
#include "server/texts.h"

namespace pland::server {

std::vector<lsp::Diagnostic> plan_file_diagnostics(const PlanFile& file, const DiagnosticStyle& style);

/// A range of the plan file as LSP counts it.
lsp::Range range_in(const PlanFile& file, const engine::planfile::SourceRange& range,
                    lsp::PositionEncoding encoding);

/// The name of a subplan in the plan file; the first line when it is not there any more.
lsp::Range name_range(const PlanFile& file, std::string_view subplan, lsp::PositionEncoding encoding);

}  // namespace pland::server
