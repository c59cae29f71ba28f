// One engine a state directory: an advisory lock on `<directory>/lock`.
//
// The lock is the kernel's (flock), so it is gone the moment its holder is, however that ended. The file says
// who holds it; it is never deleted, because deleting it would let two holders in.
// Any thread. Child processes do not inherit it (close-on-exec).
#pragma once

#include <filesystem>

#include "engine/base/result.h"

namespace pland::engine {

class Lock {
 public:
  /// Never waits. `directory` must exist. Errors: `refused` when it is taken, with the holder's process id in
  /// the message and in context["pid"] (absent when the holder has not written it yet); `io`.
  static Result<Lock> acquire(const std::filesystem::path& directory);
  Lock(Lock&& other) noexcept;
  Lock& operator=(Lock&& other) noexcept;
  ~Lock();  ///< releases it

 private:
  explicit Lock(int file) : file_(file) {}
  void release() noexcept;
  int file_ = -1;
  bool held_ = false;
};

}  // namespace pland::engine
