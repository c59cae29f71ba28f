// libFuzzer target: whatever arrives in whatever pieces, the decoder neither crashes nor loses its way. The
// first byte of the input says how the rest is cut; cut differently the outcome must be the same, and a good
// message at the end of a fresh line must be served unless an announced body swallowed it.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "protocol/jsonrpc/framing.h"
#include "protocol/jsonrpc/message.h"

namespace {

using namespace pland::jsonrpc;

std::string run(std::unique_ptr<Framing> framing, std::string_view bytes, std::size_t piece) {
  std::string outcome;
  std::vector<FramingEvent> events;
  while (!bytes.empty()) {
    const std::string_view now = bytes.substr(0, piece);
    bytes.remove_prefix(now.size());
    framing->feed(now, events);
  }
  framing->finish(events);
  for (const FramingEvent& event : events) {
    if (const auto* frame = std::get_if<Frame>(&event)) {
      outcome += "frame " + frame->body + "\n";
      const auto parsed = parse_message(frame->body);
      if (const auto* message = std::get_if<Message>(&parsed)) {
        const std::string written = serialize(*message);
        if (!std::holds_alternative<Message>(parse_message(written))) std::abort();
      }
    } else {
      outcome += "problem " + std::get<FramingProblem>(event).message + "\n";
    }
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = std::size_t{data[0]} % 16 + 1;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const FramingLimits limits{.max_body = 1000, .max_header_block = 100};
  for (auto* make : {&content_length_framing, &line_framing}) {
    if (run(make(limits), bytes, bytes.size() + 1) != run(make(limits), bytes, piece)) std::abort();
  }
  return 0;
}
