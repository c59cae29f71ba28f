#include "protocol/lsp/window.h"

#include <array>

#include "protocol/jsonrpc/fields.h"

namespace pland::lsp {

std::span<const jsonrpc::EnumName<TraceValue>> json_names(TraceValue) {
  static constexpr std::array<jsonrpc::EnumName<TraceValue>, 3> names = {
      {{TraceValue::off, "off"}, {TraceValue::messages, "messages"}, {TraceValue::verbose, "verbose"}}};
  return names;
}

PLAND_JSON_FIELDS(ShowMessageParams, required("type", &ShowMessageParams::type),
                  required("message", &ShowMessageParams::message))
PLAND_JSON_FIELDS(LogMessageParams, required("type", &LogMessageParams::type),
                  required("message", &LogMessageParams::message))
PLAND_JSON_FIELDS(MessageActionItem, required("title", &MessageActionItem::title))
PLAND_JSON_FIELDS(ShowMessageRequestParams, required("type", &ShowMessageRequestParams::type),
                  required("message", &ShowMessageRequestParams::message),
                  optional("actions", &ShowMessageRequestParams::actions))
PLAND_JSON_FIELDS(ShowDocumentParams, required("uri", &ShowDocumentParams::uri),
                  optional("external", &ShowDocumentParams::external),
                  optional("takeFocus", &ShowDocumentParams::take_focus),
                  optional("selection", &ShowDocumentParams::selection))
PLAND_JSON_FIELDS(ShowDocumentResult, required("success", &ShowDocumentResult::success))
PLAND_JSON_FIELDS(SetTraceParams, required("value", &SetTraceParams::value))
PLAND_JSON_FIELDS(LogTraceParams, required("message", &LogTraceParams::message),
                  optional("verbose", &LogTraceParams::verbose))
PLAND_JSON_FIELDS(WorkDoneProgressCreateParams, required("token", &WorkDoneProgressCreateParams::token))
PLAND_JSON_FIELDS(WorkDoneProgressCancelParams, required("token", &WorkDoneProgressCancelParams::token))
PLAND_JSON_FIELDS(WorkDoneProgressBegin, constant("kind", "begin"),
                  required("title", &WorkDoneProgressBegin::title),
                  optional("cancellable", &WorkDoneProgressBegin::cancellable),
                  optional("message", &WorkDoneProgressBegin::message),
                  optional("percentage", &WorkDoneProgressBegin::percentage))
PLAND_JSON_FIELDS(WorkDoneProgressReport, constant("kind", "report"),
                  optional("cancellable", &WorkDoneProgressReport::cancellable),
                  optional("message", &WorkDoneProgressReport::message),
                  optional("percentage", &WorkDoneProgressReport::percentage))
PLAND_JSON_FIELDS(WorkDoneProgressEnd, constant("kind", "end"),
                  optional("message", &WorkDoneProgressEnd::message))
PLAND_JSON_FIELDS(ProgressParams, required("token", &ProgressParams::token),
                  required("value", &ProgressParams::value))

}  // namespace pland::lsp
