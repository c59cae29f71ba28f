// The values most of LSP is made of. Names on the wire are those of the specification; here snake_case.
//
// Every struct of this room has read_json/write_json (jsonrpc/reader.h): absent optionals are left out,
// unknown members are accepted. Values only.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/jsonrpc/json.h"
#include "protocol/jsonrpc/message.h"
#include "protocol/jsonrpc/reader.h"

namespace pland::lsp {

using jsonrpc::Json;
using jsonrpc::Nothing;
using jsonrpc::Null;

/// As the client spells it; uri.h compares and decodes.
using DocumentUri = std::string;
/// Integer or string.
using ProgressToken = jsonrpc::RequestId;

/// Zero-based. What `character` counts depends on the negotiated encoding: see text_position.h.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t character = 0;
  auto operator<=>(const Position&) const = default;
};
PLAND_JSON_STRUCT(Position);

/// Half open.
struct Range {
  Position start;
  Position end;
  auto operator<=>(const Range&) const = default;
};
PLAND_JSON_STRUCT(Range);

struct Location {
  DocumentUri uri;
  Range range;
  auto operator<=>(const Location&) const = default;
};
PLAND_JSON_STRUCT(Location);

struct TextDocumentIdentifier {
  DocumentUri uri;
};
PLAND_JSON_STRUCT(TextDocumentIdentifier);

struct VersionedTextDocumentIdentifier {
  DocumentUri uri;
  std::int32_t version = 0;
};
PLAND_JSON_STRUCT(VersionedTextDocumentIdentifier);

/// Version null: the document is not open and its content on disk is meant.
struct OptionalVersionedTextDocumentIdentifier {
  DocumentUri uri;
  std::optional<std::int32_t> version = {};
  bool operator==(const OptionalVersionedTextDocumentIdentifier&) const = default;
};
PLAND_JSON_STRUCT(OptionalVersionedTextDocumentIdentifier);

struct TextDocumentItem {
  DocumentUri uri;
  std::string language_id;
  std::int32_t version = 0;
  std::string text;
};
PLAND_JSON_STRUCT(TextDocumentItem);

struct Command {
  std::string title;
  std::string command;
  std::optional<std::vector<Json>> arguments = {};
  bool operator==(const Command&) const = default;
};
PLAND_JSON_STRUCT(Command);

enum class MarkupKind { plain_text, markdown };
std::span<const jsonrpc::EnumName<MarkupKind>> json_names(MarkupKind);

struct MarkupContent {
  MarkupKind kind = MarkupKind::markdown;
  std::string value;
  bool operator==(const MarkupContent&) const = default;
};
PLAND_JSON_STRUCT(MarkupContent);

struct WorkspaceFolder {
  DocumentUri uri;
  std::string name;
  bool operator==(const WorkspaceFolder&) const = default;
};
PLAND_JSON_STRUCT(WorkspaceFolder);

}  // namespace pland::lsp
