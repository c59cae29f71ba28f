#include "engine/model/text_template.h"

#include <algorithm>

#include "engine/base/names.h"
#include "engine/base/nearest_name.h"
#include "engine/base/words.h"

namespace pland::engine {
namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";

/// One stretch of the text: plain bytes, or a placeholder.
struct Piece {
  std::string_view plain;
  Placeholder placeholder;  ///< with a name: this is it
};

Error wrong(std::size_t offset, std::string message) {
  return {ErrorCode::invalid_argument, std::move(message), {{"offset", offset}}};
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Result<Placeholder> read_placeholder(std::string_view text, std::size_t open) {
  const std::size_t close = text.find(kClose, open + kOpen.size());
  if (close == std::string_view::npos) {
    return wrong(open, "this `{{` is never closed; write `\\{{` for two plain braces");
  }
  const std::string_view name = trimmed(text.substr(open + kOpen.size(), close - open - kOpen.size()));
  if (!is_name_part(name)) {
    return wrong(open, "there is no argument's name between `{{` and `}}`, but " + in_quotes(name) +
                           "; write `\\{{` for two plain braces");
  }
  return Placeholder{open, close + kClose.size(), std::string(name)};
}

Result<std::vector<Piece>> pieces(std::string_view text) {
  std::vector<Piece> found;
  std::size_t plain = 0;
  for (std::size_t open = text.find(kOpen); open != std::string_view::npos;) {
    const bool one = open > plain && text[open - 1] == '\\';
    const bool two = one && open > plain + 1 && text[open - 2] == '\\';
    // The last backslash goes; what stands before it stays.
    found.push_back({text.substr(plain, open - plain - (one ? 1 : 0)), {}});
    if (one && !two) {
      found.push_back({kOpen, {}});
      plain = open + kOpen.size();
    } else {
      PLAND_TRY(Placeholder placeholder, read_placeholder(text, open));
      plain = placeholder.end;
      found.push_back({{}, std::move(placeholder)});
    }
    open = text.find(kOpen, plain);
  }
  found.push_back({text.substr(plain), {}});
  return found;
}

}  // namespace

Result<std::vector<Placeholder>> find_placeholders(std::string_view text) {
  PLAND_TRY(std::vector<Piece> found, pieces(text));
  std::vector<Placeholder> placeholders;
  for (Piece& piece : found) {
    if (!piece.placeholder.name.empty()) placeholders.push_back(std::move(piece.placeholder));
  }
  return placeholders;
}

Result<std::string> render(std::string_view text,
                           std::span<const std::pair<std::string, std::string>> values) {
  PLAND_TRY(const std::vector<Piece> found, pieces(text));
  std::string result;
  for (const Piece& piece : found) {
    const Placeholder& placeholder = piece.placeholder;
    if (placeholder.name.empty()) {
      result += piece.plain;
      continue;
    }
    const auto value = std::find_if(values.begin(), values.end(),
                                    [&](const auto& one) { return one.first == placeholder.name; });
    if (value == values.end()) {
      std::vector<std::string_view> names;
      for (const auto& one : values) names.push_back(one.first);
      const std::string_view nearest = nearest_name(placeholder.name, names);
      const std::string known = names.empty() ? "there are no arguments" : "known: " + joined(names);
      return wrong(placeholder.begin, "there is no argument " + in_quotes(placeholder.name) + "; " +
                                          (nearest.empty() ? known : did_you_mean(nearest)));
    }
    result += value->second;
  }
  return result;
}

}  // namespace pland::engine
