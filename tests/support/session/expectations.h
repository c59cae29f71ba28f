// Expectations in the words of the tests. Each is a state that is reached in the end; waiting for it needs no
// sleep.
#pragma once

#include <string>
#include <vector>

#include "tests/support/session/fake_editor.h"

namespace pland::session {

// A diagnostic with this code; with `on`, its range covers exactly that text of the buffer (or file); with
// `saying`, its message contains that.
struct DiagnosticWords {
  std::string on = {};
  std::string saying = {};
};
Expectation diagnostic(const std::string& path, const std::string& code, const DiagnosticWords& words = {});
Expectation no_diagnostic(const std::string& path, const std::string& code);
Expectation no_diagnostics(const std::string& path);
Expectation diagnostic_count(const std::string& path, std::size_t count);
// The server has published for this file at least `times` times.
Expectation published(const std::string& path, int times = 1);

// Titles are matched by a part of them.
Expectation progress_begun(const std::string& title);
Expectation progress_ended(const std::string& title);
Expectation message_shown(const std::string& part);

Expectation notified(const std::string& method, std::function<bool(const Json& params)> fits = {});
Expectation plan_state(const std::string& state);  // the newest pland/planChanged has this processing state
Expectation replied(const RequestHandle& handle);
Expectation asked(const std::string& method, int times = 1);  // the server sent this request so often
Expectation edited(int times = 1);                            // so many workspace/applyEdit were applied
Expectation buffer_is(const std::string& path, const std::string& text);

Expectation all_of(std::vector<Expectation> expectations);
Expectation any_of(std::vector<Expectation> expectations);

}  // namespace pland::session
