#include "engine/planfile/action_reader.h"

#include <algorithm>
#include <map>

#include "engine/base/words.h"
#include "engine/model/action_arguments.h"
#include "engine/planfile/name_check.h"
#include "engine/planfile/placeholder_check.h"
#include "engine/planfile/profile_reader.h"
#include "engine/planfile/schema_check.h"

namespace pland::engine::planfile {
namespace {

/// One use.
class ActionReader {
 public:
  ActionReader(Reading& reading, std::size_t max_arguments)
      : reading_(reading), max_arguments_(max_arguments) {}

  Action read() {
    const View root = reading_.root();
    const auto fields = reading_.section(Section::action, root, reading_.first_line(root.place));
    Action action;
    for (const Field& field : fields) read_key(field, action);
    const bool names_are_known = find(fields, "arguments") == nullptr || arguments_are_read_;
    for (const char* key : {"description", "long_description", "definition_of_done"}) {
      const Field* field = find(fields, key);
      if (field != nullptr && names_are_known) check_placeholders(reading_, *field, argument_names_);
    }
    return action;
  }

 private:
  Report& report() { return reading_.report(); }

  void read_key(const Field& field, Action& action) {
    static const std::map<std::string_view, std::string Action::*> kTexts{
        {"description", &Action::description},
        {"long_description", &Action::long_description},
        {"definition_of_done", &Action::definition_of_done}};
    static const std::map<std::string_view, std::string Action::*> kActors{
        {"strategy_actor", &Action::strategy_actor},     {"execution_actor", &Action::execution_actor},
        {"estimation_actor", &Action::estimation_actor}, {"review_actor", &Action::review_actor},
        {"apply_actor", &Action::apply_actor},           {"invariant_actor", &Action::invariant_actor},
        {"repair_actor", &Action::repair_actor}};
    if (const auto text = kTexts.find(field.key); text != kTexts.end()) {
      action.*text->second = reading_.text(field).value_or("");
    } else if (const auto actor = kActors.find(field.key); actor != kActors.end()) {
      if (const auto name = reading_.text(field)) {
        action.*actor->second = referenced(*name, field.value_place(), report());
      }
    } else if (field.key == "name") {
      if (const auto name = reading_.text(field)) {
        action.name = namespaced(*name, field.value_place(), report());
      }
    } else if (field.key == "arguments") {
      read_arguments(field, action);
    } else if (field.key == "invariants") {
      read_invariants(field, action);
    } else if (field.key == "automation_profile") {
      action.automation_profile = reading_.profile(field).value_or("");
    } else if (field.key == "safety_profile") {
      action.safety_profile = read_safety(reading_, field);
    } else if (field.key == "reusable") {
      action.reusable = reading_.boolean(field).value_or(action.reusable);
    } else if (field.key == "read_only") {
      action.read_only = reading_.boolean(field).value_or(action.read_only);
    } else if (field.key == "state") {
      if (const auto state = reading_.choice(field)) action.state = parse_action_state(*state).value();
    } else if (field.key == "inputs_schema") {
      action.inputs_schema = read_schema(reading_, field);
    }
  }

  void read_arguments(const Field& field, Action& action) {
    arguments_are_read_ = reading_.is_list(field, "`- {name: module, type: string}`", true) ||
                          field.value.node->kind == NodeKind::null;
    if (field.value.node->kind != NodeKind::sequence) return;
    const auto entries = reading_.items(field.value);
    if (entries.size() > max_arguments_) {
      report().add("bad-value", entries[max_arguments_].place,
                   "more than " + std::to_string(max_arguments_) + " arguments",
                   "give the action a file to read instead");
    }
    for (std::size_t i = 0; i < entries.size() && i < max_arguments_; ++i) {
      action.arguments.push_back(read_argument(entries[i]));
    }
  }

  ActionArgument read_argument(const View& entry) {
    ActionArgument argument;
    if (entry.node->kind != NodeKind::map) {
      report().add("bad-value", entry.place,
                   "an argument is a mapping, not " + std::string(Reading::describe(*entry.node)),
                   "write `name: <name>` and `type: string`");
      return argument;
    }
    const Extent head = reading_.first_line(entry.place);
    const auto fields = reading_.section(Section::argument, entry, head);
    bool type_is_known = false;
    for (const Field& field : fields) {
      if (field.key == "name") {
        read_argument_name(field, argument);
      } else if (field.key == "type") {
        const auto type = reading_.choice(field);
        type_is_known = type.has_value();
        if (type) argument.type = parse_argument_type(*type).value();
      } else if (field.key == "required") {
        argument.required = reading_.boolean(field).value_or(false);
      } else if (field.key == "description") {
        argument.description = reading_.text(field).value_or("");
      } else if (field.key == "values") {
        read_values(field, argument);
      }
    }
    if (type_is_known) check_values(fields, head, argument);
    if (const Field* fallback = find(fields, "default"); fallback != nullptr && type_is_known) {
      read_default(*fallback, argument);
    }
    return argument;
  }

  void read_argument_name(const Field& field, ActionArgument& argument) {
    const auto name = reading_.text(field);
    if (!name) return;
    argument.name = *name;
    argument_names_.push_back(*name);
    check_plain_name("argument name", *name, field.value_place(), report());
    const auto [first, is_new] = places_.emplace(*name, field.value_place());
    if (is_new) return;
    Problem& problem = report().add("duplicate-name", field.value_place(),
                                    "another argument is already named " + in_quotes(*name),
                                    "give every argument a name of its own");
    problem.related = {{report().lines().range(first->second), "the first one"}};
  }

  void read_values(const Field& field, ActionArgument& argument) {
    std::map<std::string, Extent> seen;
    for (Item& item : reading_.text_list(field)) {
      if (item.text.empty()) {
        report().add("bad-value", item.place, "an empty word to choose from", "remove the item");
      } else if (const auto [first, is_new] = seen.emplace(item.text, item.place); !is_new) {
        Problem& problem = report().add("duplicate-name", item.place,
                                        in_quotes(item.text) + " is there already", "remove one of the two");
        problem.related = {{report().lines().range(first->second), "the first one"}};
      } else {
        argument.values.push_back(std::move(item.text));
      }
    }
  }

  /// `values` stands where the type is a choice, and nowhere else.
  void check_values(const std::vector<Field>& fields, Extent head, const ActionArgument& argument) {
    const Field* values = find(fields, "values");
    const bool is_choice = argument.type == ArgumentType::choice;
    if (values != nullptr && !is_choice) {
      report().add("bad-value", values->key_place, "only a choice has 'values'",
                   "write `type: choice`, or remove them");
    } else if (values == nullptr && is_choice) {
      report().add("missing-key", head, "the key 'values' is missing: what to choose from",
                   "add `values: [...]`");
    } else if (is_choice && values->value.node->children.empty() &&
               (values->value.node->kind == NodeKind::null ||
                values->value.node->kind == NodeKind::sequence)) {
      report().add("bad-value", values->value_place(), "there is nothing to choose from",
                   "write the words, or another type");
    }
  }

  void read_default(const Field& field, ActionArgument& argument) {
    if (argument.required) {
      report().add("bad-value", field.key_place, "a required argument has no default",
                   "remove the default, or `required: true`");
    }
    const Node& node = *field.value.node;
    const bool is_text = argument.type == ArgumentType::string || argument.type == ArgumentType::choice;
    std::optional<nlohmann::json> value;
    if (is_text && node.kind == NodeKind::scalar) {
      value = node.text;  // a text may look like a number
    } else if (argument.type == ArgumentType::list && node.kind == NodeKind::sequence) {
      nlohmann::json items = nlohmann::json::array();
      for (const Item& item : reading_.text_list(field)) items.push_back(item.text);
      value = std::move(items);
    } else {
      value = reading_.value(field.value);
    }
    if (!value) return;
    // A choice whose words are wrong would make every default wrong.
    if (argument.type == ArgumentType::choice && argument.values.empty()) return;
    if (auto typed = typed_value(argument, *value)) {
      argument.fallback = *std::move(typed);
      return;
    }
    const bool quoted_number = node.quoted && argument.type != ArgumentType::list;
    reading_.bad_value(field, expected_value(argument), quoted_number && !is_text ? "remove the quotes" : "");
  }

  void read_invariants(const Field& field, Action& action) {
    if (!reading_.is_list(field, "`- public headers keep their signatures`", true)) return;
    for (const View& item : reading_.items(field.value)) {
      if (item.node->kind == NodeKind::map) {
        action.invariants.push_back(read_invariant(item));
      } else if (item.node->kind == NodeKind::scalar) {
        action.invariants.push_back({item.node->text, "", false});
        check_words(item.node->text, item.place);
      } else {
        report().add("bad-value", item.place,
                     "an invariant is text or a mapping, not " + std::string(Reading::describe(*item.node)),
                     "write `- no new warnings`, or `- {text: ..., check: ...}`");
      }
    }
  }

  void check_words(const std::string& text, Extent place) {
    if (text.find_first_not_of(" \t\r\n") != std::string::npos) return;
    report().add("bad-value", place, "an empty invariant", "say what must stay true, or remove it");
  }

  Invariant read_invariant(const View& item) {
    Invariant invariant;
    for (const Field& field : reading_.section(Section::invariant, item, reading_.first_line(item.place))) {
      if (field.key == "text") {
        if (auto text = reading_.text(field)) {
          check_words(*text, field.value_place());
          invariant.text = *std::move(text);
        }
      } else if (field.key == "check") {
        invariant.check = reading_.command(field).value_or("");
      } else if (field.key == "non_overridable") {
        invariant.non_overridable = reading_.boolean(field).value_or(false);
      }
    }
    return invariant;
  }

  Reading& reading_;
  std::size_t max_arguments_;
  bool arguments_are_read_ = false;
  std::vector<std::string> argument_names_;
  std::map<std::string, Extent> places_;
};

}  // namespace

Action read_action(Reading& reading, std::size_t max_arguments) {
  return ActionReader(reading, max_arguments).read();
}

}  // namespace pland::engine::planfile
