// The program's command line: a server without a subcommand, else `run`, a verb, or `schema`.
#pragma once

namespace pland::server {

int run_program(int argc, char** argv);

}  // namespace pland::server
