#include "engine/planfile/action_document.h"

#include "engine/planfile/action_reader.h"
#include "engine/planfile/read_document.h"

namespace pland::engine::planfile {

ActionDocument parse_action(std::string_view text, const ParseOptions& options) {
  ActionDocument document;
  Action action;
  const bool good = read_document(text, FileKind::action, options, document, [&](Reading& reading) {
    action = read_action(reading, options.max_entries);
  });
  if (good) document.action = std::move(action);
  return document;
}

}  // namespace pland::engine::planfile
