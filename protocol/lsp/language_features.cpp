#include "protocol/lsp/language_features.h"

#include "protocol/jsonrpc/fields.h"

namespace pland::lsp {

PLAND_JSON_FIELDS(CodeLensParams, required("textDocument", &CodeLensParams::text_document))
PLAND_JSON_FIELDS(CodeLens, required("range", &CodeLens::range), optional("command", &CodeLens::command),
                  optional("data", &CodeLens::data))
PLAND_JSON_FIELDS(HoverParams, required("textDocument", &HoverParams::text_document),
                  required("position", &HoverParams::position))
PLAND_JSON_FIELDS(Hover, required("contents", &Hover::contents), optional("range", &Hover::range))
PLAND_JSON_FIELDS(DocumentSymbolParams, required("textDocument", &DocumentSymbolParams::text_document))
PLAND_JSON_FIELDS(DocumentSymbol, required("name", &DocumentSymbol::name),
                  optional("detail", &DocumentSymbol::detail), required("kind", &DocumentSymbol::kind),
                  required("range", &DocumentSymbol::range),
                  required("selectionRange", &DocumentSymbol::selection_range),
                  optional("children", &DocumentSymbol::children))

}  // namespace pland::lsp
