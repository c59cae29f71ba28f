// What pland and its supervisor say to each other (engine/base/process.cpp and supervisor/main.cpp).
#pragma once

#include <cstdint>

namespace pland::engine::supervisor {

/// Descriptors at the start of the supervisor.
inline constexpr int control_fd = 3;  ///< read end; end of file: pland is gone
inline constexpr int status_fd = 4;   ///< write end

/// The one byte that pland writes to the control pipe: end everything, with the grace of the command line.
inline constexpr char end_everything = 'E';

/// What the supervisor writes to the status pipe, whole (smaller than PIPE_BUF, so in one piece).
struct Message {
  enum Kind : std::int32_t {
    started = 1,      ///< value: the command's process id
    exec_failed = 2,  ///< value: errno; nothing ran
    exited = 3,       ///< value: the command's exit code; what it left behind is ended next
    signalled = 4,    ///< value: the signal that ended the command
    survivors = 5,    ///< value: how many descendants could not be ended (stuck in the kernel)
  };
  std::int32_t kind;
  std::int32_t value;
};

}  // namespace pland::engine::supervisor
