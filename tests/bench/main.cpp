// Usage: pland_bench [--files N] [--rounds N] [--program PLAND]
#include <CLI/CLI.hpp>
#include <exception>
#include <filesystem>
#include <iostream>

#include "tests/bench/generated_repository.h"
#include "tests/bench/measure.h"
#include "tests/bench/rows.h"
#include "tests/support/git_fixture.h"

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  CLI::App app("pland against git's own mechanisms, measured in one run");
  int files = 20'000;
  pland::bench::Setting setting;
  setting.program = fs::canonical("/proc/self/exe").parent_path() / "pland";
  app.add_option("--files", files, "Files of the generated repository")->check(CLI::Range(400, 160'000));
  app.add_option("--rounds", setting.rounds, "Rounds of each measurement")->check(CLI::Range(1, 1000));
  app.add_option("--program", setting.program, "The server to measure")->check(CLI::ExistingFile);
  CLI11_PARSE(app, argc, argv);
  try {
    pland::testing::seal_environment();
    const pland::testing::TemporaryFolder folder;
    setting.repository = fs::canonical(folder.path()) / "repository";
    setting.work = fs::canonical(folder.path()) / "work";
    fs::create_directories(setting.repository);
    fs::create_directories(setting.work);
    std::cout << "making a repository of " << files << " files\n" << std::flush;
    pland::bench::generate_repository(setting.repository, files);
    std::cout << pland::testing::git_output(setting.repository, {"--version"}) << ", " << setting.rounds
              << " rounds\n\n";
    pland::bench::print_heading();
    pland::bench::measure_engine(setting);
    pland::bench::measure_server(setting);
    return 0;
  } catch (const std::exception& problem) {
    std::cerr << "pland_bench: " << problem.what() << '\n';
    return 1;
  }
}
