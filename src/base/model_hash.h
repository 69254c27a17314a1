// Hashes that tell versions of a file or model apart. They protect against nothing.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace juror {

/// 16 hexadecimal digits over all bytes (FNV-1a over 8-byte words). Throws Error as MappedFile
/// does.
std::string file_hash(const std::filesystem::path& file);

/// The *.safetensors files of a model folder in the order of their names. Throws Error (kModel)
/// when there are none.
std::vector<std::filesystem::path> weight_files(const std::filesystem::path& model_folder);

/// The hash of a model's weights.
std::string model_hash(const std::filesystem::path& model_folder);

}  // namespace juror
