#include "model/lora_folder.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/model_folder.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kConfigFile = "adapter_config.json";
constexpr const char* kWeightsFile = "adapter_model.safetensors";
constexpr const char* kFingerprint = "base_fingerprint";
const std::string kPrefix = "base_model.model.";

/// What adapter_config.json says, as far as it matters here.
struct AdapterConfig {
  LoraOptions options;
  std::string base;
  bool names_all_layers = false;  ///< whether target_modules alone decides which layers are adapted
};

/// Keys that say nothing about what the adapter computes once it is trained.
const std::set<std::string> kIdleKeys = {
    "peft_type", "task_type", "base_model_name_or_path", "revision", "inference_mode", "auto_mapping", "peft_version",
    "r", "lora_alpha", "lora_dropout", "target_modules", "exclude_modules", "layers_to_transform", "layers_pattern",
    "use_rslora", "init_lora_weights", "bias", "qalora_group_size", "megatron_core", "megatron_config", "loftq_config",
    "eva_config", "runtime_config"};

bool is_nothing(const Json& value) {
  return value.is_null() || value == false || ((value.is_object() || value.is_array() || value.is_string()) && value.empty());
}

/// Refuses every variant of LoRA but the plain one: whatever is asked for and unknown would be computed wrongly.
void check_variant(const Json& json, const std::string& file) {
  const Json type = json.value("peft_type", Json(nullptr));
  require_model(type == "LORA", "'{}': peft_type is {}, and Juror knows \"LORA\".", file, type.dump());
  for (const auto& [key, value] : json.items()) {
    require_model(kIdleKeys.contains(key) || is_nothing(value),
                  "'{}': {} is {}, and Juror knows plain LoRA, without it.", file, key, value.dump());
  }
  const Json bias = json.value("bias", Json("none"));
  require_model(bias == "none", "'{}': bias is {}, and Juror trains no biases: \"none\" is expected.", file, bias.dump());
  const Json initial = json.value("init_lora_weights", Json(true));
  const bool keeps_base = initial.is_boolean() || initial == "gaussian" || initial == "orthogonal" || initial == "eva";
  require_model(keeps_base, "'{}': init_lora_weights is {}, which changes the base model's weights; convert the adapter to "
                "plain LoRA first (PEFT: save_pretrained with path_initial_model_for_weight_conversion).", file, initial.dump());
}

AdapterConfig read_config(const fs::path& folder) {
  const std::string file = (folder / kConfigFile).string();
  const Json json = Json::parse(read_file(folder / kConfigFile), nullptr, /*allow_exceptions=*/false);
  require_model(json.is_object(), "'{}' is not a JSON object.", file);
  check_variant(json, file);
  const auto at = [&](const char* key, bool (*is_expected)(const Json&), const char* expected) {
    const Json value = json.value(key, Json(nullptr));
    require_model(is_expected(value), "'{}': {} is {}, and {} is expected.", file, key, value.dump(), expected);
    return value;
  };
  AdapterConfig config;
  config.options.r = at("r", [](const Json& v) { return v.is_number_unsigned() && v > 0 && v <= (1 << 20); }, "a positive integer");
  config.options.lora_alpha = at("lora_alpha", [](const Json& v) { return v.is_number(); }, "a number");
  config.options.use_rslora = at("use_rslora", [](const Json& v) { return v.is_null() || v.is_boolean(); }, "true or false") == true;
  const Json base = at("base_model_name_or_path", [](const Json& v) { return v.is_null() || v.is_string(); }, "a text");
  const Json revision = at("revision", [](const Json& v) { return v.is_null() || v.is_string(); }, "a text");
  if (base.is_string()) config.base = base;
  if (revision.is_string() && !revision.empty() && !fs::is_directory(config.base)) config.base += "@" + revision.get<std::string>();
  const Json targets = json.value("target_modules", Json(nullptr));
  config.options.target_modules.clear();
  for (const Json& target : targets.is_array() ? targets : Json::array()) {
    require_model(target.is_string(), "'{}': target_modules holds {}, and names are expected.", file, target.dump());
    config.options.target_modules.push_back(target);
  }
  config.names_all_layers = is_nothing(json.value("exclude_modules", Json(nullptr))) &&
                            is_nothing(json.value("layers_to_transform", Json(nullptr)));
  return config;
}

/// A number for the base model: FNV-1a over the names and the first values of every parameter, rounded to bf16 so that it
/// does not depend on the dtype that the model was loaded in.
std::string fingerprint(Qwen25Vl& model) {
  constexpr std::int64_t kValues = 64;
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  const auto add = [&hash](const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    for (std::size_t i = 0; i < size; ++i) hash = (hash ^ bytes[i]) * 0x100000001B3ULL;
  };
  for (const auto& [name, parameter] : named_parameters(model)) {
    const Tensor values = parameter.detach().flatten().slice(0, 0, kValues).to(at::kCPU, at::kBFloat16).contiguous();
    add(name.data(), name.size());
    add(values.const_data_ptr(), values.nbytes());
  }
  return fmt::format("{:016x}", hash);
}

/// A and B of a layer as they stand in the file; undefined while not seen.
struct Pair {
  Tensor a, b;
};

/// The pairs of the file by nested name of their layer.
std::map<std::string, Pair> read_pairs(const SafetensorsFile& weights, const std::string& file) {
  std::map<std::string, Pair> pairs;
  for (const SafetensorsEntry& entry : weights.header().entries) {
    const bool is_a = entry.name.ends_with(".lora_A.weight"), is_b = entry.name.ends_with(".lora_B.weight");
    require_model(entry.name.starts_with(kPrefix) && (is_a || is_b),
                  "'{}': tensor '{}' is neither lora_A.weight nor lora_B.weight of a layer of '{}…'.", file, entry.name, kPrefix);
    const std::string layer = entry.name.substr(kPrefix.size(), entry.name.rfind(".lora_") - kPrefix.size());
    Tensor& place = is_a ? pairs[nested_name(layer)].a : pairs[nested_name(layer)].b;
    require_model(!place.defined(), "'{}': tensor '{}' stands in the file twice, under an old and a new name.", file, entry.name);
    place = weights.tensor(entry.name);
    require_model(at::isFloatingType(place.scalar_type()), "'{}': tensor '{}' has the dtype {}; F32, F16 or BF16 is expected.",
                  file, entry.name, entry.dtype);
  }
  return pairs;
}

/// The adapter of one layer, checked against its shape.
LowRank adapter_of(const Pair& pair, const std::string& name, const LinearShape& shape, const LoraOptions& options,
                   const std::string& file) {
  const auto checked = [&](const Tensor& tensor, const char* part, std::int64_t rows, std::int64_t columns) {
    require_model(tensor.defined(), "'{}': the layer '{}' lacks its {}.weight.", file, name, part);
    require_model(tensor.sizes() == at::IntArrayRef({rows, columns}),
                  "'{}': {} of '{}' has shape {}, and [{}, {}] is expected of rank {} on this base model.", file, part, name,
                  shape_text(tensor.sizes()), rows, columns, options.r);
    return tensor.to(at::kFloat, /*non_blocking=*/false, /*copy=*/true).requires_grad_(true);
  };
  return {.a = checked(pair.a, "lora_A", options.r, shape.in),
          .b = checked(pair.b, "lora_B", shape.out, options.r),
          .scale = options.scale()};
}

/// Whether the config says that the layer has an adapter.
bool is_expected(const std::string& name, const AdapterConfig& config) {
  const auto& targets = config.options.target_modules;
  return config.names_all_layers && std::any_of(targets.begin(), targets.end(), [&](const std::string& target) {
    return is_lora_target(name, target);
  });
}

}  // namespace

bool is_lora_folder(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / kConfigFile, ignored) && !fs::is_regular_file(folder / "config.json", ignored);
}

void save_lora(Qwen25Vl& model, const LoraOptions& options, const std::string& base, const fs::path& folder) {
  const bool is_all = options.target_modules == std::vector<std::string>{"all-linear"};
  Json targets = options.target_modules;
  if (is_all) targets = Json::array();
  for (const auto& [name, linear] : adapted_layers(model)) {
    if (is_all) targets.push_back(name);
  }
  const bool is_whole = options.lora_alpha == std::floor(options.lora_alpha);
  const Json json = {{"peft_type", "LORA"},
                     {"task_type", "CAUSAL_LM"},
                     {"base_model_name_or_path", base},
                     {"revision", nullptr},
                     {"inference_mode", true},
                     {"r", options.r},
                     {"lora_alpha", is_whole ? Json(static_cast<std::int64_t>(options.lora_alpha)) : Json(options.lora_alpha)},
                     {"lora_dropout", 0.0},
                     {"use_rslora", options.use_rslora},
                     {"target_modules", targets},
                     {"exclude_modules", options.exclude_modules.empty() ? Json(nullptr) : Json(options.exclude_modules)},
                     {"bias", "none"},
                     {"fan_in_fan_out", false},
                     {"init_lora_weights", true},
                     {"modules_to_save", nullptr}};
  fs::create_directories(folder);
  NamedTensors tensors = lora_parameters(model);
  for (auto& [name, tensor] : tensors) tensor = tensor.detach();
  save_safetensors(folder / kWeightsFile, tensors, {{kFingerprint, fingerprint(model)}});
  write_file_atomic(folder / kConfigFile, json.dump(2) + "\n");
}

LoraOptions load_lora(Qwen25Vl& model, const fs::path& folder) {
  require_model(fs::is_regular_file(folder / kConfigFile), "The folder '{}' holds no {}, so it is no adapter.", folder.string(), kConfigFile);
  require_model(fs::is_regular_file(folder / kWeightsFile), "The adapter '{}' holds no {}; other formats are not read.", folder.string(), kWeightsFile);
  require(adapted_layers(model).empty(), "The model has adapters already; merge or remove them before '{}' is loaded.", folder.string());
  AdapterConfig config = read_config(folder);
  const std::string file = (folder / kWeightsFile).string();
  const SafetensorsFile weights(folder / kWeightsFile);
  std::map<std::string, Pair> pairs = read_pairs(weights, file);
  std::vector<std::string> adapted;
  std::vector<std::pair<Linear*, LowRank>> adapters;
  model.visit(LayerVisitor{
      .linear = [&](const std::string& name, Linear& linear, const LinearShape& shape) {
        const auto pair = pairs.extract(name);
        if (pair.empty() && !is_expected(name, config)) return;
        adapters.emplace_back(&linear, adapter_of(pair.empty() ? Pair{} : pair.mapped(), name, shape, config.options, file));
        adapted.push_back(name);
      },
      .parameter = [](const std::string&, Tensor&, const std::vector<std::int64_t>&) {}});
  require_model(pairs.empty(), "'{}': the adapter has tensors for '{}', which is no linear layer of the base model.", file,
                pairs.empty() ? "" : pairs.begin()->first);
  require_model(!adapters.empty(), "'{}' holds no adapter.", file);
  const auto& metadata = weights.header().metadata;
  const auto made_for = metadata.find(kFingerprint);
  require_model(made_for == metadata.end() || made_for->second == fingerprint(model),
                "'{}': the adapter was trained on other weights than those of this base model ('{}' by its {}).", file,
                config.base, kConfigFile);
  for (auto& [linear, adapter] : adapters) linear->lora = std::move(adapter);
  model.visit([](const std::string&, Tensor& parameter, const std::vector<std::int64_t>&) { parameter.requires_grad_(false); });
  config.options.target_modules = adapted;
  config.options.exclude_modules = "";
  return config.options;
}

fs::path base_folder(const fs::path& folder) {
  if (!is_lora_folder(folder)) return folder;
  const std::string base = read_config(folder).base;
  const std::string how = fmt::format("Merge it with a base that is here: juror models merge BASE '{}' OUT.", folder.string());
  require_model(!base.empty(), "The adapter '{}' does not name its base model. {}", folder.string(), how);
  try {
    return find_model(base);
  } catch (const Error& error) {
    throw Error(fmt::format("The adapter '{}' belongs to a base model that is not here. {} {}", folder.string(), error.what(), how),
                ErrorKind::kModel);
  }
}

std::unique_ptr<Qwen25Vl> load_merged(const fs::path& folder, const LoadOptions& options) {
  auto model = load_model(base_folder(folder), options);
  if (is_lora_folder(folder)) {
    load_lora(*model, folder);
    merge_lora(*model);
  }
  return model;
}

}  // namespace juror
