#include "engine/base/process_end.h"

#include <poll.h>

#include <cerrno>

namespace pland::engine {

bool has_ended(int pidfd) {
  pollfd watched{pidfd, POLLIN, 0};
  int found = 0;
  do {
    found = ::poll(&watched, 1, 0);
  } while (found < 0 && errno == EINTR);
  return found > 0;
}

void wait_for_end(asio::posix::stream_descriptor& process,
                  std::function<void(const asio::error_code&)> callback) {
  process.async_wait(asio::posix::stream_descriptor::wait_read,
                     [&process, callback = std::move(callback)](const asio::error_code& error) mutable {
                       if (!error && !has_ended(process.native_handle())) {
                         return wait_for_end(process, std::move(callback));
                       }
                       callback(error);
                     });
}

}  // namespace pland::engine
