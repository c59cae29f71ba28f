#include "server/client_process.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <asio/posix/stream_descriptor.hpp>
#include <limits>
#include <system_error>
#include <utility>

#include "engine/base/process_end.h"

namespace pland::server {

struct ClientProcess::State {
  State(const asio::any_io_executor& executor, int descriptor, std::function<void()> callback)
      : process(executor, descriptor), gone(std::move(callback)) {}
  asio::posix::stream_descriptor process;  ///< a pidfd: readable when the process has ended
  std::function<void()> gone;
};

ClientProcess::ClientProcess(const asio::any_io_executor& executor, std::int64_t process_id,
                             std::function<void()> gone) {
  if (process_id <= 0 || process_id > std::numeric_limits<pid_t>::max()) return;
  const auto descriptor = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(process_id), 0));
  if (descriptor < 0) return;
  state_ = std::make_shared<State>(executor, descriptor, std::move(gone));
  engine::wait_for_end(state_->process, [state = state_](const std::error_code& error) {
    if (error) return;
    if (auto callback = std::exchange(state->gone, nullptr)) callback();
  });
}

ClientProcess::~ClientProcess() {
  if (!state_) return;
  state_->gone = nullptr;
  std::error_code ignored;
  state_->process.cancel(ignored);
}

bool ClientProcess::watching() const {
  return state_ != nullptr;
}

}  // namespace pland::server
