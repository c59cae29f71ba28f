#include "server/cli.h"

int main(int argc, char** argv) {
  return pland::server::run_program(argc, argv);
}
