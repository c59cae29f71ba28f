#include "tests/bench/generated_repository.h"

#include <fmt/format.h>

#include <random>

#include "tests/support/git_fixture.h"

namespace pland::bench {

std::string generated_path(int number) {
  const int folder = number / 20;
  return fmt::format("part{:02}/section{:02}/unit{:02}/file{:02}.c", folder / 400, folder / 20 % 20,
                     folder % 20, number % 20);
}

void generate_repository(const std::filesystem::path& folder, int files) {
  std::mt19937 random(20000);  // NOLINT(cert-msc51-cpp): the same in every run, on purpose
  std::uniform_int_distribution<int> lines(20, 170), words(0, 999'999);
  testing::init_repository(folder);
  for (int number = 0; number < files; ++number) {
    std::string text;
    for (int line = lines(random); line > 0; --line) {
      text += fmt::format("static int value_{} = compute({}, {});\n", words(random), line, words(random));
    }
    testing::write_file(folder / generated_path(number), text);
  }
  std::string long_text;
  for (int line = 1; line <= 10'000; ++line) long_text += fmt::format("int line_{} = {};\n", line, line * 7);
  testing::write_file(folder / "long.c", long_text);
  testing::commit_all(folder);
}

}  // namespace pland::bench
