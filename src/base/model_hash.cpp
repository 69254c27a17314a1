#include "base/model_hash.h"

#include <algorithm>
#include <cstdint>

#include "base/error.h"
#include "base/file.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

std::uint64_t hash_of(const fs::path& file) {
  const MappedFile map(file);
  const auto bytes = map.bytes();
  std::uint64_t hash = 0xCBF29CE484222325ULL ^ bytes.size();
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                std::min<std::size_t>(8, bytes.size() - at),
                reinterpret_cast<std::uint8_t*>(&word));
    hash = (hash ^ word) * 0x100000001B3ULL;
    hash ^= hash >> 32;
  }
  return hash;
}

}  // namespace

std::string file_hash(const fs::path& file) { return fmt::format("{:016x}", hash_of(file)); }

std::vector<fs::path> weight_files(const fs::path& model_folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(model_folder)) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  require_model(!files.empty(), "'{}' holds no *.safetensors file. Fetch the weights as well.",
                model_folder.string());
  std::sort(files.begin(), files.end());
  return files;
}

std::string model_hash(const fs::path& model_folder) {
  std::uint64_t hash = 0;
  for (const fs::path& file : weight_files(model_folder)) hash = hash * 31 + hash_of(file);
  return fmt::format("{:016x}", hash);
}

}  // namespace juror
