// Every text that an open document has had, so that a message of the server can be judged by what the server
// can have known when it sent it: the client's latest changes may still have been on their way.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/conformance/shapes.h"
#include "tests/conformance/text.h"

namespace pland::conformance {

struct DocumentState {
  std::size_t since = 0;  // index of the client's message that made it
  bool open = false;
  std::int64_t version = 0;
  std::shared_ptr<const Text> text;  // null after a change that could not be applied: nothing is known
};

class DocumentHistory {
 public:
  // The positions of changes are in this encoding. Set by the initialize reply.
  Encoding encoding = Encoding::utf16;

  // Each takes the params of the notification, which fit their shape. Says what is wrong with the client's
  // message.
  std::optional<std::string> open(std::size_t message, const Json& params);
  std::optional<std::string> change(std::size_t message, const Json& params);
  std::optional<std::string> close(std::size_t message, const Json& params);

  // The states that the document may have had for a server that has read the client's messages up to `read`,
  // oldest first. Empty when the client never opened it.
  std::vector<const DocumentState*> possible(const std::string& uri, std::size_t read) const;

  // The state with this version since the document was last opened (or is, in one of its possible states).
  const DocumentState* with_version(const std::string& uri, std::int64_t version, std::size_t read) const;

  // The client's spelling of the URI of a document that is open now, when it differs from `uri`.
  std::optional<std::string> client_spelling(const std::string& uri) const;

 private:
  const DocumentState* current(const std::string& uri) const;

  struct Document {
    std::string uri;  // as the client last opened it
    std::vector<DocumentState> states;
  };
  std::map<std::string, Document> documents_;  // by canonical URI
};

}  // namespace pland::conformance
