// The program's version, from CMake.
#pragma once

namespace pland::server {
const char* version();
}  // namespace pland::server
