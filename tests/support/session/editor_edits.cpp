// workspace/applyEdit: the edit is checked as a whole, then made as a whole.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "tests/conformance/uri.h"
#include "tests/support/session/fake_editor.h"

namespace pland::session {

using conformance::Place;
using conformance::Text;
namespace fs = std::filesystem;

namespace {

Place place_of(const Json& position) {
  return {position.at("line").get<std::size_t>(), position.at("character").get<std::size_t>()};
}

Reply refusal(const std::string& reason, std::size_t change) {
  return {{{"applied", false}, {"failureReason", reason}, {"failedChange", change}}, nullptr};
}

// `changes` and `documentChanges` as one list of the latter's form.
Json changes_in(const Json& edit) {
  if (edit.contains("documentChanges")) return edit.at("documentChanges");
  Json list = Json::array();
  const Json changes = edit.value("changes", Json::object());
  for (const auto& [uri, edits] : changes.items()) {
    list.push_back({{"textDocument", {{"uri", uri}, {"version", nullptr}}}, {"edits", edits}});
  }
  return list;
}

std::string file_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

fs::path FakeEditor::path_of(const std::string& uri) const {
  const std::string wanted = conformance::canonical_uri(uri);
  for (const auto& [path, open] : buffers_) {
    if (conformance::canonical_uri(open.uri) == wanted) return path;
  }
  const std::string scheme = "file://";
  return fs::path(wanted.compare(0, scheme.size(), scheme) == 0 ? wanted.substr(scheme.size()) : wanted);
}

Reply FakeEditor::apply_edit(const Json& params) {
  if (refusal_) return {{{"applied", false}, {"failureReason", *refusal_}}, nullptr};
  const Json changes = changes_in(params.at("edit"));
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (const auto problem = edit_problem(changes[i])) return refusal(*problem, i);
  }
  for (const Json& change : changes) {
    if (change.contains("kind")) {
      apply_resource_operation(change);
    } else {
      apply_text_edits(change.at("textDocument").at("uri"), change.at("edits"));
    }
  }
  edits_.push_back(params);
  return {{{"applied", true}}, nullptr};
}

std::optional<std::string> FakeEditor::edit_problem(const Json& change) const {
  const std::string kind = change.value("kind", "");
  if (!kind.empty()) {
    const Json options = change.value("options", Json::object());
    const bool may_exist = options.value("overwrite", false) || options.value("ignoreIfExists", false);
    const fs::path target = path_of(change.at(kind == "rename" ? "newUri" : "uri").get<std::string>());
    if (kind == "delete") {
      if (!fs::exists(target) && !options.value("ignoreIfNotExists", false))
        return target.string() + " does not exist";
    } else if (fs::exists(target) && !may_exist) {
      return target.string() + " exists";
    }
    return std::nullopt;
  }
  const Json& identifier = change.at("textDocument");
  const fs::path path = path_of(identifier.at("uri").get<std::string>());
  const auto open = buffers_.find(path);
  if (!identifier.at("version").is_null()) {
    if (open == buffers_.end()) return path.string() + " is not open";
    if (identifier.at("version") != open->second.version) return path.string() + " has changed meanwhile";
  }
  // A file that an earlier change creates cannot be looked at yet.
  if (open == buffers_.end() && !fs::exists(path)) return std::nullopt;
  const Text text = open != buffers_.end() ? open->second.text : Text(file_text(path));
  for (const Json& edit : change.at("edits")) {
    for (const char* end : {"start", "end"}) {
      if (const auto bad = text.problem(place_of(edit.at("range").at(end)), encoding_)) return bad->text;
    }
  }
  return std::nullopt;
}

std::vector<FakeEditor::Change> FakeEditor::changes_of(const Text& text, const Json& edits) const {
  std::vector<Change> changes;
  for (const Json& edit : edits) {
    const Json& range = edit.at("range");
    changes.push_back({text.offset(place_of(range.at("start")), encoding_),
                       text.offset(place_of(range.at("end")), encoding_),
                       edit.at("newText").get<std::string>()});
  }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Change& a, const Change& b) { return a.from < b.from; });
  return changes;
}

void FakeEditor::apply_text_edits(const std::string& uri, const Json& edits) {
  const fs::path path = path_of(uri);
  if (const auto open = buffers_.find(path); open != buffers_.end()) {
    return change(open->second, changes_of(open->second.text, edits));
  }
  Text text(file_text(path));
  const std::vector<Change> changes = changes_of(text, edits);
  for (auto each = changes.rbegin(); each != changes.rend(); ++each) {
    text = text.replaced(each->from, each->to, each->text);
  }
  std::ofstream(path, std::ios::binary) << text.utf8();
}

void FakeEditor::apply_resource_operation(const Json& operation) {
  const std::string kind = operation.at("kind");
  const Json options = operation.value("options", Json::object());
  if (kind == "create") {
    const fs::path path = path_of(operation.at("uri").get<std::string>());
    if (fs::exists(path) && !options.value("overwrite", false)) return;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary | std::ios::trunc).flush();
  } else if (kind == "rename") {
    const fs::path to = path_of(operation.at("newUri").get<std::string>());
    if (fs::exists(to) && !options.value("overwrite", false)) return;
    fs::create_directories(to.parent_path());
    fs::rename(path_of(operation.at("oldUri").get<std::string>()), to);
  } else {
    fs::remove_all(path_of(operation.at("uri").get<std::string>()));
  }
}

}  // namespace pland::session
