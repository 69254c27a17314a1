#include "model/checkpoint.h"

#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/parse_json.h"

namespace juror {

namespace fs = std::filesystem;

Checkpoint::Checkpoint(const fs::path& folder) : folder_(folder) {
  const fs::path index = folder / kWeightIndexFile;
  if (fs::is_regular_file(index)) {
    open_shards(index);
  } else {
    require_model(fs::is_regular_file(folder / "model.safetensors"),
                  "The model folder '{}' holds neither model.safetensors nor {}.", folder.string(),
                  kWeightIndexFile);
    open(folder / "model.safetensors");
  }
}

Tensor Checkpoint::take(const std::string& name) {
  const auto found = places_.find(name);
  require_model(found != places_.end(), "The model folder '{}' holds no tensor '{}'.",
                folder_.string(), name);
  const auto [file, stored] = found->second;
  places_.erase(found);
  return files_[file]->tensor(stored);
}

void Checkpoint::release(const Tensor& taken) const {
  for (const auto& file : files_) file->release(taken);
}

void Checkpoint::require_empty(const char* family) const {
  for (const auto& [name, place] : places_) {
    if (name.find("rotary_emb.inv_freq") != std::string::npos)
      continue;  // a buffer that old files carry
    require_model(false,
                  "The model folder '{}' holds the tensor '{}' ({} unexpected in all), which a "
                  "{} of this config does not have.",
                  folder_.string(), place.second, places_.size(), family);
  }
}

void Checkpoint::open(const fs::path& path) {
  files_.push_back(std::make_unique<SafetensorsFile>(path));
  for (const SafetensorsEntry& entry : files_.back()->header().entries) {
    const bool is_new =
        places_.emplace(nested_name(entry.name), std::pair(files_.size() - 1, entry.name)).second;
    require_model(is_new, "'{}': tensor '{}' stands in the checkpoint twice.", path.string(),
                  entry.name);
    if (entry.name != nested_name(entry.name)) names_ = NameScheme::kHub;
  }
}

void Checkpoint::open_shards(const fs::path& index) {
  const auto json = json_or_discarded(read_file(index));
  require_model(json.is_object() && json.contains("weight_map") && json["weight_map"].is_object(),
                "'{}' is not a JSON object with a weight_map.", index.string());
  std::set<std::string> names;
  for (const auto& [tensor, file] : json["weight_map"].items()) {
    require_model(
        file.is_string() && fs::path(file.get<std::string>()).filename() == file.get<std::string>(),
        "'{}': the weight_map entry of '{}' is not the name of a file in this folder.",
        index.string(), tensor);
    names.insert(file.get<std::string>());
  }
  for (const std::string& name : names) {
    require_model(fs::is_regular_file(index.parent_path() / name),
                  "'{}' names the shard '{}', which is missing.", index.string(), name);
    open(index.parent_path() / name);
  }
}

}  // namespace juror
