#include "protocol/lsp/basic.h"

#include <array>
#include <limits>

#include "protocol/jsonrpc/fields.h"

namespace pland::lsp {
namespace {

/// Editors say "to the end" with numbers of any size (2^31-1, 2^53, 1.8e308): saturate, positions are
/// clamped.
bool read_saturated(const jsonrpc::Reader& in, std::string_view key, std::uint32_t& out) {
  const auto member = in.member(key);
  if (!member) return in.missing_member(key);
  constexpr std::uint32_t limit = std::numeric_limits<std::int32_t>::max();
  const Json& json = member->json();
  if (json.is_number() && json.get<double>() > limit) {
    out = limit;
    return true;
  }
  return read_json(*member, out);
}

}  // namespace

bool read_json(jsonrpc::Reader in, Position& out) {
  if (!in.is_object()) return in.expected("a position {line, character}");
  const bool line = read_saturated(in, "line", out.line);
  return read_saturated(in, "character", out.character) && line;
}
void write_json(jsonrpc::Writer out, const Position& value) {
  out.make_object();
  write_json(out.member("line"), value.line);
  write_json(out.member("character"), value.character);
}
std::vector<jsonrpc::FieldDescription> describe_json(const Position*) {
  return {{"line", jsonrpc::Presence::required}, {"character", jsonrpc::Presence::required}};
}

PLAND_JSON_FIELDS(Range, required("start", &Range::start), required("end", &Range::end))
PLAND_JSON_FIELDS(Location, required("uri", &Location::uri), required("range", &Location::range))
PLAND_JSON_FIELDS(TextDocumentIdentifier, required("uri", &TextDocumentIdentifier::uri))
PLAND_JSON_FIELDS(VersionedTextDocumentIdentifier, required("uri", &VersionedTextDocumentIdentifier::uri),
                  required("version", &VersionedTextDocumentIdentifier::version))
PLAND_JSON_FIELDS(OptionalVersionedTextDocumentIdentifier,
                  required("uri", &OptionalVersionedTextDocumentIdentifier::uri),
                  nullable("version", &OptionalVersionedTextDocumentIdentifier::version))
PLAND_JSON_FIELDS(TextDocumentItem, required("uri", &TextDocumentItem::uri),
                  required("languageId", &TextDocumentItem::language_id),
                  required("version", &TextDocumentItem::version), required("text", &TextDocumentItem::text))
PLAND_JSON_FIELDS(Command, required("title", &Command::title), required("command", &Command::command),
                  optional("arguments", &Command::arguments))
PLAND_JSON_FIELDS(MarkupContent, required("kind", &MarkupContent::kind),
                  required("value", &MarkupContent::value))
PLAND_JSON_FIELDS(WorkspaceFolder, required("uri", &WorkspaceFolder::uri),
                  required("name", &WorkspaceFolder::name))

std::span<const jsonrpc::EnumName<MarkupKind>> json_names(MarkupKind) {
  static constexpr std::array<jsonrpc::EnumName<MarkupKind>, 2> names = {
      {{MarkupKind::plain_text, "plaintext"}, {MarkupKind::markdown, "markdown"}}};
  return names;
}

}  // namespace pland::lsp
