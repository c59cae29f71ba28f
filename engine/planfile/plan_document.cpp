#include "engine/planfile/plan_document.h"

#include "engine/planfile/plan_reader.h"
#include "engine/planfile/read_document.h"

namespace pland::engine::planfile {

PlanDocument parse(std::string_view text, const ParseOptions& options) {
  PlanDocument document;
  PlanSpec spec;
  const bool good = read_document(text, FileKind::plan, options, document,
                                  [&](Reading& reading) { spec = read_plan(reading, options.max_entries); });
  if (good) document.spec = std::move(spec);
  return document;
}

std::optional<std::size_t> find_subplan(const PlanDocument& document, std::string_view name) {
  const auto& entries = document.ranges.entries;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!name.empty() && entries[i].name_text == name) return i;
  }
  return std::nullopt;
}

}  // namespace pland::engine::planfile
