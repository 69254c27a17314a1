// Folders that are made, and files that are not what they should be.
#pragma once

#include <filesystem>

namespace juror {

/// Makes the folder and those above it that are missing. Throws Error (kSystem) naming it.
void create_folders(const std::filesystem::path& folder);

/// Whether a Git-LFS pointer stands where the file should: a clone without its large files.
bool is_lfs_pointer(const std::filesystem::path& file);

}  // namespace juror
