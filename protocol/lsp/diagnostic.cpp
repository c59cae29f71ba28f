#include "protocol/lsp/diagnostic.h"

#include "protocol/jsonrpc/fields.h"

namespace pland::lsp {

PLAND_JSON_FIELDS(CodeDescription, required("href", &CodeDescription::href))
PLAND_JSON_FIELDS(DiagnosticRelatedInformation, required("location", &DiagnosticRelatedInformation::location),
                  required("message", &DiagnosticRelatedInformation::message))
PLAND_JSON_FIELDS(Diagnostic, required("range", &Diagnostic::range),
                  optional("severity", &Diagnostic::severity), optional("code", &Diagnostic::code),
                  optional("codeDescription", &Diagnostic::code_description),
                  optional("source", &Diagnostic::source), required("message", &Diagnostic::message),
                  optional("tags", &Diagnostic::tags),
                  optional("relatedInformation", &Diagnostic::related_information),
                  optional("data", &Diagnostic::data))
PLAND_JSON_FIELDS(PublishDiagnosticsParams, required("uri", &PublishDiagnosticsParams::uri),
                  optional("version", &PublishDiagnosticsParams::version),
                  required("diagnostics", &PublishDiagnosticsParams::diagnostics))

}  // namespace pland::lsp
