// A git repository of a given size with contents that are the same in every run.
#pragma once

#include <filesystem>
#include <string>

namespace pland::bench {

/// `files` text files of 1 to 8 KiB, 20 to a folder, three folders deep, and `long.c` with 10,000 lines; one
/// commit on main. Throws when git fails.
void generate_repository(const std::filesystem::path& folder, int files);

/// The path of file `number`.
std::string generated_path(int number);

}  // namespace pland::bench
