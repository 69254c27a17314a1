// The safetensors files of a model folder: one, or shards by their index.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/names.h"
#include "tensor/safetensors.h"

namespace juror {

inline constexpr const char* kWeightIndexFile = "model.safetensors.index.json";

/// Where each stored tensor of a folder stands, by nested name. Throws Error (kModel) naming
/// folder, file and tensor for what is missing or stands twice.
class Checkpoint {
 public:
  explicit Checkpoint(const std::filesystem::path& folder);

  /// The stored tensor; forgets it, so that what is left at the end was never asked for.
  Tensor take(const std::string& name);
  /// Gives the memory of a taken tensor back to the system; for one that has been copied.
  void release(const Tensor& taken) const;
  bool contains(const std::string& name) const { return places_.count(name) > 0; }
  NameScheme names() const { return names_; }

  /// Refuses a checkpoint with tensors that the architecture does not have.
  void require_empty(const char* family) const;

 private:
  void open(const std::filesystem::path& path);
  void open_shards(const std::filesystem::path& index);

  std::filesystem::path folder_;
  NameScheme names_ = NameScheme::kNested;
  std::vector<std::unique_ptr<SafetensorsFile>> files_;
  std::map<std::string, std::pair<std::size_t, std::string>> places_;
};

}  // namespace juror
