// What a plan file tells under the cursor: of a subplan its life, of a key what it is for. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/lsp/language_features.h"
#include "server/texts.h"
#include "server/workspace.h"

namespace pland::server {

/// `plan`: the newest plan of the file, or null. `attempts` gives those of a subplan.
std::optional<lsp::Hover> plan_file_hover(const PlanFile& file, const Workspace::Found& plan,
                                          lsp::Position position, lsp::PositionEncoding encoding,
                                          lsp::MarkupKind kind, engine::Timestamp now);

}  // namespace pland::server
