#include "model/weights.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/parse_json.h"
#include "base/random.h"
#include "model/family.h"
#include "tensor/out_of_memory.h"
#include "tensor/transfer.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIndexFile = "model.safetensors.index.json";

/// The files of a checkpoint and where each tensor stands, by nested name.
class Checkpoint {
 public:
  explicit Checkpoint(const fs::path& folder) : folder_(folder) {
    const fs::path index = folder / kIndexFile;
    if (fs::is_regular_file(index)) {
      open_shards(index);
    } else {
      require_model(fs::is_regular_file(folder / "model.safetensors"),
                    "The model folder '{}' holds neither model.safetensors nor {}.",
                    folder.string(), kIndexFile);
      open(folder / "model.safetensors");
    }
  }

  /// The stored tensor; forgets it, so that what is left at the end was never asked for.
  Tensor take(const std::string& name) {
    const auto found = places_.find(name);
    require_model(found != places_.end(), "The model folder '{}' holds no tensor '{}'.",
                  folder_.string(), name);
    const auto [file, stored] = found->second;
    places_.erase(found);
    return files_[file]->tensor(stored);
  }
  bool contains(const std::string& name) const { return places_.count(name) > 0; }
  NameScheme names() const { return names_; }

  /// Refuses a checkpoint with tensors that the architecture does not have.
  void require_empty(const char* family) const {
    for (const auto& [name, place] : places_) {
      if (name.find("rotary_emb.inv_freq") != std::string::npos)
        continue;  // a buffer that old files carry
      require_model(false,
                    "The model folder '{}' holds the tensor '{}' ({} unexpected in all), which a "
                    "{} of this config does not have.",
                    folder_.string(), place.second, places_.size(), family);
    }
  }

 private:
  void open(const fs::path& path) {
    files_.push_back(std::make_unique<SafetensorsFile>(path));
    for (const SafetensorsEntry& entry : files_.back()->header().entries) {
      const bool is_new =
          places_.emplace(nested_name(entry.name), std::pair(files_.size() - 1, entry.name)).second;
      require_model(is_new, "'{}': tensor '{}' stands in the checkpoint twice.", path.string(),
                    entry.name);
      if (entry.name != nested_name(entry.name)) names_ = NameScheme::kHub;
    }
  }

  void open_shards(const fs::path& index) {
    const auto json = json_or_discarded(read_file(index));
    require_model(json.is_object() && json.contains("weight_map") && json["weight_map"].is_object(),
                  "'{}' is not a JSON object with a weight_map.", index.string());
    std::set<std::string> names;
    for (const auto& [tensor, file] : json["weight_map"].items()) {
      require_model(file.is_string() &&
                        fs::path(file.get<std::string>()).filename() == file.get<std::string>(),
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

  fs::path folder_;
  NameScheme names_ = NameScheme::kNested;
  std::vector<std::unique_ptr<SafetensorsFile>> files_;
  std::map<std::string, std::pair<std::size_t, std::string>> places_;
};

/// config.json as it was loaded, except for the dtype that it names: at the top, or where its parts
/// have their own.
std::string config_text(const ModelConfig& config, at::ScalarType dtype) {
  const std::map<at::ScalarType, std::string> kNames = {{at::kFloat, "float32"},
                                                        {at::kHalf, "float16"},
                                                        {at::kBFloat16, "bfloat16"},
                                                        {at::kDouble, "float64"}};
  auto json = nlohmann::ordered_json::parse(config.json);
  bool is_changed = false;
  for (const char* part : {"", "/text_config", "/vision_config"}) {
    for (const char* key : {"/dtype", "/torch_dtype"}) {
      const nlohmann::ordered_json::json_pointer place(std::string(part) + key);
      if (!json.contains(place) || json[place] == kNames.at(dtype)) continue;
      json[place] = kNames.at(dtype);
      is_changed = true;
    }
  }
  return is_changed ? json.dump(2) + "\n" : config.json;
}

/// Removes weights that an earlier save left in the folder: a stale index would win over a newer
/// single file.
void remove_other_weights(const fs::path& folder, const std::set<std::string>& written) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool is_weights = name == kIndexFile || name == "model.safetensors" ||
                            (name.starts_with("model-") && name.ends_with(".safetensors"));
    if (is_weights && !written.contains(name)) fs::remove(entry.path());
  }
}

Tensor convert(const Tensor& stored, const LoadOptions& options) {
  if (!options.device.is_cpu()) return upload(stored, {options.device, options.dtype});
  if (stored.scalar_type() != options.dtype) return stored.to(options.dtype);
  return options.trainable ? stored.clone() : stored;
}

/// Refuses weights with which nothing can be computed, before an answer of NaN does.
void require_finite(const Tensor& stored, const fs::path& folder, const std::string& name) {
  if (std::isfinite(at::sum(stored, at::kFloat).item<float>())) return;  // allocates nothing
  require_model(stored.isfinite().all().item<bool>(),
                "The model folder '{}': tensor '{}' holds values that are no numbers (NaN or "
                "infinite): the file is damaged, or training went astray before it was saved.",
                folder.string(), name);
}

/// Whether a stored tensor is what was loaded, compared some rows at a time.
bool is_same(const Tensor& stored, const Tensor& loaded) {
  if (stored.sizes() != loaded.sizes()) return false;
  constexpr std::int64_t kRows = 4096;
  for (std::int64_t begin = 0; begin < stored.size(0); begin += kRows) {
    const std::int64_t count = std::min(kRows, stored.size(0) - begin);
    const Tensor there = on_device(stored.narrow(0, begin, count), loaded.device());
    if (!at::equal(there.to(loaded.scalar_type()), loaded.narrow(0, begin, count))) return false;
  }
  return true;
}

/// Hands each parameter its stored tensor; refuses one that is missing, or of another shape or
/// kind.
template <class Take>
void each_stored(Model& model, Checkpoint& checkpoint, const fs::path& folder, Take&& take) {
  model.visit([&](const std::string& name, Tensor& parameter,
                  const std::vector<std::int64_t>& shape) {
    const Tensor stored = checkpoint.take(name);
    require_model(stored.sizes() == at::IntArrayRef(shape),
                  "The model folder '{}': tensor '{}' has shape {}, and config.json asks for {}.",
                  folder.string(), name, shape_text(stored.sizes()), shape_text(shape));
    require_model(
        at::isFloatingType(stored.scalar_type()),
        "The model folder '{}': tensor '{}' has an integer dtype; F32, F16 or BF16 is expected.",
        folder.string(), name);
    take(name, parameter, stored);
  });
}

std::unique_ptr<Model> read_model(const fs::path& folder, const LoadOptions& options) {
  auto model = std::make_unique<Model>(load_config(folder));
  Checkpoint checkpoint(folder);
  model->names = checkpoint.names();
  each_stored(*model, checkpoint, folder,
              [&](const std::string& name, Tensor& parameter, const Tensor& stored) {
                require_finite(stored, folder, name);
                parameter = convert(stored, options);
              });
  if (model->config().text.tied_head && checkpoint.contains("lm_head.weight")) {
    require_model(is_same(checkpoint.take("lm_head.weight"), model->decoder.embedding),
                  "The model folder '{}': config.json ties lm_head.weight to the embedding, but "
                  "their values differ.",
                  folder.string());
  }
  checkpoint.require_empty(model->config().family->name);
  return model;
}

}  // namespace

void check_weights(const fs::path& folder) {
  Model model(load_config(folder));
  Checkpoint checkpoint(folder);
  each_stored(model, checkpoint, folder, [](const std::string&, Tensor&, const Tensor&) {});
  if (model.config().text.tied_head && checkpoint.contains("lm_head.weight"))
    checkpoint.take("lm_head.weight");
  checkpoint.require_empty(model.config().family->name);
}

std::unique_ptr<Model> load_model(const fs::path& folder, const LoadOptions& options) {
  const std::string advice =
      fmt::format("It computes in {}; {}a smaller model needs less.", dtype_name(options.dtype),
                  options.dtype == at::kFloat ? "--dtype bfloat16 needs half of that, and " : "");
  return with_memory_advice(fmt::format("The model '{}'", folder.string()), advice,
                            [&] { return read_model(folder, options); });
}

void move_model(Model& model, const Compute& compute) {
  model.visit([&](const std::string&, Tensor& parameter, const std::vector<std::int64_t>&) {
    parameter = upload(parameter, compute);
  });
}

std::unique_ptr<Model> random_model(const ModelConfig& config, std::uint64_t seed,
                                    double deviation) {
  auto model = std::make_unique<Model>(config);
  std::uint64_t index = 0;
  model->visit(
      [&](const std::string& name, Tensor& parameter, const std::vector<std::int64_t>& shape) {
        parameter = at::zeros(shape, at::kFloat);
        Random random{seed, index++};
        const bool is_norm = shape.size() == 1 && name.find("bias") == std::string::npos;
        if (is_norm) parameter.fill_(1.0);
        if (shape.size() == 1) return;
        float* values = parameter.data_ptr<float>();
        for (std::int64_t i = 0; i < parameter.numel(); ++i)
          values[i] = static_cast<float>(deviation * random.normal());
      });
  return model;
}

NamedTensors named_parameters(Model& model) {
  NamedTensors parameters;
  model.visit([&](const std::string& name, Tensor& parameter, const std::vector<std::int64_t>&) {
    parameters.emplace_back(name, parameter);
  });
  return parameters;
}

void save_model(Model& model, const fs::path& folder, at::ScalarType dtype,
                std::uint64_t shard_bytes) {
  fs::create_directories(folder);
  std::vector<NamedTensors> shards(1);
  std::set<std::string> written;
  std::uint64_t total = 0, filled = 0;
  for (auto& [name, parameter] : named_parameters(model)) {
    const std::uint64_t bytes =
        static_cast<std::uint64_t>(parameter.numel()) * at::elementSize(dtype);
    if (filled > 0 && filled + bytes > shard_bytes) {
      shards.emplace_back();
      filled = 0;
    }
    shards.back().emplace_back(name, parameter);
    filled += bytes;
    total += bytes;
  }
  nlohmann::ordered_json index = {{"metadata", {{"total_size", total}}},
                                  {"weight_map", nlohmann::ordered_json::object()}};
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const std::string file =
        shards.size() == 1 ? "model.safetensors"
                           : fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, shards.size());
    for (auto& [name, parameter] : shards[i]) {
      parameter = parameter.detach().to(dtype);
      name = stored_name(name, model.names);
      index["weight_map"][name] = file;
    }
    save_safetensors(folder / file, shards[i]);
    shards[i].clear();
    written.insert(file);
  }
  if (shards.size() > 1) {
    write_file_atomic(folder / kIndexFile, index.dump(2));
    written.insert(kIndexFile);
  }
  write_file_atomic(folder / "config.json", config_text(model.config(), dtype));
  remove_other_weights(folder, written);
}

void copy_sidecars(const fs::path& from, const fs::path& to) {
  for (const char* name :
       {"tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt", "added_tokens.json",
        "special_tokens_map.json", "preprocessor_config.json", "processor_config.json",
        "video_preprocessor_config.json", "chat_template.json", "chat_template.jinja",
        "generation_config.json"}) {
    if (fs::is_regular_file(from / name)) write_file_atomic(to / name, read_file(from / name));
  }
}

}  // namespace juror
