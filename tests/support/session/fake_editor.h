// An editor that a test drives by hand: it opens, types, saves and closes documents, answers what the server
// asks, remembers what the server said, and has every message judged by the conformance validator.
//
//   FakeEditor editor({.root = folder, .send = to_server, .pump = run_server_once});
//   // the server's output goes to editor.receive(bytes)
//   editor.initialize();
//   editor.open("retire.plan.yaml");
//   const Json plan = editor.ask("pland/spawn", {{"uri", editor.uri("retire.plan.yaml")}});
//   editor.expect(diagnostic("src/a.c", "merge-conflict"));
//   editor.finish();   // or let it go out of scope
//
// It knows nothing of the product: bytes out through `send`, bytes in through receive(). One thread, the
// test's. The server may call receive() from inside `pump`; the editor may call `send` from inside receive(),
// so `send` only queues. Destroy the editor before the server it talks to.
#pragma once

#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/conformance/shapes.h"
#include "tests/conformance/text.h"
#include "tests/conformance/validator.h"
#include "tests/support/session/wire.h"

namespace pland::session {

using conformance::Json;

struct EditorOptions {
  std::filesystem::path root = {};  // the opened folder; relative paths below are inside it. Empty: no folder
  std::function<void(std::string)> send = {};

  // Lets the server run until something happened or the deadline passed; false when it passed, or when
  // nothing can happen any more. It must wait for events, not poll.
  std::function<bool(std::chrono::steady_clock::time_point deadline)> pump = {};

  std::string profile = "full";             // of tests/conformance/client_profiles
  Json capabilities = {};                   // instead of the profile's
  std::vector<std::string> encodings = {};  // instead of those the profile offers
  Json initialization_options = {};
  Json configuration = Json::object();         // by section, the answers to workspace/configuration
  std::chrono::milliseconds patience{20'000};  // real time that an expectation may take
  std::function<std::string(const std::filesystem::path&)> spell_uri = {};  // instead of file_uri()
  conformance::ValidatorOptions validator = {};  // more than the methods of pland_methods()
};

// An error is null, or {code, message, data?}.
struct Reply {
  Json result;
  Json error;
};

struct RequestHandle {
  int id = 0;
  std::string method;
};

struct ShownMessage {
  int type = 0;
  std::string text;
  std::vector<std::string> actions;  // of window/showMessageRequest
};

struct SeenProgress {
  std::string token;
  std::string title;
  std::vector<Json> events;  // the values: begin, reports, end
  bool ended = false;
};

struct Published {
  Json version;  // null when the server named none
  Json items = Json::array();
  int times = 0;
};

class FakeEditor;

// A state that the session reaches in the end. `met` looks at what the editor has recorded.
struct Expectation {
  std::string description;
  std::function<bool(const FakeEditor&)> met;
};

class FakeEditor {
 public:
  explicit FakeEditor(EditorOptions options);
  ~FakeEditor();
  FakeEditor(const FakeEditor&) = delete;
  FakeEditor& operator=(const FakeEditor&) = delete;

  void receive(std::string_view bytes);

  // The session. initialize() also sends `initialized`, and returns the InitializeResult.
  Json initialize();
  void shutdown();  // waits for the reply
  void exit();
  void connection_lost();  // the server is gone; nothing is owed any more
  void expect_client_faults() { client_faults_allowed_ = true; }  // this test breaks the protocol itself

  // shutdown and exit where still due, then every complaint about the session, one a line. finish() is a
  // doctest CHECK that there are none. The destructor calls it when the test did not.
  std::string conclude();
  void finish();

  // Messages. await() and ask() fail the test when no reply comes; ask() also when it is an error.
  RequestHandle request(const std::string& method, const Json& params = nullptr);
  void notify(const std::string& method, const Json& params = nullptr);
  void cancel(const RequestHandle& handle);
  const Reply* reply(const RequestHandle& handle) const;  // nullptr while there is none
  Reply await(const RequestHandle& handle);
  Json ask(const std::string& method, const Json& params = nullptr);
  Json refused(const std::string& method, const Json& params = nullptr);  // the error; fails on a result
  void send_bytes(
      std::string bytes);  // as they are; when they are no message, say expect_garbage_reply() first
  void expect_garbage_reply() { validator_.client_sent_garbage(); }

  // Waits for the expectation, letting the server run. expect() fails the test with a dump of what was seen
  // instead.
  bool eventually(const Expectation& expectation);
  void expect(const Expectation& expectation);
  void expect(std::function<bool(const FakeEditor&)> met, std::string description);
  std::string dump() const;

  // Documents. Paths are relative to the root, or absolute.
  void open(const std::string& path);                           // with the text on disk
  void open(const std::string& path, const std::string& text);  // unsaved
  void type(const std::string& path, std::size_t from, std::size_t to,
            const std::string& text);  // byte offsets
  void replace(const std::string& path, const std::string& old,
               const std::string& by);  // the only `old` there is
  void set_text(const std::string& path, const std::string& text);
  void undo(const std::string& path);  // the last change, whoever made it
  void save(const std::string& path);
  void close(const std::string& path);
  bool is_open(const std::string& path) const;
  bool is_dirty(const std::string& path) const;
  int version(const std::string& path) const;
  std::string text(const std::string& path) const;  // the buffer, or the file when it is not open
  std::string uri(const std::string& path) const;
  std::filesystem::path file(const std::string& path) const;

  // Positions in the negotiated encoding.
  Json position(const std::string& path, std::size_t offset) const;
  Json range_of(const std::string& path, const std::string& needle) const;  // the only place it is found at
  std::string text_in(const std::string& path,
                      const Json& range) const;  // "<outside>" when the range is not in it
  conformance::Encoding encoding() const { return encoding_; }

  // What a person does.
  std::vector<Json> code_actions(const std::string& path, const Json& range);
  void run(Json code_action);  // resolves it if need be, applies its edit, runs its command
  std::vector<Json> code_lenses(const std::string& path);  // resolved
  Json execute(const Json& command);                       // a Command of the protocol; returns its result
  void cancel_progress(const std::string& title);

  // How the server's requests are answered. By default: configuration from the options, edits applied,
  // progress and registrations accepted, documents shown, questions dismissed.
  void answer(const std::string& method, std::function<Reply(const Json& params)> how);
  void refuse_edits(const std::string& reason);
  void choose(const std::string& action_title);  // for the next question; several calls queue up
  void hold(const std::string& method);          // leave requests of this kind waiting ...
  void release(const std::string& method);       // ... and answer them all now

  // What was seen, oldest first.
  const Published& diagnostics(const std::string& path) const;
  const std::map<std::string, Published>& all_diagnostics() const { return diagnostics_; }  // by URI
  const std::vector<SeenProgress>& progress() const { return progress_; }
  const std::vector<ShownMessage>& messages() const { return messages_; }
  const std::vector<ShownMessage>& log() const { return log_; }
  const std::vector<Json>& shown_documents() const { return shown_documents_; }
  const std::vector<Json>& edits() const {
    return edits_;
  }  // params of each workspace/applyEdit that was applied
  const std::map<std::string, Json>& registrations() const { return registrations_; }  // by id
  std::vector<Json> notifications(const std::string& method) const;                    // their params
  int requests_received(const std::string& method) const;
  const std::deque<std::pair<Json, std::string>>& held() const { return held_; }
  const Json& server_capabilities() const { return server_capabilities_; }
  const conformance::Validator& validator() const { return validator_; }

 private:
  struct Buffer {
    std::string uri;
    std::string language;
    int version = 0;
    conformance::Text text;
    std::string saved;  // what is on disk as far as the editor knows
    std::vector<std::string> undo;
  };
  struct Change {
    std::size_t from, to;  // byte offsets
    std::string text;
  };

  // fake_editor.cpp
  void post(const Json& message);
  void handle(const Json& message);
  void handle_notification(const std::string& method, const Json& params);
  bool pump_until(const std::function<bool()>& done);

  // editor_answers.cpp
  void handle_request(const Json& message);
  void respond(const Json& message);
  Reply answer_to(const std::string& method, const Json& params);
  Reply choose_action(const Json& params);

  // editor_documents.cpp
  Buffer& buffer(const std::string& path);
  const Buffer* find_buffer(const std::string& path) const;
  // Applies changes that are sorted by offset and do not overlap, and tells the server.
  void change(Buffer& buffer, const std::vector<Change>& changes);
  std::filesystem::path path_of(const std::string& uri) const;

  // editor_edits.cpp
  Reply apply_edit(const Json& params);
  std::optional<std::string> edit_problem(const Json& change) const;
  void apply_text_edits(const std::string& uri, const Json& edits);
  void apply_resource_operation(const Json& operation);
  std::vector<Change> changes_of(const conformance::Text& text, const Json& edits) const;

  EditorOptions options_;
  conformance::Validator validator_;
  FrameReader reader_;
  conformance::Encoding encoding_ = conformance::Encoding::utf16;
  Json server_capabilities_ = Json::object();
  enum class Stage { fresh, running, shut_down, exited, lost } stage_ = Stage::fresh;
  bool concluded_ = false;
  bool client_faults_allowed_ = false;
  std::string complaints_;

  int next_id_ = 1;
  std::map<int, std::string> asked_;  // ids that wait, and their methods
  std::map<int, Reply> replies_;
  std::map<std::filesystem::path, Buffer> buffers_;

  std::map<std::string, std::function<Reply(const Json&)>> answers_;
  std::optional<std::string> refusal_;
  std::deque<std::string> choices_;
  std::set<std::string> holding_;
  std::deque<std::pair<Json, std::string>> held_;  // message and method

  std::map<std::string, Published> diagnostics_;
  std::vector<SeenProgress> progress_;
  std::vector<ShownMessage> messages_, log_;
  std::vector<Json> shown_documents_, edits_;
  std::map<std::string, Json> registrations_;
  std::vector<std::pair<std::string, Json>> notifications_;
  std::map<std::string, int> requests_received_;
};

// The protocol of ours that every session may use: the verbs, pland/sync, and pland/planChanged for who opted
// in.
std::vector<conformance::CustomMethod> pland_methods();

std::string file_uri(const std::filesystem::path& path);

}  // namespace pland::session
