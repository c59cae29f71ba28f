// What is in a sandbox beside its files, kept before it goes: what was done with git in it, and its ignored
// files. Blocking; any thread, one at a time for one sandbox.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/sandbox/sandbox.h"

namespace pland::engine {

/// Of what git keeps nothing (build output is easily made again), only what is small is copied: files up to
/// 1 MiB, and folders of at most 1,000 files and 16 MiB; 64 MiB in all.
inline constexpr std::uint64_t kept_file_limit = 1ULL << 20;
inline constexpr std::size_t kept_folder_files = 1000;
inline constexpr std::uint64_t kept_folder_limit = 16ULL << 20;
inline constexpr std::uint64_t kept_total_limit = 64ULL << 20;

/// As Sandboxes::keep_history, of the repository `git_dir`. Errors: those of git, which is run.
Result<std::size_t> keep_history(const std::filesystem::path& git_dir, git::RepositoryPool& store,
                                 const std::string& ref_prefix);

/// As Sandboxes::capture_ignored. `brought`: paths below the folder that are the user's own.
Result<IgnoredFiles> capture_ignored(const std::filesystem::path& folder,
                                     const std::vector<std::string>& brought, git::RepositoryPool& store,
                                     const SandboxCapture& request);

}  // namespace pland::engine
