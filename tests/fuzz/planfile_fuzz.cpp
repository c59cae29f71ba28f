// libFuzzer target: any text is read without a crash, every problem and key stands inside the text, there is
// a specification exactly when no problem is an error, and a specification survives being stored.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "engine/planfile/plan_document.h"

namespace {

using namespace pland::engine;
using namespace pland::engine::planfile;

void demand(bool condition) {
  if (!condition) std::abort();
}

void check_inside(const SourceRange& range, std::size_t size) {
  demand(range.begin <= range.end && range.end <= size);
  demand(range.first.line >= 0 && range.first.column >= 0 && range.last.line >= range.first.line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const PlanDocument document = parse(text, {.max_nodes = 5000, .max_entries = 50, .max_problems = 20});
  bool error = false;
  for (const Problem& problem : document.problems) {
    error = error || problem.severity == Severity::error;
    demand(!problem.code.empty() && !problem.message.empty());
    check_inside(problem.range, size);
    for (const RelatedPlace& place : problem.related) check_inside(place.range, size);
  }
  demand(document.spec.has_value() != error);
  for (const KeyRange& key : document.ranges.keys) {
    check_inside(key.key_range, size);
    check_inside(key.value_range, size);
    demand(key.items.size() == key.item_texts.size());
  }
  for (const std::size_t offset : {std::size_t{0}, size / 2, size}) {
    check_inside(locate(document, offset).range, size);
  }
  if (document.spec) {
    demand(nlohmann::json(*document.spec).get<PlanSpec>() == *document.spec);
    demand(waves(*document.spec).ok());
  }
  return 0;
}
