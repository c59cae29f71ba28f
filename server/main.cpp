#include <cstdio>

#include "server/version.h"

int main() {
  std::fprintf(stderr, "pland %s\n", pland::server::version());
  return 2;
}
