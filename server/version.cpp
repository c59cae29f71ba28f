#include "server/version.h"

namespace pland::server {
const char* version() {
  return PLAND_VERSION;
}
}  // namespace pland::server
