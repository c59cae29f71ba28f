#include "tests/conformance/document_history.h"

#include "tests/conformance/uri.h"

namespace pland::conformance {

const DocumentState* DocumentHistory::current(const std::string& uri) const {
  const auto found = documents_.find(canonical_uri(uri));
  return found == documents_.end() ? nullptr : &found->second.states.back();
}

std::optional<std::string> DocumentHistory::open(std::size_t message, const Json& params) {
  const Json& item = params.at("textDocument");
  const std::string uri = item.at("uri");
  const DocumentState* before = current(uri);
  const bool was_open = before != nullptr && before->open;
  Document& document = documents_[canonical_uri(uri)];
  document.uri = uri;
  document.states.push_back({message, true, item.at("version").get<std::int64_t>(),
                             std::make_shared<const Text>(item.at("text").get<std::string>())});
  if (was_open) return "the document is open already";
  return std::nullopt;
}

std::optional<std::string> DocumentHistory::change(std::size_t message, const Json& params) {
  const Json& identifier = params.at("textDocument");
  const std::string uri = identifier.at("uri");
  const DocumentState* before = current(uri);
  if (before == nullptr || !before->open) return "the document is not open";
  DocumentState next{message, true, identifier.at("version").get<std::int64_t>(), before->text};
  std::optional<std::string> problem;
  if (next.version <= before->version) problem = "the version does not go up";
  for (const Json& change : params.at("contentChanges")) {
    const std::string& by = change.at("text").get_ref<const std::string&>();
    if (!change.contains("range")) {
      next.text = std::make_shared<const Text>(by);
      continue;
    }
    if (next.text == nullptr) break;
    auto place = [&](const char* end) {
      const Json& position = change.at("range").at(end);
      return Place{position.at("line").get<std::size_t>(), position.at("character").get<std::size_t>()};
    };
    const Place start = place("start"), end = place("end");
    std::string why;
    for (const Place& p : {start, end}) {
      if (auto bad = next.text->problem(p, encoding)) why = bad->text;
    }
    if (why.empty() && end < start) why = "the range ends before it starts";
    if (!why.empty()) {
      problem = why;
      next.text = nullptr;
      break;
    }
    next.text = std::make_shared<const Text>(
        next.text->replaced(next.text->offset(start, encoding), next.text->offset(end, encoding), by));
  }
  documents_.at(canonical_uri(uri)).states.push_back(std::move(next));
  return problem;
}

std::optional<std::string> DocumentHistory::close(std::size_t message, const Json& params) {
  const std::string uri = params.at("textDocument").at("uri");
  const DocumentState* before = current(uri);
  if (before == nullptr || !before->open) return "the document is not open";
  documents_.at(canonical_uri(uri)).states.push_back({message, false, 0, nullptr});
  return std::nullopt;
}

std::vector<const DocumentState*> DocumentHistory::possible(const std::string& uri, std::size_t read) const {
  static const DocumentState never_opened;
  std::vector<const DocumentState*> states;
  const auto found = documents_.find(canonical_uri(uri));
  if (found == documents_.end()) return states;
  const DocumentState* known = &never_opened;
  for (const DocumentState& state : found->second.states) {
    if (state.since <= read) known = &state;
  }
  states.push_back(known);
  for (const DocumentState& state : found->second.states) {
    if (state.since > read) states.push_back(&state);
  }
  return states;
}

const DocumentState* DocumentHistory::with_version(const std::string& uri, std::int64_t version,
                                                   std::size_t read) const {
  const auto found = documents_.find(canonical_uri(uri));
  if (found == documents_.end()) return nullptr;
  const DocumentState* match = nullptr;
  for (const DocumentState& state : found->second.states) {
    if (!state.open && state.since <= read)
      match = nullptr;  // versions before a close that the server knows of
    if (state.open && state.version == version) match = &state;
  }
  return match;
}

std::optional<std::string> DocumentHistory::client_spelling(const std::string& uri) const {
  const auto found = documents_.find(canonical_uri(uri));
  if (found == documents_.end() || found->second.uri == uri || !found->second.states.back().open)
    return std::nullopt;
  return found->second.uri;
}

}  // namespace pland::conformance
