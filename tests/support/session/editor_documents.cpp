// The editor's buffers, and how the server hears of them.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/conformance/capabilities.h"
#include "tests/support/session/fake_editor.h"

namespace pland::session {

using conformance::Place;
using conformance::Text;

namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string language_of(const std::filesystem::path& path) {
  static const std::map<std::string, std::string> languages = {
      {".yaml", "yaml"}, {".yml", "yaml"},    {".json", "json"}, {".c", "c"},          {".h", "cpp"},
      {".cpp", "cpp"},   {".md", "markdown"}, {".py", "python"}, {".ts", "typescript"}};
  const auto found = languages.find(path.extension().string());
  return found == languages.end() ? "plaintext" : found->second;
}

Json place_json(const Place& place) {
  return {{"line", place.line}, {"character", place.character}};
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

std::string file_uri(const std::filesystem::path& path) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string out = "file://";
  for (const char c : path.generic_string()) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += {'%', hex[byte >> 4], hex[byte & 15]};
    }
  }
  return out;
}

std::filesystem::path FakeEditor::file(const std::string& path) const {
  std::filesystem::path full = (options_.root / path).lexically_normal();
  return full.has_filename() ? full : full.parent_path();
}

std::string FakeEditor::uri(const std::string& path) const {
  if (const Buffer* open = find_buffer(path)) return open->uri;
  return options_.spell_uri ? options_.spell_uri(file(path)) : file_uri(file(path));
}

const FakeEditor::Buffer* FakeEditor::find_buffer(const std::string& path) const {
  const auto found = buffers_.find(file(path));
  return found == buffers_.end() ? nullptr : &found->second;
}

FakeEditor::Buffer& FakeEditor::buffer(const std::string& path) {
  const auto found = buffers_.find(file(path));
  if (found == buffers_.end()) throw std::logic_error(path + " is not open in the editor");
  return found->second;
}

void FakeEditor::open(const std::string& path) {
  open(path, read_file(file(path)));
}

void FakeEditor::open(const std::string& path, const std::string& text) {
  if (is_open(path)) throw std::logic_error(path + " is open already");
  std::error_code error;
  const std::string saved =
      std::filesystem::is_regular_file(file(path), error) ? read_file(file(path)) : std::string();
  const std::string spelled = uri(path);
  buffers_[file(path)] = {spelled, language_of(path), 1, Text(text), saved, {}};
  notify("textDocument/didOpen",
         {{"textDocument",
           {{"uri", spelled}, {"languageId", language_of(path)}, {"version", 1}, {"text", text}}}});
}

void FakeEditor::change(Buffer& buffer, const std::vector<Change>& changes) {
  buffer.undo.push_back(buffer.text.utf8());
  const Json* sync = conformance::at_path(server_capabilities_, "textDocumentSync");
  const Json* kind = sync != nullptr && sync->is_object() ? conformance::at_path(*sync, "change") : sync;
  const bool incremental = kind != nullptr && *kind == 2;
  Json events = Json::array();
  // From the last to the first, so that none moves the place of the next.
  for (auto each = changes.rbegin(); each != changes.rend(); ++each) {
    const Json range = {{"start", place_json(buffer.text.place(each->from, encoding_))},
                        {"end", place_json(buffer.text.place(each->to, encoding_))}};
    buffer.text = buffer.text.replaced(each->from, each->to, each->text);
    if (incremental) events.push_back({{"range", range}, {"text", each->text}});
  }
  if (!incremental) events.push_back({{"text", buffer.text.utf8()}});
  ++buffer.version;
  notify("textDocument/didChange",
         {{"textDocument", {{"uri", buffer.uri}, {"version", buffer.version}}}, {"contentChanges", events}});
}

void FakeEditor::type(const std::string& path, std::size_t from, std::size_t to, const std::string& text) {
  change(buffer(path), {{from, to, text}});
}

void FakeEditor::replace(const std::string& path, const std::string& old, const std::string& by) {
  Buffer& open = buffer(path);
  const std::size_t at = open.text.utf8().find(old);
  if (at == std::string::npos || open.text.utf8().find(old, at + 1) != std::string::npos) {
    throw std::logic_error(path + " does not have \"" + old + "\" exactly once");
  }
  change(open, {{at, at + old.size(), by}});
}

// As editors do, tells the server only of what differs, cut at characters and never inside \r\n.
void FakeEditor::set_text(const std::string& path, const std::string& text) {
  Buffer& open = buffer(path);
  const std::string& old = open.text.utf8();
  const std::size_t shorter = std::min(old.size(), text.size());
  std::size_t head = 0, tail = 0;
  while (head < shorter && old[head] == text[head]) ++head;
  auto cuts = [](const std::string& s, std::size_t at) {
    return at < s.size() && (is_continuation(s[at]) || (at > 0 && s[at] == '\n' && s[at - 1] == '\r'));
  };
  while (head > 0 && (cuts(old, head) || cuts(text, head))) --head;
  while (tail < shorter - head && old[old.size() - tail - 1] == text[text.size() - tail - 1]) ++tail;
  while (tail > 0 && (cuts(old, old.size() - tail) || cuts(text, text.size() - tail))) --tail;
  change(open, {{head, old.size() - tail, text.substr(head, text.size() - tail - head)}});
}

void FakeEditor::undo(const std::string& path) {
  Buffer& open = buffer(path);
  if (open.undo.empty()) throw std::logic_error("nothing to undo in " + path);
  const std::vector<std::string> rest(open.undo.begin(), open.undo.end() - 1);
  set_text(path, open.undo.back());
  open.undo = rest;
}

void FakeEditor::save(const std::string& path) {
  Buffer& open = buffer(path);
  std::filesystem::create_directories(file(path).parent_path());
  std::ofstream(file(path), std::ios::binary) << open.text.utf8();
  open.saved = open.text.utf8();
  const Json* sync = conformance::at_path(server_capabilities_, "textDocumentSync.save");
  if (sync == nullptr || *sync == false) return;
  Json params = {{"textDocument", {{"uri", open.uri}}}};
  if (conformance::declared(*sync, "includeText")) params["text"] = open.text.utf8();
  notify("textDocument/didSave", params);
}

void FakeEditor::close(const std::string& path) {
  const std::string spelled = buffer(path).uri;
  buffers_.erase(file(path));
  notify("textDocument/didClose", {{"textDocument", {{"uri", spelled}}}});
}

bool FakeEditor::is_open(const std::string& path) const {
  return find_buffer(path) != nullptr;
}

bool FakeEditor::is_dirty(const std::string& path) const {
  const Buffer* open = find_buffer(path);
  return open != nullptr && open->text.utf8() != open->saved;
}

int FakeEditor::version(const std::string& path) const {
  const Buffer* open = find_buffer(path);
  if (open == nullptr) throw std::logic_error(path + " is not open in the editor");
  return open->version;
}

std::string FakeEditor::text(const std::string& path) const {
  const Buffer* open = find_buffer(path);
  return open != nullptr ? open->text.utf8() : read_file(file(path));
}

Json FakeEditor::position(const std::string& path, std::size_t offset) const {
  return place_json(Text(text(path)).place(offset, encoding_));
}

Json FakeEditor::range_of(const std::string& path, const std::string& needle) const {
  const std::string whole = text(path);
  const std::size_t at = whole.find(needle);
  if (at == std::string::npos || whole.find(needle, at + 1) != std::string::npos) {
    throw std::logic_error(path + " does not have \"" + needle + "\" exactly once");
  }
  return {{"start", position(path, at)}, {"end", position(path, at + needle.size())}};
}

std::string FakeEditor::text_in(const std::string& path, const Json& range) const {
  const Text whole(text(path));
  auto place = [&](const char* end) {
    return Place{range.at(end).at("line").get<std::size_t>(),
                 range.at(end).at("character").get<std::size_t>()};
  };
  const Place start = place("start"), end = place("end");
  if (whole.problem(start, encoding_) || whole.problem(end, encoding_) || end < start) return "<outside>";
  const std::size_t from = whole.offset(start, encoding_);
  return whole.utf8().substr(from, whole.offset(end, encoding_) - from);
}

}  // namespace pland::session
