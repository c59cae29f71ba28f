// The lenses of a plan file: at the top what can be done with the plan, on every subplan its state and what
// can be done with it. Pure.
//
// Lenses stand on the value of `plan` and on the subplans' names, whatever the state, so that they do not
// jump; what they say changes only with the plan. Every command is one of ours and takes one argument object.
#pragma once

#include <vector>

#include "protocol/lsp/language_features.h"
#include "server/texts.h"
#include "server/workspace.h"

namespace pland::server {

/// `plan`: the newest plan of the file; null when there is none.
std::vector<lsp::CodeLens> code_lenses(const PlanFile& file, const engine::LivePlan* plan,
                                       lsp::PositionEncoding encoding);

}  // namespace pland::server
