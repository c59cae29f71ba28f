#include "engine/planfile/placeholder_check.h"

#include <algorithm>

#include "engine/base/nearest_name.h"
#include "engine/base/words.h"
#include "engine/model/text_template.h"

namespace pland::engine::planfile {
namespace {

/// Where the names of the placeholders stand in the file; empty when escapes or folding may have moved them.
std::vector<Extent> places_of(const Reading& reading, const Field& field,
                              const std::vector<Placeholder>& placeholders) {
  std::vector<Extent> places;
  if (field.value.aliased) return places;
  const Extent whole = field.value_place();
  const std::string_view source = reading.source().substr(whole.begin, whole.end - whole.begin);
  const auto written = find_placeholders(source);
  if (!written.ok() || written->size() != placeholders.size()) return places;
  for (std::size_t i = 0; i < placeholders.size(); ++i) {
    const Placeholder& one = (*written)[i];
    if (one.name != placeholders[i].name) return {};
    const std::size_t begin = whole.begin + source.find(one.name, one.begin);
    places.push_back({begin, begin + one.name.size()});
  }
  return places;
}

}  // namespace

void check_placeholders(Reading& reading, const Field& field, const std::vector<std::string>& arguments) {
  if (field.value.node->kind != NodeKind::scalar) return;
  Report& report = reading.report();
  const auto placeholders = find_placeholders(field.value.node->text);
  if (!placeholders.ok()) {
    report.add("bad-value", field.value_place(), in_quotes(field.key) + ": " + placeholders.error().message,
               "a placeholder is written `{{ name }}`");
    return;
  }
  const std::vector<std::string_view> known(arguments.begin(), arguments.end());
  const auto places = places_of(reading, field, *placeholders);
  for (std::size_t i = 0; i < placeholders->size(); ++i) {
    const std::string& name = (*placeholders)[i].name;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string_view nearest = nearest_name(name, known);
    const std::string hint = known.empty() ? "declare it under `arguments`" : "known: " + joined(known);
    Problem& problem = report.add(
        "unknown-argument", places.empty() ? field.value_place() : places[i],
        in_quotes(field.key) + " speaks of an argument " + in_quotes(name) + " that the action does not have",
        nearest.empty() ? hint : did_you_mean(nearest));
    if (!nearest.empty() && !places.empty()) problem.replacement = std::string(nearest);
  }
}

}  // namespace pland::engine::planfile
