#include "engine/planfile/plan_reader.h"

#include <algorithm>

#include "engine/planfile/dependencies.h"
#include "engine/planfile/name_check.h"
#include "engine/planfile/tool_check.h"
#include "engine/planfile/wording.h"

namespace pland::engine::planfile {
namespace {

/// Reads the plan's sections into a PlanSpec. One use.
class PlanReader {
 public:
  PlanReader(Reading& reading, std::size_t max_subplans) : reading_(reading), max_subplans_(max_subplans) {}

  PlanSpec read() {
    const View root = reading_.root();
    if (root.node->kind != NodeKind::map) {
      report().add("bad-value", reading_.first_line(root.place),
                   "a plan file is a mapping, not " + std::string(Reading::describe(*root.node)),
                   "start with `plan: <name>` and `subplans:`");
      return {};
    }
    const auto fields = reading_.section(Section::plan, root, reading_.first_line(root.place));
    PlanSpec spec;
    for (const Field& field : fields) read_plan_key(field, spec);
    check_dependencies(dependents_, report());
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
      if (auto profile = reading_.choice(field)) spec.profile = *profile;
    } else if (field.key == "invariants") {
      for (Item& item : reading_.text_list(field)) spec.invariants.push_back(std::move(item.text));
    } else if (field.key == "projects") {
      read_projects(field, spec);
    } else if (field.key == "subplan_defaults") {
      read_defaults(field, spec.subplan_defaults);
    } else if (field.key == "setup") {
      spec.setup = commands(field);
    } else if (field.key == "subplans") {
      read_subplans(field, spec);
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

  void read_subplans(const Field& field, PlanSpec& spec) {
    constexpr std::string_view kExample = "write a list: `- name: first` and `  run: <command>`";
    if (field.value.node->kind == NodeKind::null ||
        (field.value.node->kind == NodeKind::sequence && field.value.node->children.empty())) {
      report().add("empty-plan", field.value_place(), "the plan has no subplans", std::string(kExample));
      return;
    }
    if (!reading_.is_list(field, "`- name: first` and `  run: <command>`", false)) return;
    const auto entries = reading_.items(field.value);
    if (entries.size() > max_subplans_) {
      report().add("bad-value", entries[max_subplans_].place,
                   "more than " + std::to_string(max_subplans_) + " subplans", "split the plan");
    }
    for (std::size_t i = 0; i < entries.size() && i < max_subplans_; ++i) {
      spec.subplans.push_back(read_subplan(entries[i]));
    }
  }

  SubplanSpec read_subplan(const View& entry) {
    SubplanSpec spec;
    Dependent dependent;
    if (entry.node->kind != NodeKind::map) {
      report().add("bad-value", entry.place,
                   "a subplan is a mapping, not " + std::string(Reading::describe(*entry.node)),
                   "write `name: <name>` and `run: <command>`");
    } else {
      const Extent head = reading_.first_line(entry.place);
      const auto fields = reading_.section(Section::subplan, entry, head);
      for (const Field& field : fields) read_subplan_key(field, spec, dependent);
      const Field* name = find(fields, "name");
      check_work(fields, name != nullptr ? name->value_place() : head);
    }
    dependents_.push_back(std::move(dependent));
    return spec;
  }

  void read_subplan_key(const Field& field, SubplanSpec& spec, Dependent& dependent) {
    if (field.key == "name") {
      if (auto name = reading_.text(field)) {
        dependent.name = *name;
        spec.name = *name;
        check_plain_name("subplan name", *name, field.value_place(), report());
        check_unique(*name, field.value_place());
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
    }
  }

  void read_environment(const Field& section, SubplanSpec& spec) {
    if (!reading_.is_map(section, "`{VARIABLE: text}`", true)) return;
    for (const Field& variable : reading_.fields(section.value)) {
      check_variable(variable.key, variable.key_place, report());
      if (auto value = reading_.text(variable)) spec.environment.emplace(variable.key, std::move(*value));
    }
  }

  void check_unique(const std::string& name, Extent place) {
    const auto [first, is_new] = names_.emplace(name, place);
    if (is_new) return;
    Problem& problem =
        report().add("duplicate-name", place, "another subplan is already named " + in_quotes(name),
                     "give every subplan a name of its own");
    problem.related = {{report().lines().range(first->second), "the first one"}};
  }

  /// Exactly one of `run` and `tools`. A reserved way of working was reported where it stands.
  void check_work(const std::vector<Field>& fields, Extent place) {
    const Field* run = find(fields, "run");
    const Field* tools = find(fields, "tools");
    if (run != nullptr && tools != nullptr) {
      const Field* second = run->key_place.begin > tools->key_place.begin ? run : tools;
      Problem& problem =
          report().add("two-works", second->key_place, "both `run` and `tools`: a subplan has one work",
                       "remove one of them, or make it a subplan of its own");
      problem.related = {{report().lines().range((second == run ? tools : run)->key_place), "the other one"}};
    } else if (run == nullptr && tools == nullptr && find(fields, "agent") == nullptr) {
      report().add("missing-work", place, "this subplan has nothing to do",
                   "add `run: <command>` or `tools:`");
    } else if (tools != nullptr && tools->value.node->children.empty() &&
               (tools->value.node->kind == NodeKind::null || tools->value.node->kind == NodeKind::sequence)) {
      report().add("missing-work", tools->value_place(), "this subplan has nothing to do: `tools` is empty",
                   "add a call such as `- builtin/write_file: {path: a.txt, content: text}`");
    }
  }

  Reading& reading_;
  std::size_t max_subplans_;
  std::vector<Dependent> dependents_;
  std::map<std::string, Extent> names_;
};

}  // namespace

PlanSpec read_plan(Reading& reading, std::size_t max_subplans) {
  return PlanReader(reading, max_subplans).read();
}

}  // namespace pland::engine::planfile
