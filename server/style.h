// What every diagnostic of ours has in common.
#pragma once

#include <string>
#include <string_view>

#include "protocol/lsp/diagnostic.h"
#include "protocol/lsp/text_position.h"

namespace pland::server {

struct DiagnosticStyle {
  lsp::PositionEncoding encoding = lsp::PositionEncoding::utf16;
  /// Uri of the page that explains the codes, each under an anchor of its name; empty: there is none.
  std::string documentation;

  lsp::Diagnostic diagnostic(lsp::Range range, lsp::DiagnosticSeverity severity, std::string_view code,
                             std::string message) const {
    lsp::Diagnostic made;
    made.range = range;
    made.severity = severity;
    made.code = std::string(code);
    made.source = "pland";
    made.message = std::move(message);
    if (!documentation.empty())
      made.code_description = lsp::CodeDescription{documentation + "#" + std::string(code)};
    return made;
  }
};

}  // namespace pland::server
