// A session written down as labelled messages, so that a test can change one of them and play it to the
// validator.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/conformance/shapes.h"
#include "tests/conformance/text.h"
#include "tests/conformance/validator.h"

namespace pland::conformance::planted {

struct Entry {
  std::string label;
  Direction direction;
  Json message;
};

class Script {
 public:
  explicit Script(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  Json& at(const std::string& label);
  void before(const std::string& label, std::vector<Entry> entries);
  void after(const std::string& label, std::vector<Entry> entries);
  void remove(const std::string& label);
  void move_after(const std::string& label, const std::string& moved);

  std::vector<Entry> entries_;

 private:
  std::vector<Entry>::iterator find(const std::string& label);
};

// An array. (Braces around one JSON value mean a copy of it to one compiler and a list of it to another.)
template <class... Values>
Json list(Values&&... values) {
  Json array = Json::array();
  (array.push_back(Json(std::forward<Values>(values))), ...);
  return array;
}

// Messages.
Json call(const Json& id, const std::string& method, const Json& params);
Json note(const std::string& method, const Json& params);
Json result(const Json& id, const Json& value);
Json error(const Json& id, int code, const std::string& text);
Entry client(const std::string& label, Json message);
Entry server(const std::string& label, Json message);

// The session's document: line 0 is "one X two" with X outside the BMP, line 1 is "second", line 2 is empty.
extern const char* const document_uri;
extern const char* const document_text;
Json position(std::size_t line, std::size_t character);
Json range(std::size_t line, std::size_t from, std::size_t to);
// Columns of line 0: after the wide character, and at the end.
std::size_t after_wide(Encoding encoding);
std::size_t line_end(Encoding encoding);
Json diagnostic(std::size_t from, std::size_t to);

// Everything that a server of plans does, with a client that declares everything.
Script clean_session(Encoding encoding = Encoding::utf16);
// Initialize to exit with nothing between but `entries`, after the document was opened ("open").
Script short_session(const Json& client_capabilities, std::vector<Entry> entries);

struct Run {
  std::vector<Violation> server, client;
};
Run play(const Script& script, Ending ending = Ending::clean);

// A fault planted into the clean session, and what the validator must say: this once, and nothing else.
struct Fault {
  const char* name;
  std::function<void(Script&)> plant;
  Check check;
  const char* text;                      // part of the violation's line
  std::vector<Check> clients_part = {};  // violations of the client that the fault cannot do without
  bool clients_fault = false;            // `check` is the client's violation
  Encoding encoding = Encoding::utf16;
};
std::vector<Fault> message_faults();    // envelope, shapes, replies
std::vector<Fault> lifecycle_faults();  // order of the session, capabilities, registrations, progress
std::vector<Fault> document_faults();   // documents, edits, contents

}  // namespace pland::conformance::planted
