#include "engine/planfile/schema_check.h"

#include <algorithm>
#include <charconv>

#include "engine/model/inputs_schema.h"

namespace pland::engine::planfile {
namespace {

/// Follows a path from the schema's top.
class Finder {
 public:
  Finder(Reading& reading, const Field& top) : reading_(reading), top_(top) {}

  Extent place(const SchemaProblem& problem) {
    View at = top_.value;
    Extent place = top_.value_place();
    for (const std::string& step : problem.path) {
      if (at.node->kind == NodeKind::map) {
        const auto fields = reading_.fields(at);
        const Field* field = find(fields, step);
        if (field == nullptr) return place;
        const bool last = &step == &problem.path.back();
        place = last && problem.at_key ? field->key_place : field->value_place();
        at = field->value;
      } else if (at.node->kind == NodeKind::sequence) {
        std::size_t index = 0;
        std::from_chars(step.data(), step.data() + step.size(), index);
        const auto items = reading_.items(at);
        if (index >= items.size()) return place;
        at = items[index];
        place = at.place;
      }
    }
    return place;
  }

 private:
  Reading& reading_;
  const Field& top_;
};

}  // namespace

nlohmann::json read_schema(Reading& reading, const Field& field) {
  if (field.value.node->kind == NodeKind::null) {
    reading.bad_value(field, "a JSON Schema", "write `{required: [...]}`, or remove the key");
    return nullptr;
  }
  auto schema = reading.value(field.value);
  if (!schema) return nullptr;
  Finder finder(reading, field);
  for (const SchemaProblem& problem : check_schema(*schema)) {
    if (reading.report().is_full()) break;
    Extent place = finder.place(problem);
    if (!problem.at_key) place = reading.first_line(place);
    Problem& shown = reading.report().add(problem.at_key ? "unknown-key" : "bad-value", place,
                                          problem.message, problem.hint);
    if (!problem.nearest.empty()) shown.replacement = problem.nearest;
  }
  return *std::move(schema);
}

}  // namespace pland::engine::planfile
