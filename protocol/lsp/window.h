// Messages, prompts, progress and documents to show: what the server says to the person at the editor.
#pragma once

#include <variant>

#include "protocol/lsp/basic.h"

namespace pland::lsp {

enum class MessageType { error = 1, warning = 2, info = 3, log = 4, debug = 5 };
constexpr jsonrpc::IntRange json_range(MessageType) {
  return {1, 5};
}

struct ShowMessageParams {
  MessageType type = MessageType::info;
  std::string message;
};
PLAND_JSON_STRUCT(ShowMessageParams);

struct LogMessageParams {
  MessageType type = MessageType::log;
  std::string message;
};
PLAND_JSON_STRUCT(LogMessageParams);

struct MessageActionItem {
  std::string title;
  bool operator==(const MessageActionItem&) const = default;
};
PLAND_JSON_STRUCT(MessageActionItem);

struct ShowMessageRequestParams {
  MessageType type = MessageType::info;
  std::string message;
  std::optional<std::vector<MessageActionItem>> actions = {};
};
PLAND_JSON_STRUCT(ShowMessageRequestParams);
/// Null: the person dismissed the question.
using ShowMessageRequestResult = std::optional<MessageActionItem>;

struct ShowDocumentParams {
  std::string uri;
  std::optional<bool> external = {};
  std::optional<bool> take_focus = {};
  std::optional<Range> selection = {};
};
PLAND_JSON_STRUCT(ShowDocumentParams);

struct ShowDocumentResult {
  bool success = false;
};
PLAND_JSON_STRUCT(ShowDocumentResult);

enum class TraceValue { off, messages, verbose };
std::span<const jsonrpc::EnumName<TraceValue>> json_names(TraceValue);

struct SetTraceParams {
  TraceValue value = TraceValue::off;
};
PLAND_JSON_STRUCT(SetTraceParams);

struct LogTraceParams {
  std::string message;
  std::optional<std::string> verbose = {};
};
PLAND_JSON_STRUCT(LogTraceParams);

struct WorkDoneProgressCreateParams {
  ProgressToken token;
};
PLAND_JSON_STRUCT(WorkDoneProgressCreateParams);

struct WorkDoneProgressCancelParams {
  ProgressToken token;
};
PLAND_JSON_STRUCT(WorkDoneProgressCancelParams);

/// Percentages run from 0 to 100 and never fall.
struct WorkDoneProgressBegin {
  std::string title;
  std::optional<bool> cancellable = {};
  std::optional<std::string> message = {};
  std::optional<std::uint32_t> percentage = {};
};
PLAND_JSON_STRUCT(WorkDoneProgressBegin);

struct WorkDoneProgressReport {
  std::optional<bool> cancellable = {};
  std::optional<std::string> message = {};
  std::optional<std::uint32_t> percentage = {};
};
PLAND_JSON_STRUCT(WorkDoneProgressReport);

struct WorkDoneProgressEnd {
  std::optional<std::string> message = {};
};
PLAND_JSON_STRUCT(WorkDoneProgressEnd);

/// `$/progress` for work done.
struct ProgressParams {
  ProgressToken token;
  std::variant<WorkDoneProgressBegin, WorkDoneProgressReport, WorkDoneProgressEnd> value;
};
PLAND_JSON_STRUCT(ProgressParams);

}  // namespace pland::lsp
