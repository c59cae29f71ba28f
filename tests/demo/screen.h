// What the demo prints: documents with lenses and diagnostics, as an editor draws them.
#pragma once

#include <optional>
#include <string>

#include "tests/support/session/fake_editor.h"

namespace pland::demo {

void headline(const std::string& text);
void say(const std::string& text);
/// The first lines of a document with its code lenses above them and its diagnostics below.
void show_document(session::FakeEditor& editor, const std::string& path, std::size_t lines);
/// The lines that carry diagnostics, underlined.
void show_diagnostics(session::FakeEditor& editor, const std::string& path);
/// Prints each change of a subplan's state until the plan has settled; its last notification.
std::optional<session::Json> follow_run(session::FakeEditor& editor);

}  // namespace pland::demo
