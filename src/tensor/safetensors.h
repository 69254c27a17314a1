// Tensors in safetensors files: read through a memory map, written atomically.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "tensor/safetensors_header.h"
#include "tensor/tensor.h"

namespace juror {

/// An open safetensors file. Tensors are views into the map (no copy, read-only by convention) and
/// keep it alive.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);

  const SafetensorsHeader& header() const { return header_; }
  bool contains(const std::string& name) const { return index_.count(name) > 0; }
  /// The tensor as stored (shape and dtype of the file). Throws Error naming file and tensor if it
  /// is missing.
  Tensor tensor(const std::string& name) const;
  /// Gives the memory of such a tensor back to the system, for one that has been copied; the file
  /// is read again if it is used. Nothing for a tensor that is no view of the file.
  void release(const Tensor& tensor) const;

 private:
  std::shared_ptr<MappedFile> file_;
  SafetensorsHeader header_;
  std::map<std::string, std::size_t> index_;
};

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// Writes the tensors in the given order, each in its own dtype, with the metadata {"format": "pt"}
/// that transformers looks for plus `metadata`. The file appears whole or not at all.
void save_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                      const std::map<std::string, std::string>& metadata = {});

}  // namespace juror
