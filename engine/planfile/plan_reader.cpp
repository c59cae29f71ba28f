#include "engine/planfile/plan_reader.h"

#include <algorithm>

#include "engine/base/words.h"
#include "engine/planfile/dependencies.h"
#include "engine/planfile/name_check.h"
#include "engine/planfile/tool_check.h"

namespace pland::engine::planfile {
namespace {

/// Reads the plan's sections into a PlanSpec. One use.
class PlanReader {
 public:
  PlanReader(Reading& reading, std::size_t max_subplans) : reading_(reading), max_subplans_(max_subplans) {}

  PlanSpec read() {
    const View root = reading_.root();
    const auto fields = reading_.section(Section::plan, root, reading_.first_line(root.place));
    PlanSpec spec;
    for (const Field& field : fields) read_plan_key(field, spec);
    return spec;
  }

 private:
  Report& report() { return reading_.report(); }

  void read_plan_key(const Field& field, PlanSpec& spec) {
    if (field.key == "plan") {
      if (auto name = reading_.text(field)) spec.name = namespaced(*name, field.value_place(), report());
    } else if (field.key == "goal") {
      spec.goal = reading_.text(field).value_or("");
    } else if (field.key == "done") {
      spec.done = reading_.text(field).value_or("");
    } else if (field.key == "profile") {
      if (auto profile = reading_.profile(field)) spec.profile = *profile;
    } else if (field.key == "invariants") {
      read_invariants(field, spec);
    } else if (field.key == "projects") {
      read_projects(field, spec);
    } else if (field.key == "subplan_defaults") {
      read_defaults(field, spec.subplan_defaults);
    } else if (field.key == "setup") {
      spec.setup = commands(field);
    } else if (field.key == "subplans") {
      spec.subplans = read_subplans(field, 0);
    } else if (field.key == "regenerate") {
      read_commands(field, spec.regenerate);
    } else if (field.key == "opaque") {
      for (Item& item : reading_.text_list(field)) {
        if (check_path(item.text, "opaque", item.place, report()))
          spec.opaque.push_back(std::move(item.text));
      }
    } else if (field.key == "max_child_depth") {
      if (const auto depth = reading_.integer(field)) spec.max_child_depth = *depth;
    }
  }

  void read_invariants(const Field& field, PlanSpec& spec) {
    if (!reading_.is_list(field, "`- what must stay true`", true)) return;
    for (const View& entry : reading_.items(field.value)) {
      Invariant invariant;
      if (entry.node->kind == NodeKind::map) {
        for (const Field& part :
             reading_.section(Section::invariant, entry, reading_.first_line(entry.place))) {
          if (part.key == "text") invariant.text = reading_.text(part).value_or("");
          if (part.key == "check") invariant.check = reading_.command(part).value_or("");
          if (part.key == "non_overridable") {
            invariant.non_overridable = reading_.boolean(part).value_or(false);
          }
        }
      } else if (auto text = reading_.item_text(field, entry)) {
        invariant.text = std::move(text->text);
      } else {
        continue;
      }
      spec.invariants.push_back(std::move(invariant));
    }
  }

  void read_commands(const Field& section, std::map<std::string, std::string>& commands) {
    if (!reading_.is_map(section, "`{package-lock.json: npm install --package-lock-only}`", true)) return;
    for (const Field& entry : reading_.fields(section.value)) {
      if (!check_path(entry.key, "regenerate", entry.key_place, report())) continue;
      if (auto command = reading_.command(entry)) commands.emplace(entry.key, std::move(*command));
    }
  }

  std::vector<std::string> commands(const Field& field) {
    std::vector<std::string> result;
    for (Item& item : reading_.text_list(field)) {
      if (item.text.find_first_not_of(" \t\r\n") == std::string::npos) {
        report().add("bad-value", item.place, "an empty command", "write the command, or remove the item");
      } else {
        result.push_back(std::move(item.text));
      }
    }
    return result;
  }

  void read_projects(const Field& field, PlanSpec& spec) {
    if (!reading_.is_map(field, "`{alias: folder}`", true)) return;
    for (const Field& project : reading_.fields(field.value)) {
      check_plain_name("alias", project.key, project.key_place, report());
      auto folder = reading_.text(project);
      if (!folder) continue;
      if (folder->empty()) {
        report().add("bad-value", project.value_place(),
                     "the folder of " + in_quotes(project.key) + " is empty",
                     "write `.` for the folder of this file");
        continue;
      }
      spec.projects.emplace(project.key, std::move(*folder));
    }
  }

  void read_defaults(const Field& section, SubplanConfig& config) {
    if (!reading_.is_map(section, "`subplan_defaults: {max_parallel: 4}`", true)) return;
    for (const Field& field : reading_.section(Section::subplan_defaults, section.value, section.key_place)) {
      if (field.key == "mode") {
        if (const auto mode = reading_.choice(field)) config.mode = parse_execution_mode(*mode).value();
      } else if (field.key == "merge") {
        if (const auto merge = reading_.choice(field)) config.merge = parse_merge_strategy(*merge).value();
      } else if (field.key == "max_parallel") {
        if (const auto count = reading_.integer(field)) config.max_parallel = *count;
      } else if (field.key == "fail_fast") {
        if (const auto yes = reading_.boolean(field)) config.fail_fast = *yes;
      } else if (field.key == "timeout") {
        config.timeout = reading_.duration(field);
      } else if (field.key == "idle_timeout") {
        config.idle_timeout = reading_.duration(field);
      } else if (field.key == "retry_failed") {
        if (const auto yes = reading_.boolean(field)) config.retry_failed = *yes;
      } else if (field.key == "max_retries") {
        if (const auto count = reading_.integer(field)) config.max_retries = *count;
      }
    }
  }

  /// The entries of one list; their names and the graph of their `after` are the list's own.
  std::vector<SubplanSpec> read_subplans(const Field& field, int level) {
    constexpr std::string_view kExample = "write a list: `- name: first` and `  run: <command>`";
    constexpr int kMostLevels = 20;
    std::vector<SubplanSpec> subplans;
    if (level > kMostLevels) {
      report().add("bad-value", field.key_place, "subplans are nested more than 20 levels deep",
                   "nest less deeply");
      return subplans;
    }
    if (field.value.node->kind == NodeKind::null ||
        (field.value.node->kind == NodeKind::sequence && field.value.node->children.empty())) {
      report().add("empty-plan", field.value_place(), "the plan has no subplans", std::string(kExample));
      return subplans;
    }
    if (!reading_.is_list(field, "`- name: first` and `  run: <command>`", false)) return subplans;
    std::vector<Dependent> dependents;
    std::map<std::string, Extent> names;
    for (const View& entry : reading_.items(field.value)) {
      if (++subplans_read_ > max_subplans_) {
        if (subplans_read_ == max_subplans_ + 1) {
          report().add("bad-value", entry.place, "more than " + std::to_string(max_subplans_) + " subplans",
                       "split the plan");
        }
        break;
      }
      subplans.push_back(read_subplan(entry, level, dependents, names));
    }
    check_dependencies(dependents, report());
    return subplans;
  }

  SubplanSpec read_subplan(const View& entry, int level, std::vector<Dependent>& dependents,
                           std::map<std::string, Extent>& names) {
    SubplanSpec spec;
    Dependent dependent;
    if (entry.node->kind != NodeKind::map) {
      report().add("bad-value", entry.place,
                   "a subplan is a mapping, not " + std::string(Reading::describe(*entry.node)),
                   "write `name: <name>` and `run: <command>`");
    } else {
      const Extent head = reading_.first_line(entry.place);
      const auto fields = reading_.section(Section::subplan, entry, head);
      for (const Field& field : fields) read_subplan_key(field, level, spec, dependent, names);
      const Field* name = find(fields, "name");
      check_work(fields, name != nullptr ? name->value_place() : head);
    }
    dependents.push_back(std::move(dependent));
    return spec;
  }

  void read_subplan_key(const Field& field, int level, SubplanSpec& spec, Dependent& dependent,
                        std::map<std::string, Extent>& names) {
    if (field.key == "name") {
      if (auto name = reading_.text(field)) {
        dependent.name = *name;
        spec.name = *name;
        check_plain_name("subplan name", *name, field.value_place(), report());
        check_unique(*name, field.value_place(), names);
      }
    } else if (field.key == "goal") {
      spec.goal = reading_.text(field).value_or("");
    } else if (field.key == "scope") {
      for (Item& item : reading_.text_list(field)) {
        if (check_path(item.text, "scope", item.place, report())) spec.scope.push_back(std::move(item.text));
      }
    } else if (field.key == "after") {
      dependent.after = reading_.text_list(field);
      for (const Item& item : dependent.after) {
        if (std::find(spec.after.begin(), spec.after.end(), item.text) == spec.after.end()) {
          spec.after.push_back(item.text);
        }
      }
    } else if (field.key == "run") {
      spec.run = reading_.command(field).value_or("");
    } else if (field.key == "check") {
      spec.check = reading_.command(field).value_or("");
    } else if (field.key == "tools") {
      spec.tools = read_tools(field, reading_);
    } else if (field.key == "env") {
      read_environment(field, spec);
    } else if (field.key == "timeout") {
      spec.timeout = reading_.duration(field);
    } else if (field.key == "idle_timeout") {
      spec.idle_timeout = reading_.duration(field);
    } else if (field.key == "max_retries") {
      spec.max_retries = reading_.integer(field);
    } else if (field.key == "repair") {
      read_repair(field, spec.repair);
    } else if (field.key == "subplans") {
      spec.subplans = read_subplans(field, level + 1);
    } else if (field.key == "subplan_defaults") {
      read_defaults(field, spec.subplan_defaults.emplace());
    }
  }

  void read_repair(const Field& section, RepairSpec& repair) {
    if (!reading_.is_map(section, "`repair: {run: <command>}`", false)) return;
    for (const Field& field : reading_.section(Section::repair, section.value, section.key_place)) {
      if (field.key == "run") repair.run = reading_.command(field).value_or("");
      if (field.key == "max_tries") repair.max_tries = reading_.integer(field).value_or(1);
    }
  }

  void read_environment(const Field& section, SubplanSpec& spec) {
    if (!reading_.is_map(section, "`{VARIABLE: text}`", true)) return;
    for (const Field& variable : reading_.fields(section.value)) {
      check_variable(variable.key, variable.key_place, report());
      if (auto value = reading_.text(variable)) spec.environment.emplace(variable.key, std::move(*value));
    }
  }

  void check_unique(const std::string& name, Extent place, std::map<std::string, Extent>& names) {
    const auto [first, is_new] = names.emplace(name, place);
    if (is_new) return;
    Problem& problem =
        report().add("duplicate-name", place, "another subplan is already named " + in_quotes(name),
                     "give every subplan a name of its own");
    problem.related = {{report().lines().range(first->second), "the first one"}};
  }

  /// Exactly one of `run`, `tools` and `subplans`. A reserved way of working was reported where it stands.
  void check_work(const std::vector<Field>& fields, Extent place) {
    std::vector<const Field*> works;
    for (const std::string_view key : {"run", "tools", "subplans"}) {
      if (const Field* field = find(fields, key)) works.push_back(field);
    }
    std::sort(works.begin(), works.end(),
              [](const Field* a, const Field* b) { return a->key_place.begin < b->key_place.begin; });
    if (works.size() > 1) {
      Problem& problem =
          report().add("two-works", works[1]->key_place,
                       "both `" + works[0]->key + "` and `" + works[1]->key + "`: a subplan has one work",
                       "remove one of them, or make it a subplan of its own");
      problem.related = {{report().lines().range(works[0]->key_place), "the other one"}};
    } else if (works.empty() && find(fields, "agent") == nullptr) {
      report().add("missing-work", place, "this subplan has nothing to do",
                   "add `run: <command>`, `tools:` or `subplans:`");
    } else if (const Field* tools = find(fields, "tools");
               tools != nullptr && tools->value.node->children.empty() &&
               (tools->value.node->kind == NodeKind::null || tools->value.node->kind == NodeKind::sequence)) {
      report().add("missing-work", tools->value_place(), "this subplan has nothing to do: `tools` is empty",
                   "add a call such as `- builtin/write_file: {path: a.txt, content: text}`");
    }
  }

  Reading& reading_;
  std::size_t max_subplans_;
  std::size_t subplans_read_ = 0;
};

}  // namespace

PlanSpec read_plan(Reading& reading, std::size_t max_subplans) {
  return PlanReader(reading, max_subplans).read();
}

}  // namespace pland::engine::planfile
