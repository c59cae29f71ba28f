#include "tests/conformance/content_checks.h"

#include <algorithm>

#include "tests/conformance/capabilities.h"
#include "tests/conformance/feature_gates.h"

namespace pland::conformance {
namespace {

Place place_of(const Json& position) {
  return {position.at("line").get<std::size_t>(), position.at("character").get<std::size_t>()};
}

Place start_of(const Json& range) {
  return place_of(range.at("start"));
}
Place end_of(const Json& range) {
  return place_of(range.at("end"));
}

std::string show(const Json& range) {
  auto place = [](const Place& p) { return std::to_string(p.line) + ":" + std::to_string(p.character); };
  return place(start_of(range)) + "-" + place(end_of(range));
}

bool contains(const Json& outer, const Json& inner) {
  return start_of(outer) <= start_of(inner) && end_of(inner) <= end_of(outer);
}

class ContentVisitor : public ShapeVisitor {
 public:
  explicit ContentVisitor(const ContentContext& context) : context_(context) {
    scopes_.push_back({context.document_uri, {}});
  }

  bool enter(const Node& node) override {
    if (!node.key.empty() && node.key == "diagnostics" && inside("CodeAction"))
      return false;  // the client's own, echoed
    switch (node.kind) {
      case Node::Kind::base:
        if (node.name == "DocumentUri" || node.name == "URI") check_spelling(node.value, node.path);
        return false;
      case Node::Kind::array:
        check_overlaps(node);
        push(scope_for(node), {});
        return true;
      case Node::Kind::map:
        if (node.name == "DocumentUri") {
          for (const auto& [uri, entry] : node.value.items()) check_spelling(uri, node.path + "." + uri);
          by_uri_.push_back(scopes_.size());
        }
        push(scope(), {});
        return true;
      case Node::Kind::structure:
        break;
    }
    Scope inner = scope_for(node);
    enter_structure(node, inner);
    push(inner, node.name);
    return true;
  }

  void leave(const Node& node) override {
    scopes_.pop_back();
    structures_.pop_back();
    if (node.kind == Node::Kind::map && node.name == "DocumentUri") by_uri_.pop_back();
  }

 private:
  struct Scope {
    std::string uri;  // of the document that ranges here belong to
    Json version;     // a number when the message says which version they are meant for
  };

  const Scope& scope() const { return scopes_.back(); }

  // An entry of a map by document belongs to the document that is its key.
  Scope scope_for(const Node& node) const {
    const bool entry_of_map = !by_uri_.empty() && by_uri_.back() == scopes_.size() - 1;
    return entry_of_map ? Scope{node.key, {}} : scope();
  }

  void push(Scope inner, std::string structure) {
    scopes_.push_back(std::move(inner));
    structures_.push_back(std::move(structure));
  }
  bool inside(const char* structure) const { return !structures_.empty() && structures_.back() == structure; }

  void enter_structure(const Node& node, Scope& inner) {
    const std::string& name = node.name;
    const Json& value = node.value;
    check_features(name, value, context_.method, context_.client_capabilities,
                   [&](const std::string& property, const std::string& text) {
                     const std::string where = property.empty() ? node.path : node.path + "." + property;
                     context_.report(Check::undeclared_feature, where,
                                     name + (property.empty() ? "" : "." + property) + ": " + text);
                   });

    if (name == "TextDocumentEdit") return enter_document_edit(node, inner);
    if (name == "Range") return check_range(value, node.path);
    if (name == "Position") return check_place(place_of(value), node.path);
    if (const auto uri = value.find("uri"); uri != value.end() && uri->is_string()) {
      inner = {uri->get<std::string>(), value.value("version", Json())};
    }
    if (name == "LocationLink") {
      check_selection(value, "targetSelectionRange", "targetRange", node.path);
    } else if (name == "DocumentSymbol" || name == "CallHierarchyItem") {
      check_selection(value, "selectionRange", "range", node.path);
    } else if (name == "FoldingRange") {
      for (const char* line : {"startLine", "endLine"}) {
        check_place({value.at(line).get<std::size_t>(), 0}, node.path + "." + line);
      }
    } else if (name == "Diagnostic") {
      if (value.at("message") == "") {
        context_.report(Check::empty_message, node.path + ".message", "a diagnostic says what is wrong");
      }
    } else if (name == "Command") {
      const std::string command = value.at("command");
      if (!command.empty() && !context_.known_commands.contains(command)) {
        context_.report(Check::unadvertised_command, node.path + ".command", command + " is not advertised");
      }
    } else if (name == "CodeAction") {
      check_code_action(value, node.path);
    } else if (name == "WorkspaceEdit") {
      check_workspace_edit(value, node.path);
    } else if (name == "PublishDiagnosticsParams") {
      check_diagnostics_version(value, node.path);
      context_.diagnostics_for(inner.uri, !value.at("diagnostics").empty(), node.path);
    } else if (name.find("FullDocumentDiagnosticReport") != std::string::npos) {
      context_.diagnostics_for(inner.uri, !value.at("items").empty(), node.path);
    }
  }

  std::vector<const DocumentState*> possible(const std::string& uri) const {
    return uri.empty() ? std::vector<const DocumentState*>()
                       : context_.documents.possible(uri, context_.read);
  }

  // The server names the version it means, and it must be one that can be the current one for it.
  void enter_document_edit(const Node& node, Scope& inner) {
    const Json& identifier = node.value.at("textDocument");
    inner = {identifier.at("uri").get<std::string>(), identifier.at("version")};
    const auto states = possible(inner.uri);
    const std::string path = node.path + ".textDocument.version";
    if (inner.version.is_null()) {
      const bool surely_open =
          !states.empty() && std::all_of(states.begin(), states.end(), [](auto s) { return s->open; });
      if (surely_open)
        context_.report(Check::unversioned_edit, path, "the document is open, its edit needs a version");
      return;
    }
    const auto version = inner.version.get<std::int64_t>();
    const bool current =
        std::any_of(states.begin(), states.end(), [&](auto s) { return s->open && s->version == version; });
    if (current) return;
    const bool open = !states.empty() && states.back()->open;
    context_.report(
        Check::stale_version, path,
        std::to_string(version) + (open ? ", the document is at " + std::to_string(states.back()->version)
                                        : ", the document is not open"));
    inner.uri.clear();  // what the edit's positions meant is unknown
  }

  void check_diagnostics_version(const Json& value, const std::string& path) {
    const auto version = value.find("version");
    if (version == value.end() ||
        context_.documents.with_version(value.at("uri"), version->get<std::int64_t>(), context_.read) !=
            nullptr) {
      return;
    }
    context_.report(Check::unknown_diagnostics_version, path + ".version",
                    version->dump() + " is no version of this document");
  }

  // The texts that a position here may mean. Empty: nothing can be said.
  std::vector<const Text*> texts() const {
    std::vector<const Text*> texts;
    if (scope().version.is_number()) {
      const auto* state =
          context_.documents.with_version(scope().uri, scope().version.get<std::int64_t>(), context_.read);
      if (state != nullptr && state->text != nullptr) texts.push_back(state->text.get());
      return texts;
    }
    for (const DocumentState* state : possible(scope().uri)) {
      if (!state->open || state->text == nullptr) return {};
      texts.push_back(state->text.get());
    }
    return texts;
  }

  void check_place(const Place& place, const std::string& path) {
    std::optional<PlaceProblem> problem;
    for (const Text* text : texts()) {
      problem = text->problem(place, context_.documents.encoding);
      if (!problem) return;
    }
    if (!problem) return;
    const bool outside = problem->kind == PlaceProblem::Kind::outside;
    context_.report(outside ? Check::position_outside : Check::position_inside_character, path,
                    problem->text + " in " + scope().uri);
  }

  // The positions of a range are visited on their own.
  void check_range(const Json& range, const std::string& path) {
    if (end_of(range) < start_of(range)) {
      context_.report(Check::inverted_range, path, show(range) + " ends before it starts");
    }
  }

  void check_selection(const Json& value, const char* selection, const char* range, const std::string& path) {
    if (!contains(value.at(range), value.at(selection))) {
      context_.report(Check::selection_outside_range, path + "." + selection,
                      show(value.at(selection)) + " is not inside " + show(value.at(range)));
    }
  }

  void check_overlaps(const Node& node) {
    if (node.value.empty()) return;
    std::vector<const Json*> ranges;
    for (const Json& edit : node.value) {
      const bool is_edit = edit.is_object() && edit.contains("range") &&
                           (edit.contains("newText") || edit.contains("snippet"));
      if (!is_edit) return;
      ranges.push_back(&edit.at("range"));
    }
    std::stable_sort(ranges.begin(), ranges.end(),
                     [](auto a, auto b) { return start_of(*a) < start_of(*b); });
    for (std::size_t i = 1; i < ranges.size(); ++i) {
      if (start_of(*ranges[i]) < end_of(*ranges[i - 1])) {
        context_.report(Check::overlapping_edits, node.path,
                        show(*ranges[i - 1]) + " and " + show(*ranges[i]));
        return;
      }
    }
  }

  void check_spelling(const std::string& uri, const std::string& path) {
    if (const auto spelling = context_.documents.client_spelling(uri)) {
      context_.report(Check::respelled_uri, path, uri + ", which the client calls " + *spelling);
    }
  }

  void check_code_action(const Json& action, const std::string& path) {
    const bool acts = action.contains("edit") || action.contains("command") || action.contains("disabled");
    const bool resolving = context_.method == "codeAction/resolve";
    if (acts || (!resolving && context_.can_resolve_code_actions)) return;
    context_.report(Check::inert_code_action, path,
                    resolving ? "resolved, and still neither edit nor command"
                              : "neither edit nor command, and they cannot be resolved");
  }

  void check_workspace_edit(const Json& edit, const std::string& path) {
    const Json annotations = edit.value("changeAnnotations", Json::object());
    auto check_annotation = [&](const Json& item, const std::string& where) {
      if (item.contains("annotationId") &&
          !annotations.contains(item.at("annotationId").get<std::string>())) {
        context_.report(Check::unknown_annotation, where,
                        item.at("annotationId").dump() + " is not described");
      }
    };
    const Json changes = edit.value("documentChanges", Json::array());
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const std::string where = path + ".documentChanges[" + std::to_string(i) + "]";
      check_annotation(changes[i], where);
      if (!changes[i].contains("edits")) continue;
      for (const Json& each : changes[i].at("edits")) check_annotation(each, where);
    }
    if (!edit.contains("changes") ||
        !declared(context_.client_capabilities, "workspace.workspaceEdit.documentChanges")) {
      return;
    }
    for (const auto& [uri, edits] : edit.at("changes").items()) {
      const auto states = possible(uri);
      if (!states.empty() && std::all_of(states.begin(), states.end(), [](auto s) { return s->open; })) {
        context_.report(Check::unversioned_edit, path + ".changes",
                        uri + " is open, its edits need a version");
      }
    }
  }

  const ContentContext& context_;
  std::vector<Scope> scopes_;
  std::vector<std::string> structures_;
  std::vector<std::size_t> by_uri_;  // depths of the maps whose keys are documents
};

}  // namespace

void check_content(const ContentContext& context, const Type& type, const Json& value,
                   const std::string& path) {
  ContentVisitor visitor(context);
  context.shapes.walk(type, value, path, true, visitor);
}

}  // namespace pland::conformance
