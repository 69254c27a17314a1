#include "model/lora_folder.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/model_folder.h"
#include "base/model_hash.h"
#include "model/lora_config.h"
#include "tensor/allocator.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfigFile = "adapter_config.json";
constexpr const char* kWeightsFile = "adapter_model.safetensors";
constexpr const char* kFingerprint = "base_fingerprint";
const std::string kPrefix = "base_model.model.";

LoraConfig load_config_file(const fs::path& folder) {
  const fs::path file = folder / kConfigFile;
  require_model(fs::is_regular_file(file), "The folder '{}' holds no {}, so it is no adapter.",
                folder.string(), kConfigFile);
  return parse_lora_config(read_file(file), file.string());
}

fs::path weights_file(const fs::path& folder) {
  const fs::path file = folder / kWeightsFile;
  require_model(fs::is_regular_file(file),
                "The adapter '{}' holds no {}; other formats are not read.", folder.string(),
                kWeightsFile);
  return file;
}

/// A number for the base model: FNV-1a over the names and the first values of every parameter,
/// rounded to bf16 so that it does not depend on the dtype that the model was loaded in.
std::string fingerprint(Model& model) {
  constexpr std::int64_t kValues = 64;
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  const auto add = [&hash](const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    for (std::size_t i = 0; i < size; ++i) hash = (hash ^ bytes[i]) * 0x100000001B3ULL;
  };
  for (const auto& [name, parameter] : named_parameters(model)) {
    const Tensor values =
        parameter.detach().flatten().slice(0, 0, kValues).to(at::kCPU, at::kBFloat16).contiguous();
    add(name.data(), name.size());
    add(values.const_data_ptr(), values.nbytes());
  }
  return fmt::format("{:016x}", hash);
}

/// Refuses another base than the one that was trained on. Files of PEFT do not say which that was.
void check_base(Model& model, const SafetensorsFile& weights, const std::string& file,
                const std::string& base) {
  const auto& metadata = weights.header().metadata;
  const auto trained_on = metadata.find(kFingerprint);
  require_model(trained_on == metadata.end() || trained_on->second == fingerprint(model),
                "'{}': the adapter was trained on other weights than those of this base model "
                "('{}' by its {}).",
                file, base, kConfigFile);
}

/// A and B of a layer as they stand in the file; undefined while not seen.
struct Pair {
  Tensor a, b;
};

/// The pairs of the file by nested name of their layer.
std::map<std::string, Pair> read_pairs(const SafetensorsFile& weights, const std::string& file) {
  std::map<std::string, Pair> pairs;
  for (const SafetensorsEntry& entry : weights.header().entries) {
    const bool is_a = entry.name.ends_with(".lora_A.weight"),
               is_b = entry.name.ends_with(".lora_B.weight");
    require_model(
        entry.name.starts_with(kPrefix) && (is_a || is_b),
        "'{}': tensor '{}' is neither lora_A.weight nor lora_B.weight of a layer of '{}…'.", file,
        entry.name, kPrefix);
    const std::string layer =
        entry.name.substr(kPrefix.size(), entry.name.rfind(".lora_") - kPrefix.size());
    Pair& pair = pairs[nested_name(layer)];
    Tensor& place = is_a ? pair.a : pair.b;
    require_model(!place.defined(),
                  "'{}': tensor '{}' stands in the file twice, under an old and a new name.", file,
                  entry.name);
    place = weights.tensor(entry.name);
    require_model(at::isFloatingType(place.scalar_type()),
                  "'{}': tensor '{}' has the dtype {}; F32, F16 or BF16 is expected.", file,
                  entry.name, entry.dtype);
  }
  return pairs;
}

/// The adapter of one layer, checked against its shape.
LowRank adapter_of(const Pair& pair, const std::string& name, const LinearShape& shape,
                   const LoraOptions& options, const std::string& file, const at::Device& device) {
  const auto checked = [&](const Tensor& tensor, const char* part, std::int64_t rows,
                           std::int64_t columns) {
    require_model(tensor.defined(), "'{}': the layer '{}' lacks its {}.weight.", file, name, part);
    require_model(
        tensor.sizes() == at::IntArrayRef({rows, columns}),
        "'{}': {} of '{}' has shape {}, and [{}, {}] is expected of rank {} on this base model.",
        file, part, name, shape_text(tensor.sizes()), rows, columns, options.r);
    return tensor.to(device, at::kFloat, /*non_blocking=*/false, /*copy=*/true)
        .requires_grad_(true);
  };
  return {.a = checked(pair.a, "lora_A", options.r, shape.in),
          .b = checked(pair.b, "lora_B", shape.out, options.r),
          .scale = options.scale()};
}

/// Whether the config says that the layer has an adapter, whatever the file of tensors holds.
bool is_promised(const std::string& name, const LoraConfig& config) {
  const auto& targets = config.options.target_modules;
  const auto& text_only = config.text_only_targets;
  const auto means = [&](const std::string& target) {
    const bool skips = is_of_tower(name) &&
                       std::find(text_only.begin(), text_only.end(), target) != text_only.end();
    return !skips && is_lora_target(name, target);
  };
  return config.names_all_layers && std::any_of(targets.begin(), targets.end(), means);
}

/// An adapter trained on the language model alone names layers, gate_proj say, that the tower has
/// too. Where the file holds nothing of the tower, targets that mean a layer of the language model
/// promise none of the tower, as PEFT sees it.
void drop_promises_to_tower(Model& model, const std::map<std::string, Pair>& pairs,
                            LoraConfig& config, const std::string& file) {
  const auto is_visual = [](const auto& pair) { return is_of_tower(pair.first); };
  if (std::any_of(pairs.begin(), pairs.end(), is_visual)) return;
  std::set<std::string> of_text, of_both;
  for (const bool tower : {false, true}) {
    model.visit_linears([&](const std::string& name, Linear&, const LinearShape&) {
      for (const std::string& target : config.options.target_modules) {
        if (is_of_tower(name) != tower || !is_lora_target(name, target)) continue;
        if (!tower) of_text.insert(target);
        if (tower && of_text.contains(target)) of_both.insert(target);
      }
    });
  }
  if (of_both.empty() || !config.names_all_layers) return;
  config.text_only_targets = {of_both.begin(), of_both.end()};
  log_warning(
      fmt::format("'{}' holds adapters of the language model alone, though its targets {} "
                  "are layers of the vision tower too: the tower stays as it is.",
                  file, fmt::join(of_both, ", ")));
}

struct NamedAdapter {
  std::string name;
  Linear* linear = nullptr;
  LowRank adapter;
};

/// Every adapter of the file with the layer that it belongs to; the model is not changed.
std::vector<NamedAdapter> read_adapters(Model& model, const SafetensorsFile& weights,
                                        const std::string& file, LoraConfig config) {
  std::map<std::string, Pair> pairs = read_pairs(weights, file);
  drop_promises_to_tower(model, pairs, config, file);
  std::vector<NamedAdapter> adapters;
  model.visit_linears([&](const std::string& name, Linear& linear, const LinearShape& shape) {
    const auto found = pairs.extract(name);
    if (found.empty() && !is_promised(name, config)) return;
    const Pair pair = found.empty() ? Pair{} : found.mapped();
    adapters.push_back(
        {name, &linear, adapter_of(pair, name, shape, config.options, file, linear.device())});
  });
  require_model(
      pairs.empty(),
      "'{}': the adapter has tensors for '{}', which is no linear layer of the base model.", file,
      pairs.empty() ? "" : pairs.begin()->first);
  require_model(!adapters.empty(), "'{}' holds no adapter.", file);
  return adapters;
}

}  // namespace

bool is_lora_folder(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / kConfigFile, ignored) &&
         !fs::is_regular_file(folder / "config.json", ignored);
}

void save_lora(Model& model, const LoraOptions& options, const std::string& base,
               const fs::path& folder) {
  fs::create_directories(folder);
  NamedTensors tensors = lora_parameters(model);
  for (auto& [name, tensor] : tensors) tensor = tensor.detach();
  std::vector<std::string> layers;
  for (const auto& [name, linear] : adapted_layers(model)) layers.push_back(name);
  save_safetensors(folder / kWeightsFile, tensors, {{kFingerprint, fingerprint(model)}});
  write_file_atomic(folder / kConfigFile,
                    lora_config_text({.options = options, .base = base}, layers));
}

void check_lora_folder(const fs::path& folder) {
  const LoraConfig config = load_config_file(folder);
  const fs::path file = weights_file(folder);
  Model base(load_config(base_folder(folder)));
  read_adapters(base, SafetensorsFile(file), file.string(), config);
}

LoraOptions load_lora(Model& model, const fs::path& folder) {
  LoraConfig config = load_config_file(folder);
  const fs::path file = weights_file(folder);
  require(adapted_layers(model).empty(),
          "The model has adapters already; merge or remove them before '{}' is loaded.",
          folder.string());
  const SafetensorsFile weights(file);
  std::vector<NamedAdapter> adapters = read_adapters(model, weights, file.string(), config);
  check_base(model, weights, file.string(), config.base);
  freeze(model);
  config.options.target_modules.clear();
  for (auto& [name, linear, adapter] : adapters) {
    linear->lora = std::move(adapter);
    config.options.target_modules.push_back(name);
  }
  return config.options;
}

std::string base_name(const std::string& model) {
  std::error_code ignored;
  if (!fs::is_directory(model, ignored) && model != "mini") return model;
  const fs::path folder = find_model(model);
  if (is_lora_folder(folder)) return base_name(load_config_file(folder).base);
  const fs::path whole = fs::absolute(folder).lexically_normal();
  return (whole.has_filename() ? whole : whole.parent_path()).string();  // without a last slash
}

fs::path base_folder(const fs::path& folder) {
  if (!is_lora_folder(folder)) return folder;
  const std::string base = load_config_file(folder).base;
  const std::string how = fmt::format(
      "Merge it with a base that is here: juror models merge BASE '{}' OUT.", folder.string());
  require_model(!base.empty(), "The adapter '{}' does not name its base model. {}", folder.string(),
                how);
  try {
    return find_model(base);
  } catch (const Error& error) {
    throw Error(
        fmt::format("The adapter '{}' belongs to the base model '{}', which is not here. {} {}",
                    folder.string(), base, error.what(), how),
        ErrorKind::kModel);
  }
}

std::string whole_model_hash(const fs::path& folder) {
  const fs::path base = base_folder(folder);
  return base == folder ? model_hash(folder) : model_hash(folder) + "+" + model_hash(base);
}

std::unique_ptr<Model> load_merged(const fs::path& folder, const LoadOptions& options) {
  if (!is_lora_folder(folder)) return load_model(folder, options);
  LoadOptions plain = options;
  plain.judges_only = false;
  auto model = load_model(base_folder(folder), plain);
  const FreedMemoryGoesBack while_merging;
  load_lora(*model, folder);
  if (!is_quantized(*model)) merge_lora(*model);
  if (options.judges_only) lay_out_to_judge(*model);
  return model;
}

}  // namespace juror
