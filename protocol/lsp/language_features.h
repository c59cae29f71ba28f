// Code lenses, hovers and document symbols.
#pragma once

#include "protocol/lsp/basic.h"

namespace pland::lsp {

struct CodeLensParams {
  TextDocumentIdentifier text_document;
};
PLAND_JSON_STRUCT(CodeLensParams);

/// Without a command it is resolved by codeLens/resolve before it is shown.
struct CodeLens {
  Range range;
  std::optional<Command> command = {};
  std::optional<Json> data = {};
};
PLAND_JSON_STRUCT(CodeLens);
using CodeLensResult = std::optional<std::vector<CodeLens>>;

struct HoverParams {
  TextDocumentIdentifier text_document;
  Position position;
};
PLAND_JSON_STRUCT(HoverParams);

struct Hover {
  MarkupContent contents;
  std::optional<Range> range = {};
};
PLAND_JSON_STRUCT(Hover);
using HoverResult = std::optional<Hover>;

enum class SymbolKind {
  file = 1,
  module = 2,
  name_space = 3,
  package = 4,
  type_class = 5,
  method = 6,
  property = 7,
  field = 8,
  constructor = 9,
  enumeration = 10,
  interface = 11,
  function = 12,
  variable = 13,
  constant = 14,
  string = 15,
  number = 16,
  boolean = 17,
  array = 18,
  object = 19,
  key = 20,
  null = 21,
  enum_member = 22,
  structure = 23,
  event = 24,
  operator_ = 25,
  type_parameter = 26
};
constexpr jsonrpc::IntRange json_range(SymbolKind) {
  return {1, 26};
}

struct DocumentSymbolParams {
  TextDocumentIdentifier text_document;
};
PLAND_JSON_STRUCT(DocumentSymbolParams);

/// `selection_range` lies inside `range`, or the client refuses the symbol.
struct DocumentSymbol {
  std::string name;
  std::optional<std::string> detail = {};
  SymbolKind kind = SymbolKind::object;
  Range range;
  Range selection_range;
  std::optional<std::vector<DocumentSymbol>> children = {};
};
PLAND_JSON_STRUCT(DocumentSymbol);
using DocumentSymbolResult = std::optional<std::vector<DocumentSymbol>>;

}  // namespace pland::lsp
