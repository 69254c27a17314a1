// The half of weights.h that writes: a Hugging Face folder of what a model holds.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "model/checkpoint.h"
#include "model/stored_quantization.h"
#include "model/weights.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

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
    const bool is_weights = name == kWeightIndexFile || name == "model.safetensors" ||
                            (name.starts_with("model-") && name.ends_with(".safetensors"));
    if (is_weights && !written.contains(name)) fs::remove(entry.path());
  }
}

/// How the model's quantised layers are kept; bits 0 if there are none.
Quantization quantization_of(Model& model) {
  Quantization how{.bits = 0, .group = 0};
  model.visit_linears([&](const std::string&, Linear& linear, const LinearShape&) {
    if (linear.quantized.defined()) how = {linear.quantized.bits, linear.quantized.group};
  });
  return how;
}

/// Bytes in a folder of `dtype`: codes and sizes stay whole numbers, scales in bf16.
std::uint64_t stored_bytes(const Tensor& tensor, at::ScalarType dtype) {
  const std::size_t element =
      at::isFloatingType(tensor.scalar_type()) ? at::elementSize(dtype) : tensor.element_size();
  return static_cast<std::uint64_t>(tensor.numel()) * element;
}

/// All that a folder of the model holds, with nested names.
NamedTensors stored_tensors(Model& model) {
  require(!model.decoder.head_strips.defined(),
          "The model's head is laid out to judge, and such a model cannot be saved.");
  NamedTensors tensors;
  const ParameterVisitor visit_parameter = [&](const std::string& name, Tensor& parameter,
                                               const std::vector<std::int64_t>&) {
    tensors.emplace_back(name, parameter.detach());
  };
  const LayerVisitor plain = by_parameter(visit_parameter);
  const auto visit_linear = [&](const std::string& name, Linear& linear, const LinearShape& shape) {
    if (linear.quantized.defined()) {
      const NamedTensors own = quantized_tensors(name, on_device(linear.quantized, at::kCPU));
      tensors.insert(tensors.end(), own.begin(), own.end());
    }
    require(!linear.strips.defined(),
            "The layer '{}' is laid out to judge, and such a model cannot be saved.", name);
    plain.linear(name, linear, shape);
  };
  model.visit({.linear = visit_linear, .parameter = visit_parameter});
  return tensors;
}

}  // namespace

bool is_quantized(Model& model) { return quantization_of(model).bits > 0; }

void save_model(Model& model, const fs::path& folder, at::ScalarType dtype,
                std::uint64_t shard_bytes) {
  const NamedTensors tensors = stored_tensors(model);
  fs::create_directories(folder);
  std::vector<NamedTensors> shards(1);
  std::set<std::string> written;
  std::uint64_t total = 0, filled = 0;
  for (const auto& [name, parameter] : tensors) {
    const std::uint64_t bytes = stored_bytes(parameter, dtype);
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
      if (at::isFloatingType(parameter.scalar_type())) parameter = parameter.to(dtype);
      name = stored_name(name, model.names);
      index["weight_map"][name] = file;
    }
    save_safetensors(folder / file, shards[i]);
    shards[i].clear();
    written.insert(file);
  }
  if (shards.size() > 1) {
    write_file_atomic(folder / kWeightIndexFile, index.dump(2));
    written.insert(kWeightIndexFile);
  }
  const std::string config = config_text(model.config(), dtype);
  const Quantization how = quantization_of(model);
  write_file_atomic(folder / "config.json", how.bits > 0 ? with_quantization(config, how) : config);
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
