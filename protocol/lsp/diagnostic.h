// Diagnostics as pushed by the server and handed back with code action requests.
#pragma once

#include <variant>

#include "protocol/lsp/basic.h"

namespace pland::lsp {

enum class DiagnosticSeverity { error = 1, warning = 2, information = 3, hint = 4 };
constexpr jsonrpc::IntRange json_range(DiagnosticSeverity) {
  return {1, 4};
}

enum class DiagnosticTag { unnecessary = 1, deprecated = 2 };
constexpr jsonrpc::IntRange json_range(DiagnosticTag) {
  return {1, 2};
}

/// Where a reader learns more.
struct CodeDescription {
  std::string href;
  bool operator==(const CodeDescription&) const = default;
};
PLAND_JSON_STRUCT(CodeDescription);

struct DiagnosticRelatedInformation {
  Location location;
  std::string message;
  bool operator==(const DiagnosticRelatedInformation&) const = default;
};
PLAND_JSON_STRUCT(DiagnosticRelatedInformation);

/// `message` must not be empty: VS Code refuses such a diagnostic.
struct Diagnostic {
  Range range;
  std::optional<DiagnosticSeverity> severity = {};
  std::optional<std::variant<std::int32_t, std::string>> code = {};
  std::optional<CodeDescription> code_description = {};
  std::optional<std::string> source = {};
  std::string message;
  std::optional<std::vector<DiagnosticTag>> tags = {};
  std::optional<std::vector<DiagnosticRelatedInformation>> related_information = {};
  std::optional<Json> data =
      {};  ///< comes back with textDocument/codeAction where the client has dataSupport
  bool operator==(const Diagnostic&) const = default;
};
PLAND_JSON_STRUCT(Diagnostic);

/// `version`: of the document the ranges were computed for.
struct PublishDiagnosticsParams {
  DocumentUri uri;
  std::optional<std::int32_t> version = {};
  std::vector<Diagnostic> diagnostics;
};
PLAND_JSON_STRUCT(PublishDiagnosticsParams);

}  // namespace pland::lsp
